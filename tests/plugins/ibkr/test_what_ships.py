"""The lists that ship, all of them: every stream answers, and is back within seconds of a loss."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from plugins.ibkr.settings import IbkrParams
from quanticity.clock import VirtualClock, run_virtual
from quanticity.config.loader import load
from quanticity.sim.gateway.gateway import Gateway
from tests.plugins.ibkr.rig import TEN, Desk, market, on_virtual_clock
from tests.plugins.ibkr.test_disconnects import back_to_full, cut, violated
from tests.plugins.ibkr.test_faults import TINY

CONFIG = Path(__file__).parents[3] / "config"
SHIPPED = load(CONFIG, "demo", {}).sections["ibkr"]
LISTS = {
    name: tuple(given)
    for name, given in SHIPPED.items()
    if name in IbkrParams.model_fields and isinstance(given, list)
}


def test_all_that_ships_answers_and_is_back_within_five_seconds():
    async def main(clock: VirtualClock) -> None:
        gateway = Gateway(market(), clock)
        try:
            async with Desk(gateway, clock, **LISTS) as desk:
                await desk.settled(30)
                subjects = {want.subject for want in desk.handler.desk.allotment.chosen}
                assert subjects >= set(desk.params.all_symbols)
                assert len(subjects) > 90
                await clock.sleep(20)
                cut(desk, "reset", Random(1))
                await clock.sleep(0.05)
                assert await back_to_full(desk) <= 5.0
                assert violated(desk) == {}
        finally:
            await gateway.stop()

    run_virtual(main, start=TEN)


@pytest.mark.parametrize("later", [0.0, 1.3, 2.6, 3.9])
def test_bars_of_five_seconds_came_seven_seconds_after_a_loss(later: float) -> None:
    """They were asked for behind a hundred quotes, which answer at once."""

    async def main(clock: VirtualClock) -> dict[str, float]:
        gateway = Gateway(market(), clock)
        try:
            async with Desk(gateway, clock, **LISTS) as desk:
                await desk.settled(30)
                await clock.sleep(20 + later)
                lost = clock.now()
                cut(desk, "reset", Random(1))
                await clock.sleep(8)
                options = desk.handler.desk.chains
                return {
                    f"{one.stream} {one.subject}": one.first_at - lost if one.first_at else 99.0
                    for one in desk.handler.desk.roster.by_id.values()
                    if options.contract(one.subject) is None
                }
        finally:
            await gateway.stop()

    took = run_virtual(main, start=TEN)
    assert any(name.startswith("bars") for name in took)
    assert max(took.values()) <= 5.0, {name: one for name, one in took.items() if one > 5.0}


ONE_LINE = {**TINY, "stocks": ("SPY",), "depth": (), "bars": (), "fx": ("EUR.USD",)}


@on_virtual_clock(desk={**ONE_LINE, "futures": (), "ticks": ("EUR.USD",), "limits": {"lines": 1}})
async def test_a_pair_of_currencies_is_quoted_tick_by_tick(desk: Desk):
    """Without a line for its quote: what is shown came of the stream alone."""
    await desk.settled()
    await desk.clock.sleep(5)
    found = await desk.get("raw:ibkr:fx:EUR.USD")
    shown = desk.gateway.market.book("EUR.USD", float(int(found["time"])))
    assert shown is not None
    assert (found["bid"], found["ask"]) == (
        *(pytest.approx(shown.bids[0].price), pytest.approx(shown.asks[0].price)),
    )
    assert found["last"] is None, "spot currency has no trades"


FUTURE = {**TINY, "stocks": (), "depth": ("ES",), "ticks": ("ES",), "bars": ()}


@on_virtual_clock(desk=FUTURE)
async def test_prints_of_a_future_took_a_stream_and_were_written_nowhere(desk: Desk):
    await desk.settled()
    since = float(int(desk.clock.now()) + 1)
    await desk.clock.sleep(20)
    until = float(int(desk.clock.now()) - 3)
    truth = desk.gateway.market.prints("ES", since, until)
    told = [row for row in await desk.prints("ES") if since <= row["time"] < until]
    assert len(told) == len(truth.time) > 10
    assert {row["venue"] for row in told} == {"XCME"}
    assert (await desk.get("raw:ibkr:trades:ES"))["from"] == "tick_by_tick"
    assert (await desk.get("raw:ibkr:depth:ES"))["bids"]
