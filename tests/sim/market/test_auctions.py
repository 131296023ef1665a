"""Auctions: the cross is a print of the tape, and the messages before it lead there."""

from datetime import timedelta

import numpy as np
import pytest

from quanticity.sim.market.venues import CONDITIONS
from tests.sim.market.markets import CLOSE, MONDAY, MORNING, sure, world

WORLD = world()
OPEN = MORNING - 1800


@pytest.mark.parametrize(("which", "at", "code"), [("open", OPEN, "O"), ("close", CLOSE, "6")])
def test_a_cross_is_one_print_of_the_tape(which, at, code):
    cross = WORLD.auctions.cross("AAPL", MONDAY, which)
    prints = WORLD.tape.prints("AAPL", at, at + 1)
    (one,) = np.flatnonzero(prints.condition == CONDITIONS.index(code))
    assert cross == (prints.time[one], prints.price[one], prints.size[one])


@pytest.mark.parametrize("symbol", ["SPY", "NVDA", "META"])
def test_messages_before_the_close_shrink_to_the_cross(symbol):
    told = [sure(WORLD.auctions.imbalance(symbol, CLOSE - left)) for left in (600, 300, 60, 1)]
    cross = sure(WORLD.auctions.cross(symbol, MONDAY, "close"))
    paired = [each.paired for each in told]
    assert paired == sorted(paired)
    assert paired[-1] == pytest.approx(cross.size, rel=0.01)
    assert told[-1].size < 0.2 * cross.size
    assert told[-1].near == pytest.approx(cross.price, rel=2e-3)
    for each in told:
        quote = sure(WORLD.books.quote(symbol, each.time))
        assert quote.bid - 1e-9 <= each.reference <= quote.ask + 1e-9


def test_messages_are_told_before_the_opening_and_the_close_only():
    assert sure(WORLD.auctions.imbalance("SPY", OPEN - 1)).which == "open"
    assert sure(WORLD.auctions.imbalance("SPY", CLOSE - 1)).which == "close"
    for at in (OPEN - 301, OPEN, MORNING, CLOSE - 601, CLOSE):
        assert WORLD.auctions.imbalance("SPY", at) is None
    assert WORLD.auctions.imbalance("SPX", CLOSE - 1) is None
    assert WORLD.auctions.cross("ES", MONDAY, "close") is None
    assert WORLD.auctions.cross("SPY", MONDAY - timedelta(days=1), "close") is None


def test_imbalances_lean_where_the_cross_will_be_and_where_the_scenario_says():
    right, leans = [], {}
    for days in range(60):
        day = WORLD.day_of(MONDAY + timedelta(days=days)).day
        at = WORLD.day_of(day).closes - 590
        told = sure(WORLD.auctions.imbalance("TSLA", at))
        later = sure(WORLD.auctions.cross("TSLA", day, "close")).price
        right.append(told.side == np.sign(later - WORLD.price("TSLA", at)))
    assert 0.6 < np.mean(right) < 1
    for name in ("crash", "squeeze"):
        leans[name] = sure(world(name).auctions.imbalance("AAPL", CLOSE - 500)).side
    assert leans == {"crash": -1, "squeeze": 1}
