"""Premium and Greeks bought and sold, minute by minute; not summed up unless it says so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.clock.calendar import TradingDay
from quanticity.sim.market import World
from quanticity.sim.market.world import eastern, iso
from quanticity.sim.vendors.unusual_whales.asked import (
    DATE,
    Asked,
    expiry,
    ticker_day,
    trading_day,
)
from quanticity.sim.vendors.unusual_whales.written import dec, decs
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route

Array = npt.NDArray[np.float64]
Row = dict[str, Any]

_LATE_MINUTES = 15  # options on funds and indexes trade until 16:15
_STRIKES = 8
_MARKET = "MARKET"


class Flow:
    """`net-prem-ticks`, `greek-flow`, `flow-per-strike-intraday` and `market-tide`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ticks = lru_cache(maxsize=64)(self._make_ticks)

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
        ticks = self._ticks(asked.symbol, asked.day)
        starts = self._starts(asked)
        ints = {name: column.astype(int).tolist() for name, column in ticks.items()}
        rows = []
        for index, start in enumerate(starts):
            call_ask, call_bid = ints["call_ask"][index], ints["call_bid"][index]
            put_ask, put_bid = ints["put_ask"][index], ints["put_bid"][index]
            rows.append(
                {
                    "date": asked.day.day.isoformat(),
                    "tape_time": iso(start),
                    "call_volume": ints["call_volume"][index],
                    "call_volume_ask_side": call_ask,
                    "call_volume_bid_side": call_bid,
                    "put_volume": ints["put_volume"][index],
                    "put_volume_ask_side": put_ask,
                    "put_volume_bid_side": put_bid,
                    "net_call_volume": call_ask - call_bid,
                    "net_put_volume": put_ask - put_bid,
                    "net_call_premium": dec(ticks["call_premium"][index], 4),
                    "net_put_premium": dec(ticks["put_premium"][index], 4),
                    "net_delta": dec(ticks["delta"][index], 14),
                }
            )
        return Answer.json({"data": rows})

    def totals(self, asked: Asked) -> dict[str, float]:
        """Net premium and volume, summed up over the session so far."""
        ticks = self._ticks(asked.symbol, asked.day)
        count = len(self._starts(asked))
        return {name: float(column[:count].sum()) for name, column in ticks.items()}

    def greek_flow(self, request: Request) -> Answer:
        """Delta and vega of each minute; of one expiry where the path names it."""
        asked = ticker_day(self._world, request)
        share, more = 1.0, {}
        if "expiry" in request.values:
            wanted = expiry(self._world, asked, request.values["expiry"])
            share = 1 / (2 + (wanted - asked.day.day).days)
            more = {"expiry": wanted.isoformat()}
        ticks = self._ticks(asked.symbol, asked.day)
        starts = self._starts(asked)
        level = self._world.close(asked.symbol, self._world.before(asked.day.day))
        delta = ticks["delta"] * share
        vega = ticks["vega"] * level * share
        columns = {
            "dir_delta_flow": decs(delta),
            "dir_vega_flow": decs(vega),
            "total_delta_flow": decs(delta * ticks["tilt"] * 2),
            "total_vega_flow": decs(np.abs(vega) * 3),
            "otm_dir_delta_flow": decs(delta * 0.4),
            "otm_dir_vega_flow": decs(vega * 0.45),
            "otm_total_delta_flow": decs(delta * ticks["tilt"] * 0.8),
            "otm_total_vega_flow": decs(np.abs(vega) * 1.3),
        }
        volume = ((ticks["call_volume"] + ticks["put_volume"]) * share).astype(int).tolist()
        rows = [
            {
                "timestamp": iso(start, 0),
                "ticker": asked.symbol,
                **more,
                "transactions": 1 + volume[index] // 9,
                "volume": volume[index],
                **{name: column[index] for name, column in columns.items()},
            }
            for index, start in enumerate(starts)
        ]
        return Answer.json({"data": rows})

    def strikes_by_minute(self, request: Request) -> Answer:
        """A bare array: each minute's busiest strikes. `filter` drops those without any."""
        asked = ticker_day(self._world, request)
        least = {"NetPremium": 0, "Volume": 1, "Trades": 1}[request.values["filter"]]
        rows = [row for start in self._starts(asked) for row in self._strikes_at(asked, start)]
        return Answer.json([row for row in rows if row["call_trades"] + row["put_trades"] >= least])

    def market_tide(self, request: Request) -> Answer:
        """Summed up over the day; five-minute rows unless `interval_5m=false`."""
        day, at = trading_day(self._world, request)
        ticks = self._ticks(_MARKET, day)
        share = 0.6 if request.values["otm_only"] else 1.0
        calls = np.cumsum(ticks["call_premium"]) * share
        puts = np.cumsum(ticks["put_premium"]) * share
        volume = np.cumsum(
            ticks["call_ask"] - ticks["call_bid"] - ticks["put_ask"] + ticks["put_bid"]
        )
        step = 5 if request.values["interval_5m"] else 1
        count = _minutes(day, at, late=True)
        rows = [
            {
                "timestamp": eastern(day.opens + 60 * index),
                "date": day.day.isoformat(),
                "net_call_premium": dec(calls[index], 4),
                "net_put_premium": dec(puts[index], 4),
                "net_volume": int(volume[index]),
            }
            for index in range(0, count, step)
        ]
        return Answer.json({"data": rows})

    def _starts(self, asked: Asked) -> list[float]:
        late = asked.instrument.kind != "stock"
        return [
            asked.day.opens + 60.0 * index for index in range(_minutes(asked.day, asked.at, late))
        ]

    def _strikes_at(self, asked: Asked, start: float) -> list[Row]:
        symbol = asked.symbol
        spot = self._world.price(symbol, start)
        step = asked.instrument.step
        dice = self._world.dice("strike flow", symbol, int(start // 60))
        first = np.floor(spot / step - _STRIKES / 2 + 1) * step
        size = asked.instrument.contracts / 60 * (0.4 + self._pulse(asked, start))
        draws = dice.gamma(0.8, size, (_STRIKES, 2)).astype(int)
        asks = dice.beta(8, 8, (_STRIKES, 2))
        rows = []
        for index in range(_STRIKES):
            strike = first + index * step
            row: Row = {
                "ticker": symbol,
                "date": asked.day.day.isoformat(),
                "timestamp": eastern(start),
                "strike": dec(strike, 1),
            }
            for which, right in enumerate(("call", "put")):
                volume = int(draws[index, which])
                ask = int(volume * asks[index, which])
                bid = int((volume - ask) * 0.9)
                away = (spot - strike) * (1 if right == "call" else -1)
                price = 100 * (max(away, 0.0) + spot * 0.004)
                row |= {
                    f"{right}_premium": dec(volume * price, 1),
                    f"{right}_premium_ask_side": dec(ask * price, 1),
                    f"{right}_premium_bid_side": dec(bid * price, 1),
                    f"{right}_trades": (volume + 5) // 6,
                    f"{right}_volume": volume,
                    f"{right}_volume_ask_side": ask,
                    f"{right}_volume_bid_side": bid,
                }
            rows.append(row)
        return rows

    def _pulse(self, asked: Asked, start: float) -> float:
        """How busy a minute is, around 1."""
        span = (asked.day.closes - asked.day.opens) / 60
        gained = self._world.progress(start + 60, asked.day) - self._world.progress(
            start, asked.day
        )
        return gained * span

    def _make_ticks(self, name: str, day: TradingDay) -> dict[str, Array]:
        """All minutes of a session at once, so that each is the same whenever it is asked for."""
        count = _minutes(day, day.after_hours_end, late=True)
        dice = self._world.dice("ticks", name, day.day)
        found = self._world.find(name) if name != _MARKET else None
        contracts = found.contracts if found else 400_000
        price = found.price if found else 150
        starts = day.opens + 60.0 * np.arange(count + 1)
        done = np.array([self._world.progress(float(at), day) for at in starts])
        busy = np.maximum(np.diff(done) * count, 0.02)
        drift = np.cumsum(dice.standard_normal(count)) * 0.01
        calls = dice.gamma(4, 0.25, count) * busy * contracts / 12
        puts = dice.gamma(4, 0.25, count) * busy * contracts / 14
        call_share = np.clip(0.46 + drift * 0.2 + 0.05 * dice.standard_normal(count), 0.1, 0.85)
        put_share = np.clip(0.46 - drift * 0.2 + 0.05 * dice.standard_normal(count), 0.1, 0.85)
        columns = {
            "call_volume": np.floor(calls),
            "put_volume": np.floor(puts),
            "call_ask": np.floor(calls * call_share),
            "call_bid": np.floor(calls * (0.92 - call_share)),
            "put_ask": np.floor(puts * put_share),
            "put_bid": np.floor(puts * (0.92 - put_share)),
        }
        premium = price * 0.6
        call_net = columns["call_ask"] - columns["call_bid"]
        put_net = columns["put_ask"] - columns["put_bid"]
        return columns | {
            "call_premium": call_net * premium * dice.gamma(9, 1 / 9, count),
            "put_premium": put_net * premium * dice.gamma(9, 1 / 9, count),
            "delta": (call_net * 42 - put_net * 38) * dice.gamma(16, 1 / 16, count),
            "vega": (call_net + put_net) * 0.1,
            "tilt": 1 + 0.3 * dice.standard_normal(count),
        }


def _minutes(day: TradingDay, at: float, late: bool) -> int:
    """How many minutes of the session have begun."""
    end = day.closes + (60 * _LATE_MINUTES if late else 0)
    return max(0, int(np.ceil((min(at, end) - day.opens) / 60)))
