"""The simulated market's last day, and what comes after it."""

from __future__ import annotations

from datetime import date, datetime

from ib_async import Stock

from quanticity.clock import EASTERN, MarketCalendar, VirtualClock, run_virtual
from quanticity.sim.gateway.gateway import Gateway
from quanticity.sim.gateway.world_market import WorldMarket
from quanticity.sim.market.world import World
from tests.sim.gateway.raw import Raw
from tests.sim.gateway.rig import connected


def gateway_of(clock: VirtualClock) -> Gateway:
    return Gateway(WorldMarket(World(7, MarketCalendar(), on=date(2032, 12, 31))), clock)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).timestamp()


def test_on_the_last_day_every_request_failed():
    async def main(clock: VirtualClock) -> None:
        gateway = gateway_of(clock)
        ib = await connected(gateway)
        (spy,) = await ib.qualifyContractsAsync(Stock("SPY", "SMART", "USD"))
        ticker = ib.reqMktData(spy)
        await clock.sleep(3)
        assert ticker.bid > 0
        assert not +gateway.counters.refused
        ib.disconnect()
        await gateway.stop()

    run_virtual(main, start=at("2032-12-31 15:59:58"))


def test_after_the_last_day_each_look_wrote_a_traceback(capfd):
    async def main(clock: VirtualClock) -> None:
        gateway = gateway_of(clock)
        raw = await Raw.started(gateway)
        spy = gateway.directory.plain("SPY")
        assert spy is not None
        for kind in ("AllLast", "BidAsk"):
            raw.send(97, 1, spy.con_id, *[""] * 11, kind, 0, False)
        said = await raw.frames(3)
        assert any("the simulated market has no 203" in field for each in said for field in each)
        gateway.look = lambda: world.price("SPY", clock.now())  # type: ignore[method-assign, assignment]
        world = World(7, MarketCalendar(), on=date(2032, 12, 31))
        await clock.sleep(3)
        assert gateway.counters.refused["beyond the market"] > 5
        assert set(+gateway.counters.refused) == {"beyond the market"}
        await gateway.stop()

    run_virtual(main, start=at("2034-03-01 11:00"))
    said = capfd.readouterr().err
    assert "Traceback" not in said
    assert said.count("nothing comes any more: the simulated market has no 203") <= 1
