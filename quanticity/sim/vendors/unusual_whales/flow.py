"""Premium and Greeks bought and sold, minute by minute; not summed up unless it says so.

All of it is the option tape's; the market's tide is that of what is watched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from quanticity.clock.calendar import TradingDay
from quanticity.heap import exact
from quanticity.sim.market import FOCUS, World
from quanticity.sim.market.world import eastern, iso
from quanticity.sim.vendors.unusual_whales.asked import (
    DATE,
    Asked,
    expiry,
    ticker_day,
    trading_day,
)
from quanticity.sim.vendors.unusual_whales.minute_texts import MinuteTexts
from quanticity.sim.vendors.unusual_whales.option_flow import (
    ASK,
    BID,
    CALL,
    PUT,
    OptionFlow,
    StrikeFlow,
)
from quanticity.sim.vendors.unusual_whales.option_flow import Flow as Sums
from quanticity.sim.vendors.unusual_whales.written import dec, decs
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route

Array = npt.NDArray[np.float64]
Row = dict[str, Any]
_Strikes = list[tuple[int, orjson.Fragment]]


class Flow:
    """`net-prem-ticks`, `greek-flow`, `flow-per-strike-intraday` and `market-tide`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._options = OptionFlow(world)
        self._past = MinuteTexts()
        self._whole = lru_cache(maxsize=6_000)(self._make_whole)

    def routes(self) -> Sequence[Route]:
        """Its paths."""
        stock = "/api/stock/{ticker}"
        kinds = Param("filter", default="NetPremium", choices=("NetPremium", "Volume", "Trades"))
        tide = (
            DATE,
            Param("otm_only", "bool", default=False),
            Param("interval_5m", "bool", default=True),
        )
        return [
            Route(f"{stock}/net-prem-ticks", self.net_prem_ticks, (DATE,)),
            Route(f"{stock}/greek-flow", self.greek_flow, (DATE,)),
            Route(f"{stock}/greek-flow/{{expiry}}", self.greek_flow, (DATE,)),
            Route(f"{stock}/flow-per-strike-intraday", self.strikes_by_minute, (DATE, kinds)),
            Route("/api/market/market-tide", self.market_tide, tide),
        ]

    def net_prem_ticks(self, request: Request) -> Answer:
        """Increments of each minute."""
        asked = ticker_day(self._world, request)
        sums = self._options.minutes(asked.symbol, asked.day, asked.at)

        def rows(last: int) -> list[Row]:
            return _net_prem_rows(asked, sums, last)

        return self._series(asked, "net premium", rows)

    def _series(self, asked: Asked, what: str, make: Callable[[int], list[Row]]) -> Answer:
        """A row for each minute that has begun; those that are over are written once."""
        over = max(0, int((min(asked.at, asked.day.closes) - asked.day.opens) // 60))
        mark = f"{asked.symbol} {what}", asked.day.day
        rows = self._past.rows(mark, _minutes(asked.day, asked.at), over, make)
        return Answer(b'{"data":[%s]}' % rows)

    def totals(self, asked: Asked) -> Sums:
        """All of the session so far, summed up."""
        return self._options.minutes(asked.symbol, asked.day, asked.at).total()

    def greek_flow(self, request: Request) -> Answer:
        """Delta and vega of each minute; of one expiry where the path names it."""
        asked = ticker_day(self._world, request)
        wanted, more = None, {}
        if "expiry" in request.values:
            wanted = expiry(self._world, asked, request.values["expiry"])
            more = {"expiry": wanted.isoformat()}
        sums = self._options.minutes(asked.symbol, asked.day, asked.at, wanted)

        def rows(last: int) -> list[Row]:
            return _greek_rows(asked, sums, more, last)

        return self._series(asked, f"greeks {wanted}", rows)

    def strikes_by_minute(self, request: Request) -> Answer:
        """A bare array: each minute's busiest strikes. `filter` drops those without any."""
        asked = ticker_day(self._world, request)
        least = {"NetPremium": 0, "Volume": 1, "Trades": 1}[request.values["filter"]]
        rows = [row for start in _starts(asked) for row in self._strikes_at(asked, start)]
        return Answer.json([row for trades, row in rows if trades >= least])

    def market_tide(self, request: Request) -> Answer:
        """Summed up over the day; five-minute rows unless `interval_5m=false`."""
        day, at = trading_day(self._world, request)
        each = [self._options.minutes(symbol, day, at) for symbol in FOCUS]
        if request.values["otm_only"]:
            premium = sum(sums.otm[..., ASK] - sums.otm[..., BID] for sums in each)
            net = sum(sums.otm_net for sums in each)
        else:
            premium = sum(sums.premium[..., ASK] - sums.premium[..., BID] for sums in each)
            net = sum(sums.volume[..., ASK] - sums.volume[..., BID] for sums in each)
        tide, volume = np.cumsum(premium, axis=0), np.cumsum(net, axis=0)
        step = 5 if request.values["interval_5m"] else 1
        rows = [
            {
                "timestamp": eastern(day.opens + 60 * index),
                "date": day.day.isoformat(),
                "net_call_premium": dec(tide[index, CALL], 4),
                "net_put_premium": dec(tide[index, PUT], 4),
                "net_volume": int(volume[index, CALL] - volume[index, PUT]),
            }
            for index in range(0, _minutes(day, at), step)
        ]
        return Answer.json({"data": rows})

    def _strikes_at(self, asked: Asked, start: float) -> _Strikes:
        """The trades of each strike of a minute, and its row as JSON; those of a whole one last."""
        if asked.at >= start + 60:
            return self._whole(asked.symbol, start)
        return _strike_rows(
            asked.symbol, start, self._options.strikes(asked.symbol, start, asked.at)
        )

    def _make_whole(self, symbol: str, start: float) -> _Strikes:
        return _strike_rows(symbol, start, self._options.strikes(symbol, start, start + 60))


def _net_prem_rows(asked: Asked, sums: Sums, last: int) -> list[Row]:
    """The last so many minutes."""
    starts = _starts(asked)
    first = len(starts) - last
    volume = sums.volume[first:].astype(int)
    whole = volume.sum(axis=2).tolist()
    net = (volume[..., ASK] - volume[..., BID]).tolist()
    volume = volume.tolist()
    premium = [decs(sums.net_premium(right)[first:], 4) for right in (CALL, PUT)]
    delta = decs(sums.delta[first:, 0], 14)
    return [
        {
            "date": asked.day.day.isoformat(),
            "tape_time": iso(start),
            "call_volume": whole[index][CALL],
            "call_volume_ask_side": volume[index][CALL][ASK],
            "call_volume_bid_side": volume[index][CALL][BID],
            "put_volume": whole[index][PUT],
            "put_volume_ask_side": volume[index][PUT][ASK],
            "put_volume_bid_side": volume[index][PUT][BID],
            "net_call_volume": net[index][CALL],
            "net_put_volume": net[index][PUT],
            "net_call_premium": premium[CALL][index],
            "net_put_premium": premium[PUT][index],
            "net_delta": delta[index],
        }
        for index, start in enumerate(starts[first:])
    ]


def _greek_rows(asked: Asked, sums: Sums, more: Row, last: int) -> list[Row]:
    """The last so many minutes."""
    starts = _starts(asked)
    first = len(starts) - last
    columns = {
        f"{otm}{kind}_{greek}_flow": decs(getattr(sums, greek)[first:, 2 * (otm != "") + number])
        for greek in ("delta", "vega")
        for number, kind in enumerate(("dir", "total"))
        for otm in ("", "otm_")
    }
    trades = sums.trades[first:].sum(axis=(1, 2)).astype(int).tolist()
    volume = sums.volume[first:].sum(axis=(1, 2)).astype(int).tolist()
    return [
        {
            "timestamp": iso(start, 0),
            "ticker": asked.symbol,
            **more,
            "transactions": trades[index],
            "volume": volume[index],
            **{name: column[index] for name, column in columns.items()},
        }
        for index, start in enumerate(starts[first:])
    ]


def _strike_rows(symbol: str, start: float, found: StrikeFlow) -> _Strikes:
    day = eastern(start)[:10]
    rows = []
    for index, strike in enumerate(found.strikes.tolist()):
        row: Row = {
            "ticker": symbol,
            "date": day,
            "timestamp": eastern(start),
            "strike": dec(strike, 1),
        }
        for which, right in enumerate(("call", "put")):
            volume, premium = found.volume[index, which], found.premium[index, which]
            row |= {
                f"{right}_premium": dec(premium.sum(), 1),
                f"{right}_premium_ask_side": dec(premium[ASK], 1),
                f"{right}_premium_bid_side": dec(premium[BID], 1),
                f"{right}_trades": int(found.trades[index, which].sum()),
                f"{right}_volume": int(volume.sum()),
                f"{right}_volume_ask_side": int(volume[ASK]),
                f"{right}_volume_bid_side": int(volume[BID]),
            }
        trades = int(found.trades[index].sum())
        rows.append((trades, orjson.Fragment(exact(orjson.dumps(row)))))
    return rows


def _starts(asked: Asked) -> list[float]:
    return [asked.day.opens + 60.0 * index for index in range(_minutes(asked.day, asked.at))]


def _minutes(day: TradingDay, at: float) -> int:
    """How many minutes of the session have begun."""
    return max(0, int(np.ceil((min(at, day.closes) - day.opens) / 60)))
