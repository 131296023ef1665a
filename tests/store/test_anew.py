"""A demo that began again at ten found values of later moments, and vendors' calls used up."""

from __future__ import annotations

import asyncio
from pathlib import Path

from quanticity.config.schema.root import Simulation
from quanticity.model import Kind
from quanticity.store.anew import begin_anew
from tests.store.running import directory, opened, write

AGAIN = Simulation(vendors=True, clock="trading_day")


def left(simulation: Simulation, *, elsewhere: bool = False) -> set[str]:
    """Which keys are left of all that a system writes."""

    async def main(data: Path) -> set[str]:
        async with opened(data, attach_only=False) as store:
            store.put(write("raw:a"))
            store.put(write("raw:prints", kind=Kind.EVENTS))
            store.put_plain("heartbeat:uw", "1", 60)
            store.put_state("transform", b"1")
            store.put_plain("slots:uw", "as its ledger has them", 60)
            await store.flush()
            await begin_anew(store, simulation, data / "other" if elsewhere else data)
            return {name for name, _ in await store.keys("*")} - {"changes"}

    with directory() as data:
        return {name for name in asyncio.run(main(data)) if not name.startswith("writer:")}


def test_a_day_that_begins_again_has_states_and_events_of_the_one_before() -> None:
    assert left(AGAIN) == {"raw:prints", "state:transform"}


def test_a_demo_on_a_persons_own_server_removed_all_of_his_keys() -> None:
    every = {"raw:a", "raw:prints", "heartbeat:uw", "state:transform", "slots:uw"}
    assert left(AGAIN, elsewhere=True) == every


def test_by_the_wall_clock_nothing_is_forgotten() -> None:
    every = {"raw:a", "raw:prints", "heartbeat:uw", "state:transform", "slots:uw"}
    assert left(Simulation(vendors=True)) == every
