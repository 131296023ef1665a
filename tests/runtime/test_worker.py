"""The worker's loop over a store in memory: what is put there comes out computed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from quanticity.clock import LiveClock, MarketCalendar
from quanticity.model import Kind, Write
from quanticity.runtime.binding import Binding
from quanticity.runtime.execute import Result
from quanticity.runtime.job import Job
from quanticity.runtime.pulse import NOBODY, SIZE, Pulse
from quanticity.runtime.worker import Worker
from quanticity.store.memory import MemoryStore
from tests.runtime.crew import Names, becomes
from tests.runtime.plain import MONDAY
from tests.store.running import until


class Seen:
    """An observer that remembers what it was told."""

    def __init__(self) -> None:
        self.bindings: list[Sequence[Binding]] = []
        self.runs: list[tuple[Job, Result]] = []
        self.keys: set[str] = set()

    def bound(self, bindings: Sequence[Binding]) -> None:
        self.bindings.append(bindings)

    def arrived(self, key: str, text: bytes) -> None:
        self.keys.add(key)

    def ran(self, job: Job, result: Result) -> None:
        self.runs.append((job, result))

    def close(self) -> None:
        self.runs.clear()


class Floor:
    """A worker at work, and its store."""

    def __init__(self, store: MemoryStore, clock: LiveClock, worker: Worker, seen: Seen) -> None:
        self.store, self.clock, self.worker, self.seen = store, clock, worker, seen

    def put(self, key: str, value: Any, kind: Kind = Kind.LATEST) -> None:
        now = self.clock.now()
        self.store.put(Write(key, orjson.dumps(value), "test", now, now, 600.0, kind))

    async def data(self, key: str) -> Any:
        got = await self.store.get(key)
        return got.data if got is not None else None

    async def runs(self, count: int) -> None:
        await until(lambda: len(self.seen.runs) >= count)


@asynccontextmanager
async def floor(
    recipe: Names, store: MemoryStore | None = None, clock: LiveClock | None = None
) -> AsyncIterator[Floor]:
    clock = clock or LiveClock(MONDAY)
    store = store or MemoryStore(clock)
    seen = Seen()
    pulse = Pulse([0.0] * SIZE)
    worker = Worker(store, clock, MarketCalendar(), pulse, observer=seen)
    await worker.start(worker.build(recipe))
    working = asyncio.create_task(worker.run())
    try:
        yield Floor(store, clock, worker, seen)
        assert pulse.running == NOBODY
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


def test_a_value_becomes_a_value_down_the_line() -> None:
    async def test() -> None:
        async with floor(Names(("double", "chained"))) as one:
            one.put("raw:price:SPY", {"p": 3})
            await one.runs(2)
            assert await one.data("feed:twice:SPY") == {"value": 6.0}
            assert await one.data("feed:four:SPY") == 12.0
            first = await one.store.get("raw:price:SPY")
            second = await one.store.get("feed:twice:SPY")
            third = await one.store.get("feed:four:SPY")
            assert first is not None
            assert second is not None
            assert third is not None
            assert second.inputs == {"raw:price:SPY": first.seq}
            assert third.inputs == {"feed:twice:SPY": second.seq}
            assert third.timestamp == first.timestamp

    asyncio.run(test())


class Torn(MemoryStore):
    """A store of whose changes nothing is heard after the first."""

    async def changes(self, after: str = "$") -> AsyncIterator[tuple[str, str]]:
        async for change in super().changes(after):
            yield change
            raise RuntimeError("torn")


def test_a_worker_that_heard_of_nothing_any_more_worked_on_as_if_nothing_came() -> None:
    async def test() -> None:
        clock = LiveClock(MONDAY)
        store = Torn(clock)
        worker = Worker(store, clock, MarketCalendar(), Pulse([0.0] * SIZE))
        await worker.start(worker.build(Names(("double",))))
        working = asyncio.create_task(worker.run())
        await asyncio.sleep(0)
        store.put(Write("raw:price:SPY", b'{"p": 3}', "test", MONDAY, MONDAY, 600.0))
        with pytest.raises(RuntimeError, match="torn"):
            await asyncio.wait_for(working, 20)

    asyncio.run(test())


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"[" * 5000 + b"]" * 5000, "nested too deep"),
        (b"{p: 3}", "malformed"),
    ],
    ids=["deep", "no JSON"],
)
def test_a_body_that_nobody_decoded_before_it_was_stored_ended_the_worker(
    data: bytes, why: str
) -> None:
    """`contract: none` stores what came as it came."""

    class Raw(MemoryStore):
        async def fetch(
            self, latest: Sequence[str], events: Mapping[str, str], most: int = 1000
        ) -> tuple[list[bytes | None], dict[str, list[bytes]]]:
            texts, found = await super().fetch(latest, events, most)
            return [text and text.replace(b'{"raw":1}', data) for text in texts], found

    async def test() -> None:
        async with floor(Names(("double",)), Raw(LiveClock(MONDAY))) as one:
            one.put("raw:price:SPY", {"raw": 1})
            engine = one.worker.engine
            assert engine is not None

            def told() -> str:
                row = one.worker.health.rows(engine, one.clock.now())[0]
                return f"{row.status}: {row.reason}"

            await until(lambda: told() != "waiting: no value yet of raw:price:SPY")
            assert told().startswith("waiting: raw:price:SPY cannot be read: what is stored is no ")
            assert why in told()
            one.put("raw:price:SPY", {"p": 4})
            await one.runs(1)
            assert await one.data("feed:twice:SPY") == {"value": 8.0}
            assert told() == "ok: "
            # One that comes later and is tried on what is there meets the same.
            one.put("raw:price:QQQ", {"raw": 1})
            await one.store.flush()
            both = Names(("double",), ("SPY", "QQQ"))
            assert await one.worker.replace(one.worker.build(both)) == []
            one.put("raw:price:QQQ", {"p": 5})
            await one.runs(2)
            assert await one.data("feed:twice:QQQ") == {"value": 10.0}

    asyncio.run(test())


def test_a_stream_full_of_what_is_no_event_was_asked_for_over_and_over() -> None:
    """Another program's: no plugin ran any more."""

    class Foreign(MemoryStore):
        asked = 0

        async def fetch(
            self, latest: Sequence[str], events: Mapping[str, str], most: int = 1000
        ) -> tuple[list[bytes | None], dict[str, list[bytes]]]:
            self.asked += "raw:prints:SPY" in events
            texts, found = await super().fetch(latest, events, most)
            await asyncio.sleep(0)  # as a server's answer takes
            return texts, {key: [b"no event"] * most for key in found}

    async def test() -> None:
        store = Foreign(LiveClock(MONDAY))
        async with floor(Names(("sum", "double")), store) as one:
            one.put("raw:prints:SPY", {"n": 1}, Kind.EVENTS)
            await until(lambda: store.asked > 0)
            one.put("raw:price:SPY", {"p": 4})
            await one.runs(1)
            assert await one.data("feed:twice:SPY") == {"value": 8.0}
            assert store.asked < 10

    asyncio.run(test())


def test_events_state_and_a_restart() -> None:
    async def test() -> None:
        store = MemoryStore(LiveClock(MONDAY))
        async with floor(Names(("sum",)), store) as one:
            for number in range(20):
                one.put("raw:prints:SPY", {"n": number}, Kind.EVENTS)
                await asyncio.sleep(0)
            await one.runs(1)
        one.put("raw:prints:SPY", {"n": 1000}, Kind.EVENTS)  # while nobody works
        async with floor(Names(("sum",)), store) as one:
            one.put("raw:prints:SPY", {"n": 2000}, Kind.EVENTS)
            await until(lambda: bool(one.seen.runs))
            await asyncio.sleep(0.05)
            assert (await one.data("feed:total:SPY"))["total"] == sum(range(20)) + 3000
            told = [event.data["n"] for _, event in await store.events("feed:each:SPY", "0", 99)]
            assert told == [*range(20), 1000, 2000]

    asyncio.run(test())


def test_events_that_a_short_stream_dropped_while_nobody_read_were_missed_without_a_word() -> None:
    async def test() -> None:
        store = MemoryStore(LiveClock(MONDAY))

        def write(one: Floor, number: int) -> None:
            now = one.clock.now()
            data, kind = orjson.dumps({"n": number}), Kind.EVENTS
            store.put(Write("raw:prints:SPY", data, "test", now, now, 600.0, kind, None, 10))

        async def lost() -> list[str]:
            told = await store.events("analytics:alerts", "0", 99)
            return [f"{e.data['kind']} {e.data['component']}: {e.data['message']}" for _, e in told]

        async with floor(Names(("sum",)), store) as one:
            write(one, 0)
            await one.runs(1)
        for number in range(9):  # as many as are kept beside the last one read
            write(one, number)
        async with floor(Names(("sum",)), store) as one:
            await one.runs(1)
            assert await lost() == []
        for number in range(30):
            write(one, number)
        async with floor(Names(("sum",)), store) as one:
            await one.runs(1)
            [said] = await lost()
            assert said.startswith("lost sum:SPY: events of raw:prints:SPY were lost")
        async with floor(Names(("sum",)), store) as one:
            await asyncio.sleep(0.1)
            assert len(await lost()) == 1

    asyncio.run(test())


def test_a_component_that_raises_every_time_is_told_once_and_held() -> None:
    async def test() -> None:
        async with floor(Names(("raises", "double"))) as one:
            for number in range(5):
                one.put("raw:price:SPY", {"p": number})
                await asyncio.sleep(0.02)
            await one.runs(6)
            failed = [result for _, result in one.seen.runs if result.error]
            assert len(failed) == 1
            assert list(one.worker.held) == ["raises:SPY"]
            alerts = await one.store.events("analytics:alerts")
            assert [event.data["kind"] for _, event in alerts] == ["failed"]
            assert "RuntimeError: no good" in alerts[0][1].data["message"]
            assert "crew.py:" in alerts[0][1].data["where"]
            assert await one.data("feed:twice:SPY") == {"value": 8.0}

    asyncio.run(test())


def test_the_health_of_each_binding_is_in_the_store() -> None:
    async def test() -> None:
        async with floor(Names(("raises", "double", "chained"))) as one:
            one.put("raw:price:SPY", {"p": 1})
            await one.runs(3)
            await until(lambda: "runtime:components" in one.store._slots)

            async def told() -> Any:
                return orjson.loads(await one.store.get_raw("runtime:components") or b"{}")

            async def later() -> bool:
                return bool((await told())["components"][0]["status"] != "first")

            await becomes(later)
            rows = {row["id"]: row for row in (await told())["components"]}
            assert rows["raises:SPY"]["status"] == "held"
            assert rows["raises:SPY"]["failures"] >= 1
            assert rows["double:SPY"]["status"] == "ok"
            assert rows["double:SPY"]["p50"] > 0
            assert rows["double:SPY"]["ages"]["raw:price:SPY"] < 90
            status = orjson.loads(await one.store.get_raw("analytics:STATUS") or b"")
            assert status["of"] == 3
            assert status["jobs"]["raises:SPY"]["status"] == "held"
            assert float(await one.store.get_raw("module:heartbeat:double") or 0) > MONDAY

    asyncio.run(test())


def test_a_missing_input_shows_in_the_health() -> None:
    async def test() -> None:
        async with floor(Names(("chained",))) as one:
            engine = one.worker.engine
            assert engine is not None
            [row] = one.worker.health.rows(engine, MONDAY)
            assert (row.status, row.reason) == ("waiting", "no value yet of feed:twice:SPY")
            now = one.clock.now()
            one.store.put(Write("feed:twice:SPY", b"{}", "t", now - 90, now, 60.0))
            await until(lambda: engine.standing("chained:SPY").skip is not None)
            [row] = one.worker.health.rows(engine, one.clock.now())
            assert row.status == "waiting"
            assert row.reason == (
                "twice (feed:twice:SPY) is 90 s old, and at most 60 s are allowed"
            )

    asyncio.run(test())


def test_new_bindings_take_over_and_one_that_fails_its_trial_stays_as_it_was() -> None:
    async def test() -> None:
        async with floor(Names(("double", "sum"), params={"factor": 2.0})) as one:
            worker = one.worker
            one.put("raw:price:SPY", {"p": 1})
            one.put("raw:prints:SPY", {"n": 1}, Kind.EVENTS)
            await one.runs(2)
            problems = await worker.replace(
                worker.build(Names(("double", "sum", "raises"), params={"factor": 5.0}))
            )
            assert [(problem.line > 0, problem.message) for problem in problems] == [
                (True, "raises:SPY: RuntimeError: no good")
            ]
            await one.runs(3)
            assert await one.data("feed:twice:SPY") == {"value": 5.0}
            assert worker.engine is not None
            assert sorted(worker.engine.bindings) == ["double:SPY", "sum:SPY"]
            assert worker.health.generation == 2
            assert "no good" in worker.health.last_error
            # What did not change was not run again.
            assert [job.binding.id for job, _ in one.seen.runs].count("sum:SPY") == 1
            one.put("raw:prints:SPY", {"n": 1}, Kind.EVENTS)
            await one.runs(4)
            assert (await one.data("feed:total:SPY"))["total"] == 2.0

    asyncio.run(test())


def test_while_the_store_is_away_it_waits_and_then_goes_on() -> None:
    async def test() -> None:
        async with floor(Names(("double",))) as one:
            one.put("raw:price:SPY", {"p": 1})
            await one.runs(1)
            one.store.lose()
            one.put("raw:price:SPY", {"p": 2})
            await asyncio.sleep(0.1)
            one.store.restore()
            await one.runs(2)
            assert await one.data("feed:twice:SPY") == {"value": 4.0}

    asyncio.run(test())


def test_what_is_no_envelope_stops_nobody() -> None:
    async def test() -> None:
        async with floor(Names(("double",), ("SPY", "QQQ"))) as one:
            one.store.put_plain("raw:price:QQQ", "rubbish", 60)
            one.put("raw:price:QQQ", {"p": 1})
            one.store.put_plain("raw:price:QQQ", "rubbish", 60)
            one.put("raw:price:SPY", {"p": 1})
            await one.runs(1)
            assert await one.data("feed:twice:SPY") == {"value": 2.0}

    asyncio.run(test())
