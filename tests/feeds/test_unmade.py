"""Events, and what a transform makes of them: whatever breaks between the two is made good."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from quanticity.clock import LiveClock
from quanticity.feeds import unmade
from quanticity.feeds.transform import LoadedTransforms
from quanticity.logs import logger
from quanticity.model import Write
from tests.feeds import test_stream
from tests.feeds.fakes import MemoryStore
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW
from tests.feeds.loopback import Bench, answering, serving
from tests.feeds.socket_vendor import until
from tests.feeds.test_stream import ALERTS, bench, live
from tests.store.running import ROOT, directory, environment, opened

RAW, OUT = "raw:v:x", "feed:v:x"
FEED = {
    "path": "/x",
    "redis_key": RAW,
    "output_key": OUT,
    "kind": "events",
    "row_order": "oldest_first",
    "transform": "sums",
}


def sums(payload: Any, config: Mapping[str, Any], state: Any) -> tuple[Any, Any]:
    """Each number, and the sum so far."""
    total = (state or 0) + payload["n"]
    return {"n": payload["n"], "sum": total}, total


FUNCTION = {"sums": sums}


class Steps(MemoryStore):
    """Remembers what was put in one step; a kill leaves the first so many of them."""

    def __init__(self, steps: Sequence[tuple[Sequence[Write], Mapping[str, bytes]]] = ()) -> None:
        super().__init__()
        self.steps: list[tuple[Sequence[Write], Mapping[str, bytes]]] = []
        for writes, states in steps:
            self.put_together(writes, states)

    def put(self, write: Write) -> None:
        self.steps.append(([write], {}))
        super().put(write)

    def put_state(self, name: str, data: bytes) -> None:
        self.steps.append(([], {name: data}))
        super().put_state(name, data)

    def put_together(self, writes: Sequence[Write], states: Mapping[str, bytes]) -> None:
        self.steps.append((writes, dict(states)))
        for write in writes:
            MemoryStore.put(self, write)
        self.states.update(states)

    def data(self, key: str) -> list[Any]:
        return [envelope.data for _, envelope in self.streams.get(key, [])]

    def holds(self, raw: Sequence[int], made: Sequence[int] | None = None) -> None:
        """Each of these once, in their order, and the sum over them."""
        assert [one["n"] for one in self.data(RAW)] == list(raw)
        wanted, total = [], 0
        for number in raw if made is None else made:
            total += number
            wanted.append({"n": number, "sum": total})
        assert self.data(OUT) == wanted


def rows(*numbers: int) -> list[dict[str, int]]:
    return [{"n": number} for number in numbers]


Loaded = Callable[[MemoryStore], LoadedTransforms]


def loaded(store: MemoryStore) -> LoadedTransforms:
    return LoadedTransforms(LiveClock(NOW), store, {"sums": sums})


async def poll(store: Steps, *bodies: Any, transforms: Loaded = loaded, **fields: Any) -> Bench:
    """A start of the program that asks for each of these bodies."""
    left = [answering(body) for body in bodies]

    async def vendor(request: Any) -> Any:
        return await left.pop(0)(request)

    async with serving(vendor) as (url, _):
        made = Bench(url, {"x": {**FEED, **fields}}, store=store, transforms=transforms)
        try:
            await made.run("x", times=len(bodies))
        finally:
            await made.vendor.close()
    return made


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]


def test_a_kill_between_rows_and_what_the_transform_made_of_them_lost_the_latter() -> None:
    async def test() -> None:
        whole = Steps()
        await poll(whole, rows(1, 2, 3), rows(1, 2, 3, 4, 5), rows(5, 6))
        whole.holds([1, 2, 3, 4, 5, 6])
        for count in range(len(whole.steps) + 1):
            left = Steps(whole.steps[:count])
            await poll(left, rows(1, 2, 3, 4, 5, 6), rows(1, 2, 3, 4, 5, 6))
            left.holds([1, 2, 3, 4, 5, 6])
            # Killed again while that is made good.
            for again in range(count, len(left.steps) + 1):
                later = Steps(left.steps[:again])
                await poll(later, rows(1, 2, 3, 4, 5, 6, 7))
                later.holds([1, 2, 3, 4, 5, 6, 7])

    run(test)


def test_more_rows_than_go_out_at_once_are_made_good_too() -> None:
    numbers = list(range(2500))

    async def test() -> None:
        whole = Steps()
        await poll(whole, rows(*numbers))
        whole.holds(numbers)
        assert len(whole.steps) < 12
        for count in range(len(whole.steps) + 1):
            left = Steps(whole.steps[:count])
            await poll(left, rows(*numbers))
            left.holds(numbers)

    run(test)


class Stopped(LoadedTransforms):
    """Is called off at one row, as by the time-out of a run, when it has begun to change it."""

    at: int | None = 3

    async def apply_aside(self, feed: str, name: Any, payload: Any, **given: Any) -> bytes:
        if payload["n"] == self.at:
            self.at = None
            payload.clear()
            raise asyncio.CancelledError
        return await super().apply_aside(feed, name, payload, **given)


def test_a_run_that_timed_out_in_a_transform_left_rows_that_no_later_run_made_good() -> None:
    async def test() -> None:
        store = Steps()
        one = Stopped(LiveClock(NOW), store, {"sums": sums})
        with pytest.raises(asyncio.CancelledError):
            await poll(store, rows(1, 2, 3, 4), transforms=lambda _: one)
        store.holds([1, 2, 3, 4], [1, 2])
        await poll(store, rows(3, 4, 5), transforms=lambda _: one)
        store.holds([1, 2, 3, 4, 5])

    run(test)


class Slow(LoadedTransforms):
    """Takes longer than a run may, for each row."""

    async def apply_aside(self, *given: Any, **more: Any) -> bytes:
        raise asyncio.CancelledError


def test_a_transform_slower_than_a_run_does_not_keep_new_rows_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unmade, "MOST_LEFT", 4)

    async def test() -> None:
        store = Steps()
        slow = Slow(LiveClock(NOW), store, {"sums": sums})
        for number in range(1, 7):
            with pytest.raises(asyncio.CancelledError):
                await poll(store, rows(number), transforms=lambda _: slow)
        store.holds([1, 2, 3, 4, 5, 6], [])
        await poll(store, rows(6, 7))
        store.holds([1, 2, 3, 4, 5, 6, 7], [4, 5, 6, 7])

    run(test)


def test_rows_left_to_be_made_were_bounded_in_number_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three thousand of a megabyte: more than the store takes as one value, or the machine has."""
    monkeypatch.setattr(unmade, "MOST_BYTES", 2500)

    async def test() -> None:
        store = Steps()
        slow = Slow(LiveClock(NOW), store, {"sums": sums})
        for number in range(1, 6):
            row = {"n": number, "text": "x" * (3000 if number == 5 else 1000)}
            with pytest.raises(asyncio.CancelledError):
                await poll(store, [row], transforms=lambda _: slow)
            left = orjson.loads(store.states[f"unmade:{RAW}"])["rows"]
            assert len(left) == (1, 2, 3, 3, 3)[number - 1]
        await poll(store, rows(6))
        # One alone may have any size.
        assert [one["n"] for one in store.data(OUT)] == [5, 6]

    run(test)


def test_a_row_that_was_left_came_to_its_transform_with_other_digits() -> None:
    long = "123456789012345678901234567890"

    def same(payload: Any, config: Any, state: Any) -> tuple[Any, Any]:
        return {"n": str(payload["n"])}, None

    def as_it_is(store: MemoryStore) -> LoadedTransforms:
        return LoadedTransforms(LiveClock(NOW), store, {"sums": same})

    async def test() -> None:
        for kills in (False, True):
            store = Steps()
            body = f'[{{"n": {long}}}]'
            await poll(store, body, transforms=as_it_is)
            if kills:
                store = killed(store)
                await poll(store, body, transforms=as_it_is)
            assert store.data(OUT) == [{"n": long}]

    run(test)


def test_all_other_feeds_waited_until_a_transform_was_through_with_all_rows() -> None:
    turns, made = list[int](), 0

    class Takes(LoadedTransforms):
        async def apply_aside(self, feed: str, name: Any, payload: Any, **given: Any) -> bytes:
            nonlocal made
            time.sleep(0.03)  # noqa: ASYNC251  it computes, as transforms do on the event loop
            made += 1
            return await super().apply_aside(feed, name, payload, **given)

    async def others() -> None:
        while True:
            turns.append(made)
            await asyncio.sleep(0)

    async def test() -> None:
        store = Steps()
        others_run = asyncio.create_task(others())
        await poll(store, rows(*range(20)), transforms=lambda s: Takes(LiveClock(NOW), s, FUNCTION))
        others_run.cancel()
        store.holds(range(20))
        assert len(set(turns)) > 5

    run(test)


def test_what_was_left_is_made_also_where_the_vendor_is_away() -> None:
    async def test() -> None:
        store = Steps()
        await poll(store, rows(1, 2))
        left = killed(store)
        failing = answering("no", status=500)
        async with serving(failing) as (url, _):
            made = Bench(url, {"x": FEED}, store=left, transforms=loaded)
            await made.run("x")
            assert "(500)" in made.error("x")
            await made.vendor.close()
        left.holds([1, 2])

    run(test)


def killed(store: Steps) -> Steps:
    """What is left where the process ends before any of the last rows is made."""
    last = max(at for at, (_, states) in enumerate(store.steps) if f"unmade:{RAW}" in states)
    return Steps(store.steps[:last])


def test_a_transform_that_is_new_to_a_stream_begins_with_new_rows() -> None:
    async def test() -> None:
        store = Steps()
        await poll(store, rows(1, 2, 3), transform=None)
        assert not [name for name in store.states if "unmade" in name]
        await poll(store, rows(1, 2, 3, 4), rows(5))
        store.holds([1, 2, 3, 4, 5], [4, 5])

    run(test)


def test_rows_that_an_edit_takes_the_transform_from_are_made_once_where_it_returns() -> None:
    def doubled(payload: Any, config: Any, state: Any) -> tuple[Any, Any]:
        return {"n": payload["n"], "twice": 2 * payload["n"]}, None

    def edited(store: MemoryStore) -> LoadedTransforms:
        return LoadedTransforms(LiveClock(NOW), store, {"sums": doubled})

    async def test() -> None:
        store = Steps()
        await poll(store, rows(1, 2))
        left = killed(store)
        await poll(left, rows(1, 2, 3), transform=None)
        assert left.data(OUT) == []
        await poll(left, rows(3, 4), rows(4), transforms=edited)
        assert left.data(OUT) == [{"n": number, "twice": 2 * number} for number in (1, 2, 4)]

    run(test)


def test_what_has_outlived_its_key_is_not_made_any_more() -> None:
    async def test() -> None:
        store = Steps()
        await poll(store, rows(1, 2))
        left = killed(store)
        name = f"unmade:{RAW}"
        told = orjson.loads(left.states[name])
        old = [(at - 181, received - 181, text) for at, received, text in told["rows"]]
        left.put_state(name, orjson.dumps({**told, "rows": old}))
        await poll(left, rows(1, 2, 3))
        left.holds([1, 2, 3], [3])

    run(test)


def test_a_row_that_ends_the_process_each_time_is_given_up_and_told() -> None:
    said: list[str] = []
    handler = logger.add(lambda line: said.append(line.record["message"]), level="ERROR")

    class Kills(LoadedTransforms):
        async def apply_aside(self, feed: str, name: Any, payload: Any, **more: Any) -> bytes:
            if payload["n"] == 2:
                raise SystemExit
            return await super().apply_aside(feed, name, payload, **more)

    async def start(store: Steps, *more: int) -> Steps:
        """As much as is left where the transform ends the process."""
        before = len(store.steps)
        dead = Kills(LiveClock(NOW), store, {"sums": sums})
        with pytest.raises(SystemExit):
            await poll(store, rows(1, 2, 3, *more), transforms=lambda _: dead)
        # What a process that is killed does not come to any more.
        return Steps(store.steps[: max(before + 1, len(store.steps) - 1)])

    async def test() -> None:
        store = Steps()
        # New rows each time, too: they must not begin the count anew.
        for number in range(10, 16):
            store = await start(store, *range(10, number))
        assert not said
        await poll(store, rows(*range(10, 17)))
        store.holds([1, 2, 3, *range(10, 17)], [1, 3, *range(10, 17)])

    try:
        run(test)
    finally:
        logger.remove(handler)
    (line,) = said
    assert line.startswith("raw:v:x: a row stays without what its transform makes of it")


def test_a_row_whose_transform_fails_is_not_tried_at_each_start() -> None:
    def fails(payload: Any, config: Any, state: Any) -> tuple[Any, Any]:
        return {"n": 10 // (payload["n"] - 2)}, None

    def broken(store: MemoryStore) -> LoadedTransforms:
        return LoadedTransforms(LiveClock(NOW), store, {"sums": fails})

    async def test() -> None:
        store = Steps()
        await poll(store, rows(1, 2, 3), transforms=broken)
        assert store.data(OUT) == [{"n": -10}, {"n": 10}]
        await poll(store, rows(1, 2, 3))
        assert len(store.data(OUT)) == 2

    run(test)


def test_a_latest_value_costs_no_write_more() -> None:
    async def test() -> None:
        store = Steps()
        fields: dict[str, Any] = {"kind": "latest"}
        await poll(store, {"n": 1}, {"n": 2}, **fields)
        names = [
            [*(write.key for write in writes), *states]
            for writes, states in store.steps
            if not any("cost" in name for name in states)
        ]
        assert names == [[RAW], ["transform:v.x"], [OUT]] * 2

    run(test)


def test_a_kill_between_an_event_of_a_websocket_and_what_was_made_of_it_lost_the_latter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And what the transform remembers was written before either."""
    monkeypatch.setattr(test_stream, "MemoryStore", Steps)
    feed = {**ALERTS, "redis_key": RAW, "output_key": OUT, "transform": "sums"}

    async def scenario() -> None:
        async with bench(alerts=feed) as desk:
            desk.transforms.swap("sums", sums)
            await desk.ready(1)
            for number in range(1, 300):
                await desk.socket.say(["flow-alerts", {"n": number}])
            store = desk.store
            assert isinstance(store, Steps)
            await until(lambda: len(store.data(OUT)) == 299)
            for count in range(len(store.steps) + 1):
                left = Steps(store.steps[:count])
                seen = len(left.data(RAW))
                left.holds(range(1, seen + 1))
                saved = left.states.get("transform:uw.alerts")
                state = orjson.loads(saved)[""]["state"] if saved else 0
                assert state == sum(range(1, seen + 1))

    live(scenario)


CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.feeds import unmade
from quanticity.feeds.transform import LoadedTransforms
from quanticity.store.opening import open_store
from tests.feeds.loopback import Bench
from tests.feeds.test_unmade import FEED, sums
from tests.store.running import environment

url, data, at = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])

class Dies(LoadedTransforms):
    async def apply_aside(self, feed, name, payload, **given):
        if payload["n"] == at:
            await self._store.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().apply_aside(feed, name, payload, **given)

async def main():
    clock = LiveClock()
    store = await open_store(StoreSettings(), data, clock, environment())
    made = lambda store: Dies(clock, store, {{"sums": sums}})
    bench = Bench(url, {{"x": FEED}}, store=store, clock=clock, transforms=made)
    await bench.run("x")
    await bench.vendor.close()
    await store.close()

asyncio.run(main())
"""


def test_kill_9_at_any_row_leaves_nothing_unmade_in_a_real_store() -> None:
    sent = rows(1, 2, 3)

    async def vendor(request: Any) -> Any:
        return await answering(sent)(request)

    async def start(url: str, data: Path, at: int) -> int:
        text = CHILD.format(root=str(ROOT))
        given = (sys.executable, "-c", text, url, str(data), str(at))
        child = await asyncio.create_subprocess_exec(*given, cwd=ROOT, env=environment())
        return await child.wait()

    async def test() -> None:
        with directory() as data:
            async with serving(vendor) as (url, _), opened(data) as store:
                for at in (1, 1, 2, 3, 3):
                    assert await start(url, data, at) == -9
                    assert len(await store.events(RAW)) == 3
                assert await start(url, data, 0) == 0
                sent.extend(rows(4, 5))
                assert await start(url, data, 5) == -9
                assert await start(url, data, 0) == 0
                raw = [one.data["n"] for _, one in await store.events(RAW)]
                made = [one.data for _, one in await store.events(OUT)]
        assert raw == [1, 2, 3, 4, 5]
        assert [one["n"] for one in made] == raw
        assert [one["sum"] for one in made] == [1, 3, 6, 10, 15]

    run(test)
