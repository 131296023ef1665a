"""Option chains: as names, with Greeks, as contracts, and as Greeks of one expiry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import orjson

from quanticity.sim.market import Slice, World, osi, osis
from quanticity.sim.vendors.contract_day import ContractDays
from quanticity.sim.vendors.unusual_whales.asked import (
    DATE,
    PAGE,
    Asked,
    expiry,
    limit,
    page,
    ticker_day,
)
from quanticity.sim.vendors.unusual_whales.written import dec, decs, trim, trims
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route

Row = dict[str, Any]

_GREEKS = ("delta", "gamma", "theta", "vega", "rho")
_PAIR = ("delta", "gamma", "theta", "vega", "rho", "charm", "vanna")
# Its head is filled once for each side of an expiry. Prices are of two digits: they are trimmed.
_ROW = (
    '{"option_symbol":"%%s","strike":"%%s","expires":"%s","option_type":"%s",'
    '"nbbo_bid":"%%.10g","nbbo_ask":"%%.10g","implied_volatility":"%%s",'
    '"delta":"%%.14f","gamma":"%%s","theta":"%%.14f","vega":"%%s","rho":"%%.14f",'
    '"open_interest":%%d,"volume":%%d,"last_tape_time":%%s}'
)
_CONTRACTS = (
    Param("expiry", "date"),
    Param("option_type", choices=("call", "Call", "put", "Put")),
    *(
        Param(name, "bool", default=False)
        for name in (
            "vol_greater_oi",
            "exclude_zero_vol_chains",
            "exclude_zero_dte",
            "exclude_zero_oi_chains",
            "maybe_otm_only",
        )
    ),
    Param("min_dte", "int"),
    Param("max_dte", "int"),
    Param("option_symbol[]"),
    limit(500),
    PAGE,
)


class Options:
    """`option-chains`, `option-contracts` and `greeks`."""

    def __init__(self, world: World, days: ContractDays) -> None:
        self._world = world
        self._days = days

    def routes(self) -> Sequence[Route]:
        """Its paths."""
        stock = "/api/stock/{ticker}"
        flag = Param("greeks", "bool", default=False)
        return [
            Route(f"{stock}/option-chains", self.chains, (DATE, flag)),
            Route(f"{stock}/option-contracts", self.contracts, _CONTRACTS),
            Route(f"{stock}/greeks", self.greeks, (DATE, Param("expiry", required=True))),
        ]

    def chains(self, request: Request) -> Answer:
        """Names only, or with `greeks=true` a row for each option: two shapes by one flag."""
        asked = ticker_day(self._world, request)
        chain = self._world.chain(asked.symbol, asked.at)
        if request.values["greeks"]:
            rows = (row for each in chain for row in self._rows(asked, each))
            return Answer(f'{{"data":[{",".join(rows)}]}}'.encode())
        names = [
            name
            for each in chain
            for side in each.sides
            for name in osis(asked.symbol, each.expiry, side.right, each.strikes)
        ]
        return Answer.json({"data": names})

    def _rows(self, asked: Asked, found: Slice) -> Iterator[str]:
        """JSON of each option, calls then puts. Thousands are asked for at once: no dicts."""
        strikes, expires = trims(found.strikes), found.expiry.isoformat()
        # The same for a call and the put beside it.
        volatility = decs(found.call.iv, 16)
        gamma, vega = decs(found.call.gamma, 14), decs(found.call.vega, 14)
        for side, taped in zip(found.sides, self._taped(asked, found), strict=True):
            row = _ROW % (expires, side.right)
            yield from map(
                row.__mod__,
                zip(
                    osis(asked.symbol, found.expiry, side.right, found.strikes),
                    strikes,
                    side.bid.tolist(),
                    side.ask.tolist(),
                    volatility,
                    side.delta.tolist(),
                    gamma,
                    side.theta.tolist(),
                    vega,
                    side.rho.tolist(),
                    side.oi.tolist(),
                    side.volume.tolist(),
                    taped,
                    strict=True,
                ),
            )

    def _taped(self, asked: Asked, found: Slice) -> list[list[str]]:
        """When each option last traded, as JSON, calls then puts; null where it did not."""
        times = self._days.at(asked.symbol, found.expiry, asked.day, asked.at).time
        never = np.isnan(times)
        seconds = np.where(never, 0, times).astype("datetime64[s]")
        texts = np.char.mod('"%sZ"', np.datetime_as_string(seconds))
        return [list(side) for side in np.where(never, "null", texts).tolist()]

    def contracts(self, request: Request) -> Answer:
        """Contracts with their day's volume by side, busiest first, by pages."""
        asked = ticker_day(self._world, request)
        values = request.values
        rows: list[Row] = []
        for found in self._world.chain(asked.symbol, asked.at):
            if _outside(found, values):
                continue
            for number, side in enumerate(found.sides):
                if values["option_type"] in (None, side.right, side.right.title()):
                    rows += self._contracts(asked, found, number, values)
        wanted = set(values["option_symbol[]"])
        if wanted:
            rows = [row for row in rows if row["option_symbol"] in wanted]
        rows.sort(key=lambda row: (-row["volume"], row["option_symbol"]))
        return Answer.json({"data": page(request, rows)})

    def _contracts(self, asked: Asked, found: Slice, number: int, values: Any) -> Iterator[Row]:
        side = found.sides[number]
        day = self._days.at(asked.symbol, found.expiry, asked.day, asked.at)
        taped = self._taped(asked, found)[number]
        for index, strike in enumerate(found.strikes.tolist()):
            volume, oi = int(side.volume[index]), int(side.oi[index])
            otm = strike > found.spot if side.right == "call" else strike < found.spot
            if (
                (values["vol_greater_oi"] and volume <= oi)
                or (values["exclude_zero_vol_chains"] and not volume)
                or (values["exclude_zero_oi_chains"] and not oi)
                or (values["maybe_otm_only"] and not otm)
            ):
                continue
            asks, bids, mids, sweeps = (
                int(column[number, index]) for column in (day.ask, day.bid, day.mid, day.sweep)
            )
            premium = float(day.premium[number, index])
            last, high, low = (
                trim(float(column[number, index])) if asks + bids + mids else None
                for column in (day.last, day.high, day.low)
            )
            yield {
                "option_symbol": osi(asked.symbol, found.expiry, side.right, strike),
                "ask_volume": asks,
                "bid_volume": bids,
                "mid_volume": mids,
                "no_side_volume": 0,
                "cross_volume": 0,
                "floor_volume": 0,
                "sweep_volume": sweeps,
                "multi_leg_volume": 0,
                "stock_multi_leg_volume": 0,
                "volume": volume,
                "open_interest": oi,
                "prev_oi": int(oi * 0.97),
                "avg_price": dec(premium / 100 / max(1, asks + bids + mids), 20),
                "last_price": last,
                "high_price": high,
                "low_price": low,
                "nbbo_bid": trim(side.bid[index]),
                "nbbo_ask": trim(side.ask[index]),
                "total_premium": dec(premium),
                "implied_volatility": dec(side.iv[index], 15),
                "last_tape_time": orjson.Fragment(taped[index]),
                **{name: dec(getattr(side, name)[index], 4) for name in _GREEKS},
            }

    def greeks(self, request: Request) -> Answer:
        """Calls and puts of one expiry side by side."""
        asked = ticker_day(self._world, request)
        wanted = expiry(self._world, asked, request.values["expiry"])
        found = self._world.slice(asked.symbol, wanted, asked.at)
        rows = [
            {
                "date": asked.day.day.isoformat(),
                "expiry": wanted.isoformat(),
                "strike": trim(strike),
                **self._pair(found, index, strike),
            }
            for index, strike in enumerate(found.strikes.tolist())
        ]
        return Answer.json({"data": rows})

    @staticmethod
    def _pair(found: Slice, index: int, strike: float) -> Row:
        row: Row = {}
        for side in found.sides:
            symbol = osi(found.symbol, found.expiry, side.right, strike)
            row[f"{side.right}_option_symbol"] = symbol
            row[f"{side.right}_volatility"] = dec(side.iv[index], 6)
            for name in _PAIR:
                row[f"{side.right}_{name}"] = dec(getattr(side, name)[index], 6)
        return row


def _outside(found: Slice, values: Any) -> bool:
    wanted: date | None = values["expiry"]
    return bool(
        (wanted is not None and found.expiry != wanted)
        or (values["exclude_zero_dte"] and found.dte == 0)
        or (values["min_dte"] is not None and found.dte < values["min_dte"])
        or (values["max_dte"] is not None and found.dte > values["max_dte"])
    )
