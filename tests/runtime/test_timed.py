"""Tasks beside the feeds: work at its times, once for each, over restarts and failures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, ClassVar

import pytest

from quanticity.clock import EASTERN, MarketCalendar, VirtualClock, run_virtual
from quanticity.component import (
    Around,
    At,
    Component,
    Context,
    Distributor,
    Every,
    NoParams,
    OnChange,
    Source,
)
from quanticity.model import Key, Kind
from quanticity.runtime.binding import bind
from quanticity.runtime.declared import wrong
from quanticity.runtime.edges import Edges
from quanticity.store.memory import MemoryStore

HOUR = 3600.0
DAY = 24 * HOUR


class Task(Source):
    """Notes when it ran, and fails as often as it is told."""

    name = "task"
    writes: ClassVar[Any] = {"report": Key("report:daily", ttl=600_000)}
    ran: ClassVar[list[float]] = []
    fails: ClassVar[int] = 0

    async def run(self, context: Context) -> None:
        if Task.fails:
            Task.fails -= 1
            raise ValueError("the disk is full")
        Task.ran.append(context.now())
        context.put("report", {"number": len(Task.ran)})


def task(trigger: Any) -> type[Task]:
    return type("Task", (Task,), {"trigger": trigger, "__module__": __name__})


@pytest.fixture(autouse=True)
def afresh() -> None:
    Task.ran.clear()
    Task.fails = 0


def play(act: Callable[[Callable[[], Edges], VirtualClock], Awaitable[None]]) -> list[str]:
    """From Monday 2026-01-05 10:00 Eastern on; when it ran."""

    async def main(clock: VirtualClock) -> None:
        store = MemoryStore(clock)
        made: list[Edges] = []

        async def newest(key: str) -> str:
            return "0"

        def edges() -> Edges:
            made.append(Edges(store, clock, MarketCalendar(), None, newest))  # type: ignore[arg-type]
            return made[-1]

        await act(edges, clock)
        for one in made:
            await one.close()

    run_virtual(main)
    return [f"{datetime.fromtimestamp(at, EASTERN):%a %H:%M:%S}" for at in Task.ran]


def runs(trigger: Any, seconds: float) -> list[str]:
    async def act(edges: Callable[[], Edges], clock: VirtualClock) -> None:
        edges().replace([bind(task(trigger), NoParams(), {})])
        await clock.sleep(seconds)

    return play(act)


def test_a_report_is_written_at_its_time_on_trading_days() -> None:
    assert runs(At("16:30"), 3 * DAY) == ["Mon 16:30:00", "Tue 16:30:00", "Wed 16:30:00"]


def test_a_backfill_runs_after_each_close_and_not_at_the_weekend() -> None:
    found = runs(Around("close", 900), 7 * DAY)
    assert found == [f"{day} 16:15:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]


def test_a_checkpoint_runs_every_hour_and_the_first_time_at_once() -> None:
    found = runs((Every(HOUR), At("12:00")), 4 * HOUR)
    assert found[0] == "Mon 10:00:00"
    assert "Mon 12:00:00" in found
    assert len(found) == 6


def test_what_was_done_is_not_done_again_after_a_restart() -> None:
    async def act(edges: Callable[[], Edges], clock: VirtualClock) -> None:
        for _ in range(3):
            one = edges()
            one.replace([bind(task(At("10:30")), NoParams(), {})])
            await clock.sleep(1810)
            await one.close()

    assert play(act) == ["Mon 10:30:00"]


def test_a_failed_run_is_tried_again_for_a_minute_and_then_waits_for_its_next_time() -> None:
    async def once(edges: Callable[[], Edges], clock: VirtualClock) -> None:
        Task.fails = 2
        one = edges()
        one.replace([bind(task(At("10:30")), NoParams(), {})])
        await clock.sleep(1801)
        assert one.rows["task"].error == "ValueError: the disk is full"
        await clock.sleep(60)
        assert one.rows["task"].error == ""

    assert play(once) == ["Mon 10:30:01"]
    Task.ran.clear()

    async def always(edges: Callable[[], Edges], clock: VirtualClock) -> None:
        Task.fails = 1000
        one = edges()
        one.replace([bind(task(At("10:30")), NoParams(), {})])
        await clock.sleep(2000)
        assert 5 <= one.rows["task"].failures <= 9
        Task.fails = 0
        await clock.sleep(DAY)

    assert play(always) == ["Tue 10:30:00"]


@pytest.mark.parametrize(
    ("kind", "trigger", "said"),
    [
        (Task, At("25:00"), "runs at '25:00'; a time of day is \"09:45\""),
        (Task, OnChange(), "runs on a change; a source runs all the time, or at times: Every(60)"),
        (Task, (Every(60), OnChange()), "runs on a change; a source runs all the time"),
        (Task, Every, "is the class Every; write it with brackets"),
        (Distributor, Every(60), "has a trigger and is no task; it tells of each event"),
    ],
)
def test_a_trigger_that_cannot_be_is_told(kind: type[Component], trigger: Any, said: str) -> None:
    async def deliver(self: Any, message: Any, context: Any) -> Any:
        raise NotImplementedError

    reads = {"alerts": Key("analytics:alerts", kind=Kind.EVENTS)}
    more = {"deliver": deliver, "reads": reads} if kind is Distributor else {}
    made = type("Made", (kind,), {"name": "made", "trigger": trigger, **more})
    (problem,) = wrong(made, "own.py")
    assert said in str(problem)
