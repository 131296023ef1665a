"""Every fault of the wire, alone and with others: the handler goes on, and shows nothing old."""

from __future__ import annotations

import pytest

from plugins.ibkr.source import Ibkr
from quanticity.clock import VirtualClock, run_virtual
from quanticity.logs import logger
from quanticity.sim.faults import FaultPlan
from quanticity.sim.faults.fault import Where
from quanticity.sim.gateway.gateway import Gateway
from tests.conftest import SOAK
from tests.plugins.ibkr.rig import TEN, Desk, market
from tests.plugins.ibkr.test_disconnects import begun, shown_as_fresh, violated

pytestmark = pytest.mark.timeout(3600 if SOAK else 300)

TINY = {
    "stocks": ("SPY", "AAPL"),
    "indices": (),
    "futures": ("ES",),
    "fx": (),
    "internals": (),
    "crypto": (),
    "options": (),
    "history": (),
}
# Each with what makes it strike in the first minute for certain.
ALONE = (
    "latency",
    "jitter",
    "silence",
    "half_open",
    "reset_mid_frame",
    "drop",
    "disconnect",
    "nightly_restart",
    "duplicate_client",
    "clock_skew",
)
SEEDS = range(1000 if SOAK else 12)


async def survives(gateway: Gateway, clock: VirtualClock, seconds: float) -> list[str]:
    """Run the handler over the faults, then a calm while; what it said."""
    said: list[str] = []
    number = logger.add(lambda line: said.append(str(line)), level="INFO", format="{message}")
    try:
        async with Desk(gateway, clock, **TINY) as desk:
            await clock.sleep(0)
            starts = begun(desk)
            await clock.sleep(seconds)
            gateway.faults = FaultPlan()
            for session in gateway.sessions:
                session.channel._faults = gateway.faults
            # What was under way when it ended may take as long as the patience with a dead line.
            await desk.settled(150)
            await clock.sleep(5)
            assert violated(desk) == {}
            wrong = shown_as_fresh(desk, starts)
            assert not wrong, wrong[:5]
            told = await desk.get("market:SPY:book")
            assert told["state"] == "live"
            assert clock.now() - told["time"] < 5
            inside = desk.handler
            written = len(await desk.prints("SPY")) + len(await desk.prints("AAPL"))
            assert written == inside.desk.counts["prints"]
            assert inside.receiver.counts["bad_depth"] == 0
            true_book(desk, told)
    finally:
        logger.remove(number)
    return said


def true_book(desk: Desk, told: dict[str, object]) -> None:
    """The book that is shown is the market's: no row of it was left over from before a fault."""
    at = float(str(told["time"]))
    for moment in (at, at - 0.5, at - 1.0, at - 1.5):
        book = desk.gateway.market.book("SPY", moment)
        assert book is not None
        shown = [(row[0], row[1]) for row in told["bids"]]  # type: ignore[attr-defined]
        if shown == [(row.price, row.size) for row in book.bids][: len(shown)]:
            return
    raise AssertionError(f"no book of the last seconds has {told['bids']}")


@pytest.mark.parametrize("name", ALONE)
def test_each_fault_alone(name: str):
    async def main(clock: VirtualClock) -> None:
        # Whoever stays connected introduces himself once.
        names = f"drop+{name}" if name == "duplicate_client" else name
        plan = FaultPlan.named(names, seed=3, begins=clock.now())
        gateway = Gateway(market(), clock, plan)
        try:
            said = await survives(gateway, clock, 90.0)
        finally:
            await gateway.stop()
        assert plan.struck(name) > 0, f"{name} never struck"
        assert said, "nobody was told of anything"

    run_virtual(main, start=TEN)


@pytest.mark.parametrize("seed", SEEDS)
def test_several_faults_at_random(seed: int):
    async def main(clock: VirtualClock) -> None:
        plan = FaultPlan.random(
            seed, where=(Where.WIRE,), faults=2, seconds=45.0, begins=clock.now()
        )
        gateway = Gateway(market(), clock, plan)
        try:
            await survives(gateway, clock, 50.0)
        finally:
            await gateway.stop()
        assert sum(plan.counters.values()) > 0

    run_virtual(main, start=TEN)


def test_the_source_says_what_library_it_misses():
    assert Ibkr.name == Ibkr.section == "ibkr"
