"""Flow alerts: unusual option trades of all tickers, newest first, with every filter there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from quanticity.sim.market import FOCUS, World, osi
from quanticity.sim.market.instruments import find
from quanticity.sim.market.world import iso
from quanticity.sim.vendors.unusual_whales.alert_filters import MAYBE, YES, passes, ranges
from quanticity.sim.vendors.unusual_whales.asked import epoch, limit
from quanticity.sim.vendors.unusual_whales.earnings import next_report
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
_PER_MINUTE = 5
_OTHERS = ("AMD", "PLTR", "COIN", "MSTR", "BABA", "F", "BAC", "XLF", "GLD", "UBER", "DIS", "INTC")
_WORST = 450  # minutes of trading walked back for one answer
_QUOTED_EVERY = 900  # seconds: alerts take their quotes from chains so far apart, for speed


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
        walked = 0
        day = self._world.day(end)
        while walked < _WORST:
            last = int(min(end, day.closes) // 60)
            for index in range(last, int(day.opens // 60) - 1, -1):
                walked += 1
                for row in reversed(self.minute(index)):
                    if (epoch(row["created_at"]) or 0.0) <= end:
                        yield row
            day = self._world.day_of(self._world.before(day.day))

    def _make_minute(self, minute: int) -> list[Row]:
        """The alerts of one minute, oldest first."""
        dice = self._world.dice("alerts", minute)
        seconds = sorted((60 * dice.random(int(dice.poisson(_PER_MINUTE)))).tolist())
        return [self._alert(minute * 60 + second, minute, n) for n, second in enumerate(seconds)]

    def _alert(self, at: float, minute: int, number: int) -> Row:
        world = self._world
        dice = world.dice("alert", minute, number)
        symbols = FOCUS * 3 + _OTHERS
        symbol = symbols[int(dice.integers(len(symbols)))]
        instrument = find(symbol)
        if instrument is None:
            raise KeyError(symbol)
        listed = world.expiries(symbol, world.day(at).day)
        expires = listed[min(int(dice.exponential(2.5)), len(listed) - 1)]
        spot = world.price(symbol, at)
        found = world.slice(symbol, expires, at // _QUOTED_EVERY * _QUOTED_EVERY)
        side = found.sides[int(dice.integers(2))]
        near = int(abs(found.strikes - spot).argmin())
        index = min(max(near + round(dice.normal() * 6), 0), len(found.strikes) - 1)
        bid, ask = float(side.bid[index]), float(side.ask[index])
        share = float(dice.beta(1.2, 0.9))
        price = max(0.01, round(bid + (ask - bid) * share, 2))
        size = 20 + int(dice.pareto(1.1) * 60)
        size = min(size, 5000)
        premium = max(1, round(size * price * 100))
        ask_premium = round(premium * share)
        oi = int(side.oi[index])
        volume = int(side.volume[index]) + size
        sweep, floor, legs = (bool(flag) for flag in dice.random(3) < (0.35, 0.04, 0.12))
        iv = float(side.iv[index])
        reports = next_report(world, instrument, world.day(at).day)
        capital = instrument.shares_out * 1e9 * spot
        return {
            "id": uuid(dice),
            "rule_id": uuid(world.dice("rule", number % len(RULES))),
            "alert_rule": RULES[number % len(RULES)],
            "created_at": iso(at),
            "start_time": int(at * 1000) - int(dice.integers(50, 30_000)),
            "end_time": int(at * 1000),
            "ticker": symbol,
            "issue_type": _ISSUES[instrument.kind],
            "option_chain": osi(symbol, expires, side.right, float(found.strikes[index])),
            "type": side.right,
            "strike": trim(float(found.strikes[index])),
            "expiry": expires.isoformat(),
            "price": trim(price),
            "bid": trim(bid),
            "ask": trim(ask),
            "iv_start": f"{iv:.15f}",
            "iv_end": f"{iv * (1 + 0.01 * (share - 0.5)):.15f}",
            "underlying_price": trim(round(spot, 2)),
            "total_premium": str(premium),
            "total_ask_side_prem": str(ask_premium),
            "total_bid_side_prem": str(premium - ask_premium),
            "total_size": size,
            "trade_count": 1 + int(dice.integers(1, 40)),
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


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
