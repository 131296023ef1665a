"""Lines that break: nothing stays forgotten, nothing old looks new, no limit is broken."""

from __future__ import annotations

from random import Random

import orjson
import pytest

from quanticity.clock import VirtualClock, run_virtual
from quanticity.model import Kind
from quanticity.sim.gateway.gateway import Gateway
from tests.conftest import SOAK
from tests.plugins.ibkr.rig import TEN, Desk, market, on_virtual_clock

pytestmark = pytest.mark.timeout(3600 if SOAK else 300)
SMALL = {
    "stocks": ("SPY", "AAPL"),
    "indices": ("SPX",),
    "futures": ("ES",),
    "fx": ("EUR.USD",),
    "internals": (),
    "crypto": (),
    "history": (),
    "option_choice": {"places": 6, "strikes": 1, "around": 3},
}
# Of the feeds themselves, not of what they say.
_HEALTH = ("monitoring:", "analytics:", "orderflow:")


def begun(desk: Desk) -> list[float]:
    """When each connection began."""
    found: list[float] = []
    connection = desk.handler.connection
    before = connection.begun

    def noted() -> None:
        found.append(desk.clock.now())
        before()

    connection.begun = noted
    return found


def shown_as_fresh(desk: Desk, starts: list[float]) -> list[str]:
    """Values that were written as live, and are of before the connection they were written on."""
    wrong = []
    for write in desk.writes:
        if write.kind is Kind.EVENTS or write.key.startswith(_HEALTH):
            continue
        since = max((at for at in starts if at <= write.received), default=0.0)
        state = orjson.loads(write.data)["state"]
        if state != "lost" and write.timestamp < since:
            wrong.append(f"{write.key} of {since - write.timestamp:.2f} s before")
    return wrong


def violated(desk: Desk) -> dict[str, int]:
    return {name: count for name, count in desk.gateway.counters.violations.items() if count}


async def back_to_full(desk: Desk) -> float:
    """Seconds until all is answered; tick-by-tick and bars may wait for their 15 seconds."""
    began = desk.clock.now()
    while [one for one in desk.missing() if not one.startswith(("ticks", "bars"))]:
        await desk.clock.sleep(0.05)
        assert desk.clock.now() - began < 30, desk.missing()
    took = desk.clock.now() - began
    while desk.missing():
        await desk.clock.sleep(0.1)
        assert desk.clock.now() - began < 30, desk.missing()
    return took


def cut(desk: Desk, how: str, dice: Random) -> float:
    """Break the line; seconds until the gateway is there again."""
    sessions = list(desk.gateway.sessions)
    if how == "reset":
        for session in sessions:
            session.channel.reset()
    elif how == "closed":
        for session in sessions:
            session.channel.close()
    elif how == "half a message":
        for session in sessions:
            session.channel._transport.write(b"\0\0\1\0half a mess")
            session.channel.reset()
    elif how == "half open":
        for session in sessions:
            session.channel.half_open(45.0)
        return 45.0
    elif how == "1100":
        seconds = dice.uniform(1, 20)
        desk.gateway.outages.disconnect(seconds, dice.choice((1101, 1102)))
        return seconds
    else:
        seconds = dice.uniform(1, 15)
        desk.gateway.outages.restart(dice.uniform(0, 3), seconds)
        return seconds + 3
    return 0.0


HOW = ("reset", "closed", "half a message", "half open", "1100", "restart")
TIMES = 200 if SOAK else 20


def test_over_random_disconnects_no_subscription_is_forgotten_and_nothing_old_looks_new():
    async def main(clock: VirtualClock) -> None:
        dice = Random(1)
        gateway = Gateway(market(), clock)
        try:
            async with Desk(gateway, clock, **SMALL) as desk:
                await desk.clock.sleep(0)
                starts = begun(desk)
                await desk.settled()
                starts.insert(0, TEN)
                slowest = 0.0
                for _ in range(TIMES):
                    await clock.sleep(dice.uniform(0.0, 12.0))
                    away = cut(desk, dice.choice(HOW), dice)
                    await clock.sleep(away + 0.05)
                    while gateway.outages.is_away or gateway.outages.is_cut_off:
                        await clock.sleep(0.05)
                    slowest = max(slowest, await back_to_full(desk))
                    assert violated(desk) == {}
                    wrong = shown_as_fresh(desk, starts)
                    assert not wrong, wrong[:5]
                    desk.writes.clear()
                assert slowest <= 5.0, f"the slowest return took {slowest:.1f} s"
                connects = desk.handler.connection.connects
                assert connects > TIMES / 3, "and most of them were disconnects indeed"
        finally:
            await gateway.stop()

    run_virtual(main, start=TEN)


@on_virtual_clock(desk=SMALL)
async def test_on_a_loss_keys_say_so_and_their_age_goes_on(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(3)
    desk.gateway.outages.restart(0.0, 30.0)
    await desk.clock.sleep(5)
    assert await desk.plain("ibkr:connected") == "0"
    for key in ("market:SPY:book", "raw:ibkr:AAPL", "raw:ibkr:index:SPX", "raw:ibkr:depth:SPY"):
        found, stamp = await desk.get(key), await desk.stamp(key)
        assert found["state"] == "lost", key
        assert found["reason"]
        assert desk.clock.now() - (stamp or 0) >= 4.5
    alerts = await desk.events("analytics:alerts")
    assert [one["kind"] for one in alerts] == ["anomaly"]
    await desk.clock.sleep(27)
    await back_to_full(desk)
    await desk.clock.sleep(2)
    assert (await desk.get("market:SPY:book"))["state"] == "live"
    alerts = await desk.events("analytics:alerts")
    assert [one["kind"] for one in alerts] == ["anomaly", "recovered"]


@pytest.mark.parametrize("back", [1101, 1102])
def test_after_1100_no_data_is_live_until_the_vendor_is_back(back: int):
    @on_virtual_clock(desk=SMALL)
    async def play(desk: Desk) -> None:
        await desk.settled()
        opened = desk.gateway.counters.connections["opened"]
        desk.gateway.outages.disconnect(10.0, back)
        await desk.clock.sleep(4)
        assert await desk.plain("ibkr:connected") == "0"
        assert (await desk.get("monitoring:ibkr:status"))["state"] == "degraded"
        assert (await desk.get("market:SPY:book"))["state"] == "lost"
        await desk.clock.sleep(7)
        await back_to_full(desk)
        await desk.clock.sleep(3)
        assert (await desk.get("market:SPY:book"))["state"] == "live"
        assert desk.gateway.counters.connections["opened"] == opened
        assert violated(desk) == {}

    play()


@pytest.mark.parametrize("mute", [True, False], ids=["half open", "deaf"])
def test_a_line_that_does_not_answer_is_given_up(mute: bool):
    @on_virtual_clock(desk=SMALL)
    async def play(desk: Desk) -> None:
        await desk.settled()
        (session,) = desk.gateway.sessions
        if mute:
            session.channel._faults = Mutes()
        session.channel.half_open(600.0)
        began = desk.clock.now()
        while desk.handler.connection.connects < 2:
            await desk.clock.sleep(0.5)
            assert desk.clock.now() - began < 60
        assert 15 < desk.clock.now() - began < 50

    play()


@on_virtual_clock(desk=SMALL)
async def test_a_busy_line_that_went_silent_is_not_believed(desk: Desk):
    """What it lost meanwhile nobody knows: a book would go on with a row that was long gone."""
    await desk.settled()
    await desk.clock.sleep(20)
    for session in desk.gateway.sessions:
        session.channel._muted_until = desk.clock.now() + 8
    desk.gateway.sessions[0].channel._faults = Mutes()
    await desk.clock.sleep(12)
    metrics = desk.handler.desk.counts
    assert metrics["hushes"] == 1
    await back_to_full(desk)
    assert violated(desk) == {}


class Mutes:
    """Faults that strike nothing, but let a channel be muted."""

    def fire(self, kind: str, where: object, now: float) -> None:
        return None

    def next_at(self, where: object, now: float) -> float:
        return float("inf")

    def active(self, where: object) -> bool:
        return True


@on_virtual_clock(desk=SMALL)
async def test_a_request_that_was_never_answered_is_asked_again(desk: Desk):
    await desk.settled()
    roster = desk.handler.desk.roster
    (one,) = [each for each in roster.by_id.values() if each.subject == "ES"]
    one.first_at = 0.0
    one.asked_at = desk.clock.now() - 30
    old = one.number
    roster.by_number.pop(old)
    await desk.clock.sleep(3)
    (new,) = [each for each in roster.by_id.values() if each.subject == "ES"]
    assert new.number != old
    assert new.first_at > 0


@on_virtual_clock(desk=SMALL)
async def test_a_cancel_leaves_at_once_while_five_hundred_subscriptions_wait(desk: Desk):
    from plugins.ibkr.lanes import Lane

    await desk.settled()
    inside, sent = desk.handler.desk, []
    for _ in range(500):
        inside.push(Lane.DATA, "storm", lambda line: line.time())
    await desk.clock.sleep(1.7)
    for _ in range(3):
        at = desk.clock.now()
        inside.push(Lane.EXIT, "cancel", lambda line, at=at: sent.append(desk.clock.now() - at))
        await desk.clock.sleep(0.3)
    assert len(sent) == 3
    assert max(sent) <= 0.1
    assert violated(desk) == {}
