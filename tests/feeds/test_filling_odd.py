"""What once went wrong where a live value was filled in: by odd data, or by its timing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from quanticity.logs import logger
from quanticity.model import Kind, Write
from tests.feeds.test_filling import ROOT, Desk, chain, contract, on_a_desk

LONG = 400_000.0
NAMED = {"filled": {"av.close": {"rows": 0, "timestamp": 0.0}}, "missing": []}
LEFT_OUT = {"filled": {}, "missing": ["av.close"]}


def on_a_desk_that_says(work: Callable[[Desk], Awaitable[None]]) -> list[str]:
    """What is warned of meanwhile, line by line."""
    said = list[str]()
    sink = logger.add(lambda line: said.append(line.strip()), level="WARNING", format="{message}")
    try:
        on_a_desk(work)
    finally:
        logger.remove(sink)
    return said


async def made(desk: Desk) -> Any:
    found = await desk.found()
    assert found is not None
    return found.data


def test_an_empty_live_chain_was_filled_with_the_whole_close_and_passed_for_live() -> None:
    async def work(desk: Desk) -> None:
        await desk.put("close", chain(590, 600), at=0.0, ttl=LONG)
        await desk.put("live", chain())
        assert await made(desk) == chain() | NAMED

    assert on_a_desk_that_says(work) == []


def test_a_key_that_live_rows_do_not_have_filled_in_every_row_that_they_are() -> None:
    async def work(desk: Desk) -> None:
        await desk.put("close", chain(590, 600), at=0.0, ttl=LONG)
        live = {"contracts": [{"option_symbols": "SPY260220C00600000", "bid": 2.0}, None, 7]}
        await desk.put("live", live)
        assert await made(desk) == {"symbol": "SPY"} | live | NAMED

    assert on_a_desk_that_says(work) == [
        "aggregate chain: av.live: no row has 'option_symbol'; did you mean 'option_symbols'?"
    ]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("option_symbol", "no row has 'option_symbol'"),
        ("expiry", "no row has a day at 'expiry'"),
    ],
)
def test_a_later_source_whose_rows_lack_a_field_filled_nothing_in_and_nobody_was_told(
    field: str, said: str
) -> None:
    async def work(desk: Desk) -> None:
        lacking = [{**contract(590), field: None}, {**contract(610), field: {"odd": 1}}]
        await desk.put("close", {"contracts": lacking}, ttl=LONG)
        await desk.put("live", chain(600))
        assert await made(desk) == chain(600) | LEFT_OUT

    assert on_a_desk_that_says(work) == [f"aggregate chain: av.close: {said}"]


def test_a_later_key_of_another_kind_held_up_the_live_value() -> None:
    async def work(desk: Desk) -> None:
        event = Write("raw:av:close:SPY", b"{}", "x", 0.0, 0.0, LONG, Kind.EVENTS)
        desk.store.put(event)
        for strike in (600, 601):
            await desk.put("live", chain(strike))
            assert await made(desk) == chain(strike) | LEFT_OUT

    (line,) = on_a_desk_that_says(work)
    assert line.startswith("aggregate chain: av.close: raw:av:close:SPY is of the other kind")


def test_a_later_source_that_changed_kept_a_live_value_alive_that_came_no_more() -> None:
    async def work(desk: Desk) -> None:
        await desk.put("live", chain(600), ttl=600)
        for _ in range(4):
            await desk.clock.sleep(6)
            await desk.put("close", chain(590), ttl=LONG)
            assert await desk.found() is not None
        ((_, life),) = await desk.store.keys("aggregated:chain:SPY")
        assert life <= 3
        await desk.clock.sleep(3)
        await desk.put("close", chain(590), ttl=LONG)
        assert await desk.found() is None
        await desk.put("live", chain(600), ttl=600)
        ((_, life),) = await desk.store.keys("aggregated:chain:SPY")
        assert 28 < life <= 30

    assert on_a_desk_that_says(work) == []


def test_while_the_store_is_away_nothing_is_lost_and_the_live_value_is_filled_when_it_is_back() -> (
    None
):
    async def work(desk: Desk) -> None:
        await desk.put("close", chain(590), at=0.0, ttl=LONG)
        # The write is heard of, and when it is read the server has gone.
        desk.store.put(Write("raw:av:live:SPY", orjson.dumps(chain(600)), "x", 5.0, 5.0, 30.0))
        await desk.clock.sleep(0)
        desk.store.lose()
        await desk.clock.sleep(3)
        desk.store.restore()
        await desk.clock.sleep(2)
        rows = (await made(desk))["contracts"]
        assert rows == [contract(600), contract(590, filled_from="av.close")]

    assert len(on_a_desk_that_says(work)) == 1


def test_rows_that_stand_in_a_list_were_told_as_an_error_of_ours() -> None:
    fill = ROOT.aggregates["chain"].fill
    assert fill is not None
    nested = ROOT.aggregates["chain"].model_copy(
        update={"fill": fill.model_copy(update={"rows": "0"})}
    )

    async def work(desk: Desk) -> None:
        desk.aggregates.update({"chain": nested}, desk.effective)
        await desk.put("live", [[contract(600)]])
        assert await desk.found() is None

    assert on_a_desk_that_says(work) == [
        "aggregate chain: av.live: it is no object, and '0' leads into one"
    ]


def test_an_edit_of_what_is_filled_takes_hold_of_values_that_stand() -> None:
    async def work(desk: Desk) -> None:
        await desk.put("close", chain(590), at=0.0, ttl=LONG)
        await desk.put("live", chain(600))
        spec = ROOT.aggregates["chain"]
        turned = spec.model_copy(update={"sources": spec.sources[::-1], "ttl_seconds": 5.0})
        desk.aggregates.update({"chain": turned}, desk.effective)
        await desk.clock.sleep(1)
        rows = (await made(desk))["contracts"]
        assert rows == [contract(590), contract(600, filled_from="av.live")]
        ((_, life),) = await desk.store.keys("aggregated:chain:SPY")
        assert life < 5
        desk.aggregates.update({}, desk.effective)
        await desk.put("live", chain(610))
        await desk.clock.sleep(5)
        assert await desk.found() is None

    assert on_a_desk_that_says(work) == []


def test_what_an_aggregate_failed_with_was_in_the_log_alone() -> None:
    async def work(desk: Desk) -> None:
        await desk.put("live", {"rows": []})
        (told,) = desk.aggregates.states()
        assert told["troubles"] == [
            {
                "key": "aggregated:chain:SPY",
                "error": "av.live: there is no list of rows at 'contracts'",
            }
        ]
        assert told["merges"] == 0
        assert told["written"] is None
        await desk.put("live", chain(600))
        (told,) = desk.aggregates.states()
        assert told["troubles"] == []
        assert (told["name"], told["merges"]) == ("chain", 1)

    on_a_desk_that_says(work)
