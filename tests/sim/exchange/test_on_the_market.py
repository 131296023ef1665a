"""The exchange on the simulated market itself: what it fills is what that market showed."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from math import inf, nextafter
from random import Random

import pytest

from quanticity.clock import MarketCalendar
from quanticity.sim.exchange import Contract, Exchange, Executed, Order, StatusChanged
from quanticity.sim.gateway.markets import SimMarkets
from quanticity.sim.gateway.securities import Directory
from quanticity.sim.gateway.world_market import WorldMarket
from quanticity.sim.market import World

OPENS = 1_767_796_200.0  # Wednesday 2026-01-07 09:30 Eastern
START, END = OPENS + 600, OPENS + 900
SPY, NVDA = Contract(symbol="SPY"), Contract(symbol="NVDA")
OPTION = Contract(
    symbol="SPY", sec_type="OPT", expiry="20260107", strike=668.0, right="C", multiplier="100"
)


class Frozen:
    """A clock that stands still."""

    def now(self) -> float:
        return START

    async def sleep_until(self, at: float) -> None:
        raise NotImplementedError(at)


@cache
def calendar():
    return MarketCalendar()


def fresh() -> SimMarkets:
    """The market, as a process that has just begun has it."""
    market = WorldMarket(World(7, calendar()))
    return SimMarkets(market, Directory(market), Frozen())  # type: ignore[arg-type]


def orders(markets: SimMarkets, seed: int):
    """Some orders near the market, over its first minutes: (moment, contract, order)."""
    random = Random(seed)
    found = []
    for number in range(1, 13):
        at = START + number * 10
        wanted = random.choice((SPY, SPY, NVDA, OPTION))
        listing = markets.listing(wanted)
        assert listing is not None
        quote = markets.quote(listing.contract, at)
        assert quote is not None
        assert quote.mid is not None
        tick = listing.tick(quote.mid)
        price = round((round(quote.mid / tick) + random.randint(-4, 4)) * tick, 4)
        kind = random.choice(("LMT", "LMT", "MKT", "STP"))
        quantity = random.randint(1, 5) * (1 if wanted is OPTION else 100)
        order = Order(
            random.choice(("BUY", "SELL")),
            quantity,
            kind,
            lmt_price=price if kind == "LMT" else None,
            aux_price=price if kind == "STP" else None,
        )
        found.append((number, at, listing.contract, order))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_orders_on_the_market_fill_from_what_it_showed_and_outlive_their_process(seed):
    markets = fresh()
    exchange = Exchange(markets, START, seed=seed)
    script = orders(markets, seed)
    for number, at, contract, order in script:
        exchange.place(1, number, contract, order, at)
    events = exchange.advance(END - 60)
    # The rest of the day in another process: the same market, and what was saved.
    saved, again = exchange.save(), fresh()
    for wanted in (SPY, NVDA, OPTION):
        again.listing(wanted)  # a directory gives the same id to the same contract
    restored = Exchange(again, START)
    restored.restore(saved)
    later = exchange.advance(END)
    assert restored.advance(END) == later
    assert restored.values(restored.accounts[0]) == exchange.values(exchange.accounts[0])
    told = [each for each in events + later if isinstance(each, Executed)]
    assert told
    terms = {number: order for number, _, _, order in script}
    shares: dict[tuple[Contract, float], float] = defaultdict(float)
    for each in told:
        order, fill = terms[each.order_id], each.execution
        if order.lmt_price is not None:
            assert order.sign * (fill.price - order.lmt_price) <= 1e-9
        if fill.last_liquidity == 1:
            shares[each.contract, fill.time] += fill.shares
    for (contract, time), filled in shares.items():
        prints = markets.prints(contract, time, nextafter(time, inf))
        assert filled <= prints.size.sum() + 1e-9
    done = {each.order_id for each in events + later if isinstance(each, StatusChanged)}
    assert done == set(terms)
