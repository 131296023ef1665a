"""Every fault of the wire, alone and in pairs: the handler goes on, and shows nothing old."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations

import pytest

from quanticity.clock import Clock, VirtualClock, run_virtual
from quanticity.sim.faults import CATALOG, FaultPlan
from quanticity.sim.faults.fault import Fault, Where
from quanticity.sim.gateway.gateway import Gateway
from tests.conftest import SOAK
from tests.plugins.ibkr.observer import Watched
from tests.plugins.ibkr.rig import TEN, market

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
OF_THE_WIRE = tuple(name for name, kind in CATALOG.items() if Where.WIRE in kind.strikes)
# Of these nothing need be said: what comes is late or wrongly stamped, and nothing is lost.
QUIET = frozenset(("latency", "jitter", "clock_skew"))
# A silence that is shorter may fall between two questions for the time.
NOTICED = 4.0
SEEDS = range(1000 if SOAK else 16)
# What was under way at the end may take as long as the patience with a line that does not answer.
PATIENCE = 150.0
Strikes = Counter[str]


def is_noticed(fault: Fault) -> bool:
    """Whether it is one that the handler can see, and so has to say."""
    if fault.name == "silence":
        return float(fault.seconds) >= NOTICED  # type: ignore[attr-defined]
    return fault.name not in QUIET


def latest(plan: FaultPlan) -> float:
    """How late the faults of a plan let a message be, in seconds; infinite where they lose some."""
    late = 2.0
    for rule in plan.rules:
        if rule.fault.name == "silence":
            return math.inf
        if rule.fault.name in ("latency", "jitter"):
            late += float(rule.fault.seconds)  # type: ignore[attr-defined]
    return late


def goes_by(gateway: Gateway, plan: FaultPlan) -> None:
    """From now on it has the faults of this plan."""
    gateway.faults = plan
    for session in gateway.sessions:
        session.channel._faults = plan


async def has_the_rest(gateway: Gateway, clock: Clock, plan: FaultPlan, patience: float) -> Strikes:
    """Let strike what had no occasion; how often each did.

    Whoever stays connected introduces himself once, and where the machine stood still, or another
    fault was always the first, there may have been nobody to strike.
    """
    names = {rule.fault.name for rule in plan.rules if not plan.struck(rule.fault.name)}
    if not names:
        return Counter()
    rest = FaultPlan((one for one in plan.rules if one.fault.name in names), seed=3, begins=TEN)
    goes_by(gateway, rest)
    until = clock.now() + patience
    if "duplicate_client" in names:
        for session in list(gateway.sessions):
            session.channel.close()
    while not all(map(rest.struck, names)) and clock.now() < until:
        await clock.sleep(0.5)
    return strikes(rest)


def strikes(plan: FaultPlan) -> Strikes:
    """How often each fault struck."""
    return Counter({key.partition(".")[2]: count for key, count in plan.counters.items()})


async def is_calm(gateway: Gateway, clock: Clock) -> None:
    """No fault from now on; wait until what struck before is over."""
    goes_by(gateway, FaultPlan())
    while True:
        muted = [one.channel._muted_until for one in gateway.sessions]
        if max(muted, default=0.0) <= clock.now() and not (
            gateway.is_cut_off or gateway.outages.is_away or gateway.outages.vanishes(clock.now())
        ):
            return
        await clock.sleep(0.25)


async def survives(
    desk: Watched,
    plan: FaultPlan,
    seconds: float,
    *,
    patience: float = PATIENCE,
    late: float = 0.0,
) -> None:
    """Run the handler through a plan, then through a calm; all rules hold, and all faults struck.

    `late` is how much later than the faults say everything may be, in seconds.
    """
    gateway, clock = desk.gateway, desk.clock
    async with desk:
        until = clock.now() + seconds
        while "a connection" in desk.missing() and clock.now() < until:
            await clock.sleep(0.25)
        unseen = strikes(plan)
        await clock.sleep(until - clock.now())
        fired = await has_the_rest(gateway, clock, plan, patience) + strikes(plan)
        names = {rule.fault.name for rule in plan.rules}
        await is_calm(gateway, clock)
        await desk.settled(patience)
        await clock.sleep(5)
        await desk.settled(patience)
        loud = 2 * fired.total()
        desk.all_rules(latest(plan) + late, loud, skewed="clock_skew" in names)
        told = await desk.live("market:SPY:book", min(late, patience))
        assert clock.now() - told["time"] < 5 + late
        assert set(fired) == names
        assert gateway.counters.faults == fired
        # What struck before anybody was connected, nobody can tell of.
        seen = fired - unseen
        if any(is_noticed(rule.fault) and seen[rule.fault.name] for rule in plan.rules):
            assert len(desk.said) > 1, "nobody was told of anything"


def on_the_virtual_clock(plan: FaultPlan, seconds: float) -> None:
    """A handler, a gateway with these faults, and no socket."""

    async def main(clock: VirtualClock) -> None:
        gateway = Gateway(market(), clock, plan)
        try:
            await survives(Watched(gateway, clock, **TINY), plan, seconds)
        finally:
            await gateway.stop()

    run_virtual(main, start=TEN)


@pytest.mark.parametrize("name", OF_THE_WIRE)
def test_each_fault_alone(name: str):
    on_the_virtual_clock(FaultPlan.named(name, seed=3, begins=TEN), 90.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_faults_at_random(seed: int):
    plan = FaultPlan.random(seed, where=(Where.WIRE,), faults=2, seconds=45.0, begins=TEN)
    on_the_virtual_clock(plan, 50.0)


@pytest.mark.parametrize("seed", range(200 if SOAK else 6))
def test_several_faults_at_random(seed: int):
    plan = FaultPlan.random(seed, where=(Where.WIRE,), faults=5, seconds=45.0, begins=TEN)
    on_the_virtual_clock(plan, 50.0)


def test_a_thousand_seeds_have_every_pair():
    pairs = set()
    for seed in range(1000):
        plan = FaultPlan.random(seed, where=(Where.WIRE,), faults=2, seconds=45.0)
        pairs.add(tuple(sorted({rule.fault.name for rule in plan.rules})))
    assert pairs == set(combinations(sorted(OF_THE_WIRE), 2))


def test_a_silence_noticed_after_all_was_settled_was_taken_for_an_old_book():
    async def main(clock: VirtualClock) -> None:
        gateway = Gateway(market(), clock)
        desk = Watched(gateway, clock, **TINY)
        try:
            async with desk:
                await desk.settled()
                await desk.live("market:SPY:book", 5.0)
                desk.handler.publisher.lost("answers were lost")
                with pytest.raises(AssertionError, match="lost: answers were lost"):
                    await desk.live("market:SPY:book")
                assert (await desk.live("market:SPY:book", 5.0))["time"] > TEN
        finally:
            await gateway.stop()

    run_virtual(main, start=TEN)
