"""What an earlier run spent, where the store that knows it is away when a source is added."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
from aiohttp import web

from quanticity.clock import MarketCalendar
from tests.feeds.loopback import until
from tests.feeds.test_over_reloads import PRICED, Desk, at_desk

OFF = PRICED + "    enabled: false\n"
BUDGET = "    cost_budget: {per_day: 3, when_reached: stop}\n"


async def away(desk: Desk, text: str) -> list[str]:
    """Add the source while the store is away, which holds that 5 were spent today."""
    wrong: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: wrong.append(str(told)))
    day = MarketCalendar().trading_date(desk.runner._clock.now()).isoformat()
    desk.store.put_state("cost:vendor", orjson.dumps({day: {"often": 5}}))
    desk.store.lose()
    desk.edit(text)
    await asyncio.sleep(1.5)
    return wrong


def test_a_source_added_while_the_store_was_away_spent_its_budget_twice(tmp_path: Path) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({})

    async def check(desk: Desk) -> None:
        wrong = await away(desk, PRICED + BUDGET)
        assert asked == []
        (row,) = desk.runner.rows()
        assert "not read from the store yet" in row.reason
        desk.store.restore()
        await until(lambda: desk.runner.costs() != [] and desk.runner.costs()[0]["today"] == 5)
        await asyncio.sleep(0.3)
        assert (asked, wrong) == ([], [])

    at_desk(tmp_path, OFF, answer, check)


def test_what_was_spent_while_the_store_was_away_was_saved_over_what_had_been(
    tmp_path: Path,
) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({})

    async def check(desk: Desk) -> None:
        wrong = await away(desk, PRICED)
        await until(lambda: asked != [])  # without a budget nothing waits for it
        desk.edit(PRICED.replace("0.2", "0.3"))
        desk.store.restore()
        await until(lambda: desk.runner.costs()[0]["today"] > 5)
        await asyncio.sleep(1.2)
        assert desk.runner.costs()[0]["today"] == 5 + len(asked)
        (saved,) = orjson.loads(await desk.store.state("cost:vendor") or b"{}").values()
        assert saved["often"] > 5
        assert wrong == []

    at_desk(tmp_path, OFF, answer, check)
