"""Flow alerts: unusual option trades of all tickers, newest first, with every filter there is.

What they are about is on the option tape: informed bursts, and contracts that are hit again and
again within a minute. That some are of the floor or of several legs is said by chance alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from quanticity.clock.calendar import TradingDay
from quanticity.sim.market import FOCUS, World, osi
from quanticity.sim.market.instruments import find
from quanticity.sim.market.option_tape import OptionPrints
from quanticity.sim.market.options import RIGHTS
from quanticity.sim.market.world import iso
from quanticity.sim.vendors.unusual_whales.alert_filters import MAYBE, YES, passes, ranges
from quanticity.sim.vendors.unusual_whales.asked import epoch, limit
from quanticity.sim.vendors.unusual_whales.earnings import next_report
from quanticity.sim.vendors.unusual_whales.trades import contract_key
from quanticity.sim.vendors.unusual_whales.written import trim, uuid
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route

Row = dict[str, Any]

RULES = (
    "RepeatedHits",
    "RepeatedHitsAscendingFill",
    "RepeatedHitsDescendingFill",
    "SweepsFollowedByFloor",
    "FloorTradeLargeCap",
)
_ISSUES = {"etf": "ETF", "index": "Index", "stock": "Common Stock"}
_REPEATED = 0.35  # share of the minutes of a symbol in which a contract is told that is hit again
_HITS, _LEAST_PREMIUM = 4, 20_000.0  # trades and USD, at least
_FLAGGED = (0.04, 0.12)  # shares said to be from the floor, and of several legs
_A_MOMENT = 1e-5
_OTHERS = ("AMD", "PLTR", "COIN", "MSTR", "BABA", "F", "BAC", "XLF", "GLD", "UBER", "DIS", "INTC")
# Minutes of trading walked back for one answer. While one is made no vendor answers anything, so a
# filter that lets hardly anything through must not walk on for long.
_WORST = 120


class Hit(NamedTuple):
    """Trades of one contract that an alert is about, oldest first."""

    symbol: str
    expiry: date
    prints: OptionPrints


class Alerts:
    """`flow-alerts`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.minute = lru_cache(maxsize=1500)(self._make_minute)

    def routes(self) -> Sequence[Route]:
        """Its path."""
        params = (
            Param("ticker_symbol"),
            *(Param(name, "bool", default=True) for name in YES),
            *(Param(name, "bool") for name in MAYBE),
            *ranges(),
            Param("rule_name[]"),
            Param("issue_types[]", choices=("Common Stock", "ETF", "Index", "ADR")),
            Param("newer_than"),
            Param("older_than"),
            limit(200, 100),
        )
        return [Route("/api/option-trades/flow-alerts", self.alerts, params)]

    def alerts(self, request: Request) -> Answer:
        """The newest that pass. `newer_than` counts in epoch seconds only: ISO is ignored."""
        values = request.values
        older = epoch(values["older_than"] or "")
        newer = _number(values["newer_than"] or "")
        end = request.now if older is None else min(request.now, older)
        rows: list[Row] = []
        for row in self._newest(end):
            if newer is not None and (epoch(row["created_at"]) or 0.0) <= newer:
                break
            if passes(row, values):
                rows.append(row)
                if len(rows) == values["limit"]:
                    break
        return Answer.json({"data": rows})

    def _newest(self, end: float) -> Iterator[Row]:
        for index in islice(self._minutes(end), _WORST):
            for row in reversed(self.minute(index)):
                if (epoch(row["created_at"]) or 0.0) <= end:
                    yield row

    def _minutes(self, end: float) -> Iterator[int]:
        """Minutes of trading back from `end`, without an end."""
        day = self._world.day(end)
        while True:
            last = int(min(end, day.closes) // 60)
            yield from range(last, int(day.opens // 60) - 1, -1)
            day = self._world.day_of(self._world.before(day.day))

    def _make_minute(self, minute: int) -> list[Row]:
        """The alerts of one minute, oldest first: bursts that end in it, and what is hit again."""
        start = minute * 60.0
        day = self._world.day(start)
        found: list[Hit] = []
        for symbol in (*FOCUS, *_OTHERS):
            found += self._bursts(symbol, day, start)
            if symbol in FOCUS:
                found += self._repeated(symbol, start)
        found.sort(key=lambda hit: float(hit.prints.time[-1]))
        return [self._alert(hit, minute, number) for number, hit in enumerate(found)]

    def _bursts(self, symbol: str, day: TradingDay, start: float) -> Iterator[Hit]:
        for expiry, burst in self._world.chains.contracts.bursts(symbol, day.day):
            first, last = float(burst.times[0]), float(burst.times[-1])
            if start <= last < start + 60:
                prints = self._world.option_tape.trades(symbol, first, last + _A_MOMENT)
                strike = float(self._world.strikes(symbol, expiry, day.day)[burst.strike])
                mine = prints.of(expiry, strike, RIGHTS[burst.side])
                mine = mine.where(mine.burst)
                # None are there where trading was halted.
                if len(mine):
                    yield Hit(symbol, expiry, mine)

    def _repeated(self, symbol: str, start: float) -> Iterator[Hit]:
        """The contract that most was paid for in a minute; of some minutes only."""
        if self._world.dice("repeated hits", symbol, int(start)).random() > _REPEATED:
            return
        prints = self._world.option_tape.trades(symbol, start, start + 60)
        prints = prints.where(~prints.burst)
        if not len(prints):
            return
        _, which, counts = np.unique(contract_key(prints), return_inverse=True, return_counts=True)
        premium = np.bincount(which, prints.price * prints.size)
        premium[counts < _HITS] = 0
        best = int(premium.argmax())
        if premium[best] * 100 >= _LEAST_PREMIUM:
            mine = prints.where(which == best)
            yield Hit(symbol, date.fromordinal(int(mine.expiry[0])), mine)

    def _alert(self, hit: Hit, minute: int, number: int) -> Row:
        world, prints, symbol = self._world, hit.prints, hit.symbol
        at = float(prints.time[-1])
        dice = world.dice("alert", minute, symbol, number)
        instrument = find(symbol)
        if instrument is None:
            raise KeyError(symbol)
        strike, is_call = float(prints.strike[0]), bool(prints.is_call[0])
        right = RIGHTS[0 if is_call else 1]
        found = world.slice(symbol, hit.expiry, minute * 60.0)
        side = found.sides[0 if is_call else 1]
        index = int(np.searchsorted(found.strikes, strike - 1e-9))
        size, oi = int(prints.size.sum()), int(side.oi[index])
        volume = int(side.volume[index]) + size
        paid = prints.price * prints.size * 100
        premium, asked, taken = (
            round(float(paid[mask].sum()))
            for mask in (slice(None), prints.side > 0, prints.side < 0)
        )
        sweep = bool(prints.burst[0])
        floor, legs = (bool(flag) for flag in dice.random(2) < _FLAGGED)
        reports = next_report(world, instrument, world.day(at).day)
        capital = instrument.shares_out * 1e9 * float(prints.spot[-1])
        rule = _rule(prints, floor, sweep)
        return {
            "id": uuid(dice),
            "rule_id": uuid(world.dice("rule", RULES.index(rule))),
            "alert_rule": rule,
            "created_at": iso(at),
            "start_time": int(prints.time[0] * 1000),
            "end_time": int(at * 1000),
            "ticker": symbol,
            "issue_type": _ISSUES[instrument.kind],
            "option_chain": osi(symbol, hit.expiry, right, strike),
            "type": right,
            "strike": trim(strike),
            "expiry": hit.expiry.isoformat(),
            "price": trim(float(prints.price[-1])),
            "bid": trim(float(prints.bid[-1])),
            "ask": trim(float(prints.ask[-1])),
            "iv_start": f"{float(prints.iv[0]):.15f}",
            "iv_end": f"{float(prints.iv[-1]):.15f}",
            "underlying_price": trim(round(float(prints.spot[-1]), 2)),
            "total_premium": str(premium),
            "total_ask_side_prem": str(asked),
            "total_bid_side_prem": str(taken),
            "total_size": size,
            "trade_count": len(prints),
            "expiry_count": 1,
            "volume": volume,
            "open_interest": oi,
            "volume_oi_ratio": f"{volume / oi:.14f}" if oi else "0",
            "has_sweep": sweep,
            "has_floor": floor,
            "has_multileg": legs,
            "has_singleleg": not legs,
            "all_opening_trades": volume > oi,
            "marketcap": str(int(capital)) if capital else None,
            "sector": instrument.sector or None,
            "next_earnings_date": reports.isoformat() if reports else None,
            "er_time": "postmarket" if reports else None,
        }


def _rule(prints: OptionPrints, floor: bool, sweep: bool) -> str:
    if floor:
        return "SweepsFollowedByFloor" if sweep else "FloorTradeLargeCap"
    first, last = float(prints.price[0]), float(prints.price[-1])
    if first == last:
        return "RepeatedHits"
    return "RepeatedHitsAscendingFill" if last > first else "RepeatedHitsDescendingFill"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
