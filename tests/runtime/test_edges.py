"""Edges: each on its own, started again when it fails, kept when nothing about it changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from quanticity.cli.component_rows import edge_reason, edge_state
from quanticity.clock import LiveClock, MarketCalendar, VirtualClock, run_virtual
from quanticity.component import Context, NoParams, Source
from quanticity.errors import UndeclaredWrite
from quanticity.model import Key
from quanticity.runtime.binding import Binding, bind
from quanticity.runtime.edge_process import shown
from quanticity.runtime.edges import Edges
from quanticity.runtime.pulse import SIZE, Pulse
from quanticity.runtime.turns import Turns
from quanticity.spec import Spec, field
from quanticity.store.memory import MemoryStore


class Ticker(Source):
    """Writes a count a second."""

    name = "ticker"
    writes = {"count": Key("test:{symbol}:count", ttl=60)}
    starts = 0

    async def run(self, context: Context) -> None:
        type(self).starts += 1
        count = 0
        while True:
            count += 1
            context.put("count", count)
            await context.sleep(1.0)


class Breaks(Source):
    """Fails two seconds after each start."""

    name = "breaks"

    async def run(self, context: Context) -> None:
        await context.sleep(2.0)
        raise ValueError("the wire broke")


class Ends(Source):
    """Returns at once, which no source may."""

    name = "ends"

    async def run(self, context: Context) -> None:
        return


class Strays(Source):
    """Writes what it did not declare."""

    name = "strays"

    async def run(self, context: Context) -> None:
        context.put("other", 1)


class Deaf(Source):
    """Takes the order to stop for an error of its own, at first."""

    name = "deaf"

    async def run(self, context: Context) -> None:
        try:
            await context.sleep(1000.0)
        except asyncio.CancelledError:
            await context.sleep(1000.0)


class Params(Spec):
    """A figure."""

    size: int = field(1, help="a figure")


class Sized(Ticker):
    """With a parameter."""

    name = "sized"
    Params = Params
    writes = {"count": Key("test:{symbol}:sized", ttl=60)}


def ticker() -> Binding:
    return bind(Ticker, NoParams(), {"symbol": "SPY"})


def play(act: Callable[[Edges, MemoryStore, VirtualClock], Awaitable[None]]) -> Edges:
    async def main(clock: VirtualClock) -> Edges:
        Ticker.starts = 0
        store = MemoryStore(clock)

        async def newest(key: str) -> str:
            return "0"

        edges = Edges(store, clock, MarketCalendar(), None, newest)  # type: ignore[arg-type]
        try:
            await act(edges, store, clock)
        finally:
            await edges.close()
        return edges

    return run_virtual(main)


def test_a_source_writes_its_keys() -> None:
    async def act(edges: Edges, store: MemoryStore, clock: VirtualClock) -> None:
        edges.replace([ticker()])
        await clock.sleep(5.5)
        envelope = await store.get("test:SPY:count")
        assert envelope is not None
        assert envelope.data == 6
        assert envelope.source == "ticker:SPY"

    play(act)


def test_one_that_fails_is_started_again_more_and_more_slowly_and_stops_no_other() -> None:
    async def act(edges: Edges, store: MemoryStore, clock: VirtualClock) -> None:
        edges.replace([ticker(), bind(Breaks, NoParams(), {})])
        await clock.sleep(40)
        row = edges.rows["breaks"]
        # 2 s of work and pauses of .5, 1, 2, 4, 8 s.
        assert row.failures in (6, 7)
        assert row.error == "ValueError: the wire broke"
        assert "test_edges.py:" in row.where
        assert Ticker.starts == 1

    play(act)


class Leaves(Source):
    """Raises what would end a task or a process without a word."""

    name = "leaves"
    with_what: BaseException = SystemExit("no gateway")

    async def run(self, context: Context) -> None:
        await context.sleep(1.0)
        raise self.with_what


@pytest.mark.parametrize(
    "raised",
    [
        SystemExit("no gateway"),
        KeyboardInterrupt("no gateway"),
        asyncio.CancelledError("no gateway"),
        BaseException("no gateway"),
    ],
    ids=lambda raised: type(raised).__name__,
)
def test_one_that_left_ended_all_edges_or_stood_still_and_was_said_to_run(
    raised: BaseException,
) -> None:
    async def act(edges: Edges, store: MemoryStore, clock: VirtualClock) -> None:
        Leaves.with_what = raised
        edges.replace([ticker(), bind(Leaves, NoParams(), {})])
        await clock.sleep(10)
        row = edges.rows["leaves"]
        assert row.failures >= 3, "it was not started again"
        assert row.error == f"{type(raised).__name__}: no gateway"
        assert "test_edges.py:" in row.where
        assert Ticker.starts == 1

    play(act)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (Unspeakable(), "Unspeakable: it cannot be shown (RuntimeError)"),
        (ValueError("half \ud83d"), r"ValueError: half \ud83d"),
    ],
    ids=["no_words", "half"],
)
def test_an_error_that_cannot_be_shown_left_an_edge_standing_and_said_to_run(
    raised: Exception, said: str
) -> None:
    async def act(edges: Edges, store: MemoryStore, clock: VirtualClock) -> None:
        Leaves.with_what = raised
        edges.replace([bind(Leaves, NoParams(), {})])
        await clock.sleep(10)
        assert edges.rows["leaves"].failures >= 3
        assert edges.rows["leaves"].error == said
        said.encode()

    play(act)


def test_a_task_of_an_edge_that_left_ended_the_process_of_all_edges() -> None:
    async def leave() -> None:
        raise SystemExit("no gateway")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        turns = Turns(Pulse([0.0] * SIZE), LiveClock())
        turns.install(loop)

        async def work() -> None:
            await asyncio.create_task(leave())

        with pytest.raises(RuntimeError, match="SystemExit: no gateway"):
            await turns.begin("one", 1.0, work())

    asyncio.run(main())


def test_one_that_ends_by_itself_is_told() -> None:
    async def act(edges: Edges, store: MemoryStore, clock: VirtualClock) -> None:
        edges.replace([bind(Ends, NoParams(), {})])
        await clock.sleep(1)
        assert edges.rows["ends"].error == "it ended by itself"

    play(act)


def test_an_undeclared_key_raises_and_names_what_is_declared() -> None:
    async def act(edges: Edges, store: MemoryStore, clock: VirtualClock) -> None:
        edges.replace([bind(Strays, NoParams(), {})])
        await clock.sleep(0.1)
        error = edges.rows["strays"].error
        assert error.startswith(UndeclaredWrite.__name__)
        assert "'other'" in error

    play(act)


@pytest.mark.parametrize(("size", "starts"), [(1, 1), (2, 2)])
def test_a_new_set_restarts_only_what_changed(size: int, starts: int) -> None:
    async def act(edges: Edges, store: MemoryStore, clock: VirtualClock) -> None:
        edges.replace([bind(Sized, Params(), {"symbol": "SPY"})])
        await clock.sleep(2)
        edges.replace([bind(Sized, Params(size=size), {"symbol": "SPY"})])
        await clock.sleep(2)
        assert Sized.starts == starts
        edges.replace([])
        await clock.sleep(0)
        assert not edges.rows

    Sized.starts = 0
    play(act)


class Lacks(Source):
    """Nobody answers it for a while."""

    name = "lacks"

    async def run(self, context: Context) -> None:
        await context.sleep(1.0)
        secret = context.secret("LACKS_TOKEN")
        for number in range(3):
            context.fares(f"refused {number} times, with {secret}")
            await context.sleep(1.0)
        context.fares()
        await context.sleep(1000.0)


def test_one_that_can_do_nothing_though_it_runs_passed_for_ok() -> None:
    async def main(clock: VirtualClock) -> None:
        async def newest(key: str) -> str:
            return "0"

        began, environ = clock.now(), {"LACKS_TOKEN": "abcdefgh12345678"}
        calendar, store = MarketCalendar(), MemoryStore(clock)
        edges = Edges(store, clock, calendar, None, newest, environ=environ)  # type: ignore[arg-type]
        edges.replace([bind(Lacks, NoParams(), {})])
        try:
            row = edges.rows["lacks"]
            await clock.sleep(0.5)
            assert row.trouble is None
            assert edge_state(shown(row, "")) == "ok"
            await clock.sleep(3.0)
            told = shown(row, "")
            assert edge_state(told) == "down"
            assert edge_reason(told).startswith("refused 2 times, with ")
            assert "abcdefgh12345678" not in edge_reason(told)
            assert told["since"] == began + 1.0
            await clock.sleep(1.0)
            told = shown(row, "")
            assert (edge_state(told), edge_reason(told), told["since"]) == ("ok", "", began)
        finally:
            await edges.close()

    run_virtual(main)


def test_closing_leaves_no_task() -> None:
    async def act(edges: Edges, store: MemoryStore, clock: VirtualClock) -> None:
        before = len(asyncio.all_tasks())
        edges.replace([ticker(), bind(Breaks, NoParams(), {})])
        await clock.sleep(3)
        await edges.close()
        assert len(asyncio.all_tasks()) == before

    play(act)


def test_one_that_takes_the_order_to_stop_for_an_error_held_up_the_end_for_ever() -> None:
    async def act(edges: Edges, store: MemoryStore, clock: VirtualClock) -> None:
        before = len(asyncio.all_tasks())
        edges.replace([bind(Deaf, NoParams(), {}), ticker()])
        await clock.sleep(3)
        began = clock.now()
        await edges.close()
        assert clock.now() - began < 2.0
        assert len(asyncio.all_tasks()) == before

    play(act)


class Keyed(Ticker):
    """Can do nothing without a variable."""

    name = "keyed"
    writes = {"count": Key("test:{symbol}:keyed", ttl=60)}

    class Params(Spec):
        """Where its key is."""

        key_env: str = field("KEYED_TOKEN", help="where its key is")

    secrets = ("key_env",)


def test_one_without_its_key_waits_for_it_until_it_is_set() -> None:
    environ = dict[str, str]()

    async def main(clock: VirtualClock) -> None:
        async def newest(key: str) -> str:
            return "0"

        calendar, store = MarketCalendar(), MemoryStore(clock)
        edges = Edges(store, clock, calendar, None, newest, environ=environ)  # type: ignore[arg-type]
        edges.replace([ticker(), bind(Keyed, Keyed.Params(), {"symbol": "SPY"})])
        try:
            assert edges.waits_for("ticker:SPY") == ""
            assert edges.waits_for("keyed:SPY") == "KEYED_TOKEN is not set"
            environ["KEYED_TOKEN"] = " "
            assert edges.waits_for("keyed:SPY")
            environ["KEYED_TOKEN"] = "k"
            assert edges.waits_for("keyed:SPY") == ""
        finally:
            await edges.close()

    run_virtual(main)
