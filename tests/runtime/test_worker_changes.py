"""Bindings that change while a worker is in the middle of its work."""

from __future__ import annotations

import asyncio
from typing import Any

from quanticity.clock import LiveClock
from quanticity.model import Kind
from quanticity.store.memory import MemoryStore
from tests.runtime.crew import Names, becomes
from tests.runtime.plain import MONDAY
from tests.runtime.test_worker import Floor, floor
from tests.store.running import until

MANY = tuple(f"S{number}" for number in range(300))


def test_a_plugin_taken_away_while_many_were_due_ended_the_worker() -> None:
    async def test() -> None:
        async with floor(Names(("double", "chained"), MANY)) as one:
            for symbol in MANY:
                one.put(f"raw:price:{symbol}", {"p": 1})
            await until(lambda: 0 < len(one.seen.runs) < 200)
            await one.worker.replace(one.worker.build(Names(("chained",), MANY[:3])))
            one.put("feed:twice:S0", {"value": 8.0})

            async def goes_on() -> bool:
                return bool(await one.data("feed:four:S0") == 16.0)

            await becomes(goes_on)

    asyncio.run(test())


class Slow(MemoryStore):
    """Answers only when it is let."""

    def __init__(self, clock: LiveClock) -> None:
        super().__init__(clock)
        self.open = asyncio.Event()
        self.open.set()
        self.asked = asyncio.Event()

    async def fetch(self, *given: Any, **named: Any) -> Any:
        found = await super().fetch(*given, **named)
        if given[1]:
            self.asked.set()
            await self.open.wait()
        return found


def test_events_between_two_readers_were_missed_by_one_that_came_back_meanwhile() -> None:
    """It has read less far than the other, and what was asked for began behind that one."""

    async def test() -> None:
        clock = LiveClock(MONDAY)
        store = Slow(clock)

        async def seen(one: Floor, key: str) -> list[int]:
            return [event.data["n"] for _, event in await one.store.events(key, "0", 99)]

        async with floor(Names(("sum", "also")), store) as one:
            one.put("raw:prints:SPY", {"n": 0}, Kind.EVENTS)
            await one.runs(2)
            await one.worker.replace(one.worker.build(Names(("sum",))))
            for number in (1, 2, 3):
                one.put("raw:prints:SPY", {"n": number}, Kind.EVENTS)
                await one.runs(2 + number)
            store.asked.clear()
            store.open.clear()
            one.put("raw:prints:SPY", {"n": 4}, Kind.EVENTS)
            await store.asked.wait()
            await one.worker.replace(one.worker.build(Names(("sum", "also"))))
            store.open.set()
            await until(lambda: len(one.seen.runs) >= 7)
            await asyncio.sleep(0.1)
            assert await seen(one, "feed:each:SPY") == [0, 1, 2, 3, 4]
            assert await seen(one, "feed:also:SPY") == [0, 1, 2, 3, 4]

    asyncio.run(test())


class Away(MemoryStore):
    """Takes what is put only when it is let, as a server that went away and comes back."""

    def __init__(self, clock: LiveClock) -> None:
        super().__init__(clock)
        self.there = asyncio.Event()
        self.there.set()

    async def flush(self) -> None:
        await self.there.wait()


def test_a_worker_that_lost_the_store_while_its_bindings_changed_span_until_it_was_back() -> None:
    """Who came in was ready, and might not run before what it begins with is saved."""

    class Counting(LiveClock):
        asked = 0

        def monotonic(self) -> float:
            self.asked += 1
            return super().monotonic()

    async def test() -> None:
        clock = Counting(MONDAY)
        store = Away(clock)
        async with floor(Names(("double",)), store, clock) as one:
            one.put("raw:price:SPY", {"p": 1})
            await one.runs(1)
            store.there.clear()
            built = one.worker.build(Names(("double", "beat")))
            changing = asyncio.create_task(one.worker.replace(built))
            await asyncio.sleep(1.1)  # it rests for a second at most
            assert not changing.done()
            before = clock.asked
            await asyncio.sleep(0.5)
            assert clock.asked - before < 200
            one.put("raw:price:SPY", {"p": 3})
            await one.runs(2)
            assert [job.binding.component.name for job, _ in one.seen.runs] == ["double"] * 2
            store.there.set()
            await changing
            await until(lambda: one.seen.runs[-1][0].binding.component.name == "beat")

    asyncio.run(test())


def test_a_binding_taken_away_ended_the_worker_while_who_came_in_was_still_being_saved() -> None:
    """What is not any more was run while the store took its time."""

    async def test() -> None:
        clock = LiveClock(MONDAY)
        store = Away(clock)
        async with floor(Names(("double",), MANY), store, clock) as one:
            for symbol in MANY:
                one.put(f"raw:price:{symbol}", {"p": 1})
            await until(lambda: 0 < len(one.seen.runs) < 200)
            store.there.clear()
            changing = asyncio.create_task(
                one.worker.replace(one.worker.build(Names(("double",), MANY[:3])))
            )
            await asyncio.sleep(0.2)
            assert not changing.done()
            store.there.set()
            await changing
            one.put("raw:price:S0", {"p": 4})

            async def goes_on() -> bool:
                return bool(await one.data("feed:twice:S0") == {"value": 8.0})

            await becomes(goes_on)

    asyncio.run(test())
