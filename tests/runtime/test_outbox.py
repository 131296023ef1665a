"""Messages: in order, each until its fate is known, none twice unless nobody can know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import orjson
import pytest

from quanticity.clock import VirtualClock, run_virtual
from quanticity.component import Context, Delivered, Distributor, Message, NoParams
from quanticity.errors import DeliveryError
from quanticity.model import Key, Kind, Write
from quanticity.runtime.edge_context import EdgeContext
from quanticity.runtime.outbox import Outbox
from quanticity.store.memory import MemoryStore

KEY = "monitors:data"
DEAD = "distributors:test:dead"


class Killed(BaseException):
    """As `kill -9`: nothing runs after it."""


class Channel(Distributor):
    """Delivers by a script: what happens to each try, in order; `ok` when it runs out."""

    name = "test"
    reads = {"alerts": Key(KEY, kind=Kind.EVENTS)}
    tries = 3

    def __init__(self, *script: str) -> None:
        super().__init__(NoParams(), {})
        self.script = list(script)
        self.arrived: list[Message] = []
        self.can_find = False

    async def deliver(self, message: Message, context: Context) -> Delivered:
        what = self.script.pop(0) if self.script else "ok"
        if what in ("ok", "killed after", "lost after"):
            self.arrived.append(message)
        if what.startswith("killed"):
            raise Killed
        if what.startswith("lost"):
            raise DeliveryError("no answer", again_in=1.0, unknown=True)
        if what.startswith("busy "):
            raise DeliveryError("wait", again_in=float(what.partition(" ")[2]))
        if what == "busy":
            raise DeliveryError("wait", again_in=7.0)
        if what == "refused":
            raise DeliveryError("no such channel")
        if what == "broken":
            raise KeyError("a mistake of the plugin")
        return Delivered(f"r{len(self.arrived)}")

    async def find(self, message: Message, context: Context) -> Delivered | None:
        if self.script and self.script[0] == "cannot look":
            self.script.pop(0)
            raise TypeError("a mistake of the plugin")
        there = [one for one in self.arrived if one.id == message.id]
        return Delivered("found") if self.can_find and there else None


class FreePace:
    def __init__(self) -> None:
        self.waits: list[float] = []

    async def place(self) -> FreePace:
        return self

    def headers(self) -> None: ...

    def done(self) -> None: ...

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


class Bench:
    def __init__(self, clock: VirtualClock, channel: Channel) -> None:
        self.clock, self.channel = clock, channel
        self.store = MemoryStore(clock)
        self.pace = FreePace()
        self.outbox = self.fresh()

    def fresh(self) -> Outbox:
        """As after a restart of the process."""
        context = EdgeContext("test", self.channel, self.store, self.clock, http=None)  # type: ignore[arg-type]

        async def newest(key: str) -> str:
            found = await self.store.newest_events(key, 1)
            return found[-1][0] if found else "0"

        self.outbox = Outbox(
            "test", {"alerts": KEY}, self.channel, context, self.store, self.pace, newest=newest
        )
        return self.outbox

    def happens(self, *texts: str) -> None:
        for text in texts:
            now = self.clock.now()
            data = orjson.dumps({"kind": "failed", "feed": "uw.x", "message": text})
            self.store.put(Write(KEY, data, "alerts", now, now, 600.0, Kind.EVENTS))

    def told(self) -> list[str]:
        return [one.text for one in self.channel.arrived]


def play(channel: Channel, act: Callable[[Bench], Awaitable[None]]) -> Bench:
    async def main(clock: VirtualClock) -> Bench:
        bench = Bench(clock, channel)
        await act(bench)
        return bench

    return run_virtual(main)


def test_events_become_messages_in_order_and_only_once() -> None:
    async def act(bench: Bench) -> None:
        bench.happens("before the first start")
        await bench.outbox.restore()
        bench.happens("one", "two")
        await bench.outbox.deliver_new()
        bench.happens("three")
        await bench.outbox.deliver_new()
        await bench.fresh().restore()
        await bench.outbox.deliver_new()

    bench = play(Channel(), act)
    assert bench.told() == ["one", "two", "three"]
    assert list(bench.outbox.saved.receipts.values()) == ["r1", "r2", "r3"]


def test_a_busy_channel_is_waited_for_as_long_as_it_says() -> None:
    async def act(bench: Bench) -> None:
        await bench.outbox.restore()
        bench.happens("one")
        began = bench.clock.now()
        await bench.outbox.deliver_new()
        assert bench.clock.now() - began >= 7.0

    bench = play(Channel("busy"), act)
    assert bench.told() == ["one"]
    assert bench.pace.waits == [7.0]


@pytest.mark.parametrize(
    ("said", "waited"),
    [("1e9", 86_400.0), ("inf", 86_400.0), ("nan", 1.0), ("-5", 1.0), ("-inf", 1.0)],
)
def test_an_absurd_wait_silenced_a_channel_for_ever(said: str, waited: float) -> None:
    async def act(bench: Bench) -> None:
        await bench.outbox.restore()
        bench.happens("one")
        began = bench.clock.now()
        await bench.outbox.deliver_new()
        assert waited <= bench.clock.now() - began < waited + 1

    bench = play(Channel(f"busy {said}"), act)
    assert bench.told() == ["one"]
    assert bench.pace.waits == [waited]


def test_what_was_told_to_wait_was_called_a_repeat_after_a_restart() -> None:
    async def act(bench: Bench) -> None:
        await bench.outbox.restore()
        bench.happens("one")
        with suppress(TimeoutError):
            async with asyncio.timeout(3):  # a restart while it waits
                await bench.outbox.deliver_new()
        assert bench.told() == []
        await bench.fresh().restore()
        await bench.outbox.deliver_new()
        assert [one.again for one in bench.channel.arrived] == [False]
        assert bench.outbox.saved.tries == 0

    play(Channel("busy"), act)


def test_a_mistake_in_looking_a_message_up_held_up_all_that_came_after_it() -> None:
    bench = play(Channel("killed after", "cannot look"), killed_in_the_middle)
    assert bench.told() == ["one", "one", "two"]
    assert bench.outbox.saved.repeated == 1


def test_a_signal_whose_reasons_are_no_list_held_up_all_that_came_after_it() -> None:
    async def act(bench: Bench) -> None:
        bench.outbox._keys = {"signals": "signals:pending"}
        await bench.outbox.restore()
        for triggers in (5, "text", None, [None], {"a": 1}):
            now = bench.clock.now()
            data = orjson.dumps({"symbol": "SPY", "strategy": "s", "triggers": triggers})
            bench.store.put(Write("signals:pending", data, "s", now, now, 9.0, Kind.EVENTS))
        await bench.outbox.deliver_new()

    assert len(play(Channel(), act).told()) == 5


def test_what_is_refused_is_a_dead_letter_and_holds_up_nothing() -> None:
    async def act(bench: Bench) -> None:
        await bench.outbox.restore()
        bench.happens("one", "two")
        await bench.outbox.deliver_new()
        ((_, dead),) = await bench.store.events(DEAD)
        assert dead.data["text"] == "one"
        assert dead.data["reason"] == "no such channel"

    bench = play(Channel("refused"), act)
    assert bench.told() == ["two"]
    assert bench.outbox.saved.dead == 1


def test_tries_end() -> None:
    async def act(bench: Bench) -> None:
        await bench.outbox.restore()
        bench.happens("one", "two")
        await bench.outbox.deliver_new()
        assert len(await bench.store.events(DEAD)) == 1

    assert play(Channel("busy", "busy", "busy"), act).told() == ["two"]


def test_a_mistake_of_the_plugin_costs_tries_and_no_other_message() -> None:
    async def act(bench: Bench) -> None:
        await bench.outbox.restore()
        bench.happens("one", "two")
        await bench.outbox.deliver_new()
        assert "KeyError" in (await bench.store.events(DEAD))[0][1].data["reason"]

    assert play(Channel("broken", "broken", "broken"), act).told() == ["two"]


async def killed_in_the_middle(bench: Bench) -> None:
    await bench.outbox.restore()
    bench.happens("one", "two")
    try:
        await bench.outbox.deliver_new()
    except Killed:
        pass
    else:
        raise AssertionError
    await bench.fresh().restore()
    await bench.outbox.deliver_new()


def test_after_a_crash_what_may_have_arrived_is_sent_once_more_and_says_so() -> None:
    bench = play(Channel("killed after"), killed_in_the_middle)
    assert bench.told() == ["one", "one", "two"]
    assert [one.again for one in bench.channel.arrived] == [False, True, False]


def test_after_a_crash_it_is_looked_up_where_the_channel_can_tell() -> None:
    channel = Channel("killed after")
    channel.can_find = True
    bench = play(channel, killed_in_the_middle)
    assert bench.told() == ["one", "two"]
    assert "found" in bench.outbox.saved.receipts.values()


def test_after_a_crash_before_it_left_it_is_sent() -> None:
    channel = Channel("killed before")
    channel.can_find = True
    assert play(channel, killed_in_the_middle).told() == ["one", "two"]


def test_an_answer_that_never_came_marks_the_next_try() -> None:
    async def act(bench: Bench) -> None:
        await bench.outbox.restore()
        bench.happens("one")
        await bench.outbox.deliver_new()

    bench = play(Channel("lost after"), act)
    assert [one.again for one in bench.channel.arrived] == [False, True]


def test_a_signal_is_told_without_any_price() -> None:
    async def act(bench: Bench) -> None:
        bench.channel.reads = {"signals": Key("signals:pending", kind=Kind.EVENTS)}  # type: ignore[misc]
        bench.outbox._keys = {"signals": "signals:pending"}
        await bench.outbox.restore()
        now = bench.clock.now()
        signal = {
            "id": "SIG-001",
            "strategy": "gamma_scalp_0dte",
            "symbol": "SPY",
            "direction": "call",
            "confidence": 0.85,
            "entry": 4.12,
            "stop": 2.06,
            "strike": 601,
            "triggers": [{"name": "near_peak_gamma", "detail": "600.9 of 601"}],
            "reason": "spot 600.9 is near 601",
        }
        data = orjson.dumps(signal)
        bench.store.put(Write("signals:pending", data, "s", now, now, 600.0, Kind.EVENTS))
        await bench.outbox.deliver_new()

    (message,) = play(Channel(), act).channel.arrived
    assert message.kind == "signal"
    shown = f"{message.title} {message.text} {message.fields}"
    assert "SPY" in shown
    assert "near peak gamma" in shown
    for price in ("4.12", "2.06", "601", "600.9"):
        assert price not in shown
