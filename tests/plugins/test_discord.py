"""The Discord distributor against a server that behaves like Discord's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import orjson
import pytest

from plugins.distributors.discord import Discord, DiscordParams, embed
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.component import Message
from quanticity.feeds.edge_http import EdgeHttp
from quanticity.logs import logger
from quanticity.model import Kind, Write
from quanticity.runtime.binding import bind
from quanticity.runtime.edges import Edges
from quanticity.store.memory import MemoryStore
from tests.plugins.discord_server import BOT_TOKEN, TOKEN, DiscordLike, discord


class Fast(Discord):
    """The same at the test server's pace."""

    name = "discord"
    limits = ((100, 0.1),)  # type: ignore[assignment]  # as many, in another window


class Bench:
    def __init__(
        self,
        server: DiscordLike,
        store: MemoryStore,
        edges: Edges,
        begun: Callable[[], Awaitable[Edges]],
    ) -> None:
        self.server, self.store, self.edges = server, store, edges
        self._begun = begun

    async def another_life(self) -> None:
        """The process ends, whatever it was doing, and another begins with the same store."""
        await self.edges.close()
        self.edges = await self._begun()

    def happens(self, count: int) -> None:
        clock = LiveClock()
        for number in range(count):
            data = orjson.dumps({"kind": "failed", "feed": "uw.x", "message": f"number {number}"})
            now = clock.now()
            self.store.put(Write("monitors:data", data, "alerts", now, now, 60.0, Kind.EVENTS))

    async def until(self, posted: int) -> None:
        async with asyncio.timeout(20):
            while len(self.server.posted) < posted:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    @property
    def saved(self):
        outbox = self.edges.rows["discord"].outbox
        assert outbox is not None
        return outbox.saved


def play(monkeypatch: pytest.MonkeyPatch, act: Callable[[Bench], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = LiveClock()
        store, http = MemoryStore(clock), EdgeHttp()

        async def newest(key: str) -> str:
            return "0"

        async with discord() as server:
            monkeypatch.setenv("DISCORD_WEBHOOK_URL", server.url)

            async def begun() -> Edges:
                edges = Edges(store, clock, MarketCalendar(), http, newest)
                edges.replace([bind(Fast, DiscordParams(), {})])
                while edges.rows["discord"].outbox is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                return edges

            bench = Bench(server, store, await begun(), begun)
            try:
                await act(bench)
            finally:
                await bench.edges.close()
                await http.close()

    asyncio.run(main())


@pytest.fixture
def lines() -> Iterator[list[str]]:
    said: list[str] = []
    number = logger.add(said.append, level="DEBUG", diagnose=False)
    yield said
    logger.remove(number)


def test_each_alert_is_one_embed_and_its_id_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(bench: Bench) -> None:
        bench.happens(2)
        await bench.until(2)
        await asyncio.sleep(0.1)
        texts = [one["embeds"][0]["description"] for one in bench.server.posted]
        assert texts == ["number 0", "number 1"]
        assert list(bench.saved.receipts.values()) == ["10001", "10002"]

    play(monkeypatch, act)


def test_its_limits_are_kept_by_its_headers_and_its_word(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(bench: Bench) -> None:
        bench.happens(14)
        await bench.until(14)
        # Its headers say when a window is used up: it has to refuse next to nothing.
        assert bench.server.refused <= 2
        assert bench.saved.dead == 0

    play(monkeypatch, act)


def test_trouble_of_its_server_marks_a_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(bench: Bench) -> None:
        bench.server.trouble = ["hang up"]
        bench.happens(1)
        await bench.until(1)
        assert "(perhaps a repeat)" in bench.server.posted[0]["embeds"][0]["title"]

    play(monkeypatch, act)


async def killed_before_its_answer(bench: Bench) -> list[str]:
    """It arrived, but nobody was told: what the channel shows once a next life has delivered."""
    bench.server.trouble = ["silence"]
    bench.happens(2)
    await bench.until(1)
    await bench.another_life()
    async with asyncio.timeout(20):
        while bench.saved.delivered < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return [
        one["embeds"][0]["description"] + one["embeds"][0]["title"].partition(" (")[2]
        for one in bench.server.posted
    ]


def test_after_a_crash_what_may_have_arrived_is_marked_as_a_repeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def act(bench: Bench) -> None:
        shown = await killed_before_its_answer(bench)
        assert shown == ["number 0", "number 0perhaps a repeat)", "number 1"]

    monkeypatch.delenv("DISCORD_BOT_TOKEN", raising=False)
    play(monkeypatch, act)


def test_after_a_crash_a_bot_that_reads_the_channel_finds_what_has_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def act(bench: Bench) -> None:
        assert await killed_before_its_answer(bench) == ["number 0", "number 1"]
        assert list(bench.saved.receipts.values()) == ["10001", "10002"]

    monkeypatch.setenv("DISCORD_BOT_TOKEN", BOT_TOKEN)
    play(monkeypatch, act)


def test_a_bot_that_may_not_read_the_channel_costs_a_repeat_and_shows_no_token(
    monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    async def act(bench: Bench) -> None:
        assert len(await killed_before_its_answer(bench)) == 3

    monkeypatch.setenv("DISCORD_BOT_TOKEN", BOT_TOKEN + "x")
    play(monkeypatch, act)
    assert not any(BOT_TOKEN in line or TOKEN in line for line in lines)


def test_an_unknown_webhook_is_a_dead_letter_and_its_address_shows_nowhere(
    monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    async def act(bench: Bench) -> None:
        monkeypatch.setenv("DISCORD_WEBHOOK_URL", bench.server.url + "x")
        bench.happens(1)
        async with asyncio.timeout(10):
            while not bench.saved.dead:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        ((_, dead),) = await bench.store.events("distributors:discord:dead")
        assert "Unknown Webhook" in dead.data["reason"]
        assert TOKEN not in str(dead)

    play(monkeypatch, act)
    assert any("was not delivered" in line for line in lines)
    assert not any(TOKEN in line for line in lines)


@pytest.mark.parametrize("wait", ["1e999", "NaN", "-3", '"soon"', "true", "null", "1" * 400])
def test_an_absurd_wait_of_its_server_holds_up_the_channel_no_longer_than_a_day(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], wait: str
) -> None:
    async def act(bench: Bench) -> None:
        bench.server.trouble = [f"wait {wait}"]
        bench.happens(1)
        if wait in ("1e999", "1" * 400):
            async with asyncio.timeout(10):
                while not any("nothing is told for 86,400 s" in line for line in lines):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            assert not bench.server.posted
        else:
            await bench.until(1)
            assert "repeat" not in bench.server.posted[0]["embeds"][0]["title"]

    play(monkeypatch, act)


def test_a_server_that_tells_the_webhooks_token_alone_showed_it_in_logs_and_dead_letters(
    monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    async def act(bench: Bench) -> None:
        bench.server.trouble = ["tells", "html", "bare"]
        bench.happens(4)
        await bench.until(1)
        dead = await bench.store.events("distributors:discord:dead")
        assert [one.data["text"] for _, one in dead] == ["number 0", "number 1"]
        assert TOKEN not in str(dead)
        assert TOKEN not in str(bench.saved)
        assert TOKEN not in bench.edges.rows["discord"].error

    play(monkeypatch, act)
    assert lines
    assert not any(TOKEN in line for line in lines)


@pytest.mark.parametrize(
    "form", ["https://[bad/{}", "discord.example/{}", " {}\n", "http://h:x/{}"]
)
def test_a_webhook_that_is_no_address_is_told_without_its_token(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], form: str
) -> None:
    async def act(bench: Bench) -> None:
        monkeypatch.setenv("DISCORD_WEBHOOK_URL", form.format(f"api/webhooks/42/{TOKEN}"))
        bench.happens(1)
        outbox = bench.edges.rows["discord"].outbox
        async with asyncio.timeout(10):
            while outbox is None or not outbox.last_error:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert "address" in outbox.last_error.lower()
        assert TOKEN not in outbox.last_error

    play(monkeypatch, act)
    assert not any(TOKEN in line for line in lines)


def test_long_texts_and_many_fields_fit() -> None:
    fields = {f"name{number}": "v" * 3000 for number in range(40)}
    made = embed(Message("1", "alert", "t" * 500, "x" * 9000, 1.0, fields=fields))
    assert len(made["title"]) <= 256
    assert len(made["description"]) <= 4096
    assert len(made["fields"]) == 25
    assert all(len(one["value"]) <= 1024 for one in made["fields"])
