"""Cboe's delayed quotes: whole chains as files, fifteen minutes late, two clocks in one body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import numpy as np
import orjson

from quanticity.clock import EASTERN
from quanticity.heap import exact
from quanticity.sim.market import Slice, World, osi
from quanticity.sim.market.kept import Kept
from quanticity.sim.vendors.conditional import access_denied, file_answer
from quanticity.sim.vendors.contract_day import ContractDays
from quanticity.sim.vendors.limits import VendorLimits
from quanticity.sim.vendors.vendor import Answer, Request, Route, Vendor

_ROOT = "/api/global/delayed_quotes"
_DELAY = 900.0
# The real file of SPX has some fifty expiries and 13 MB: more than a demo should move about.
_EXPIRIES = 12
_TICKS = ("up", "down", "no_change")
_MONTH = 30 / 365


class Cboe(Vendor):
    """`cdn.cboe.com`: no key, no published limit, no automated pulling."""

    name: ClassVar[str] = "cboe"
    hosts: ClassVar[Mapping[str, str]] = {"cdn.cboe.com": "cboe"}
    limits: ClassVar[VendorLimits] = VendorLimits(windows=((10, 1.0),))

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._file = Kept(self._make_file, 2)
        self._days = ContractDays(world)

    def routes(self) -> Sequence[Route]:
        """A file for each symbol: its quote, or its quote and its options."""
        return [
            Route(f"{_ROOT}/options/{{file}}", self.options),
            Route(f"{_ROOT}/quotes/{{file}}", self.quotes),
        ]

    def no_route(self, request: Request) -> Answer:
        """The store's denial."""
        return access_denied()

    def options(self, request: Request) -> Answer:
        """`_SPX.json` for an index, `AAPL.json` for a stock."""
        return self._answer(request, "options")

    def quotes(self, request: Request) -> Answer:
        """The underlying alone."""
        return self._answer(request, "quotes")

    def _answer(self, request: Request, what: str) -> Answer:
        name, dot, ending = request.values["file"].partition(".")
        symbol = name.lstrip("_")
        instrument = self.world.find(symbol)
        is_index = name.startswith("_")
        if (
            dot + ending != ".json"
            or instrument is None
            or (instrument.kind == "index") != is_index
        ):
            return access_denied()
        body = self._file(what, symbol, int(request.now // 60))
        return file_answer(request, body, "application/json")

    def _make_file(self, what: str, symbol: str, minute: int) -> bytes:
        now = minute * 60.0
        at = now - _DELAY
        data: dict[str, Any] = {}
        if what == "options":
            data["options"] = [
                row
                for each in self.world.chain(symbol, at)[:_EXPIRIES]
                for row in self._rows(each, at)
            ]
        data |= self._quote(symbol, at)
        stamp = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S}"
        body = {"timestamp": stamp, "data": data, "symbol": data["symbol"]}
        return exact(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY))

    def _quote(self, symbol: str, at: float) -> dict[str, Any]:
        instrument = self.world.find(symbol)
        assert instrument is not None  # noqa: S101 - checked by the caller
        day = self.world.day(at)
        last = self.world.tape.last(symbol, at)
        price = last[1] if last else self.world.price(symbol, at)
        quote = self.world.books.quote(symbol, at)
        before = self.world.close(symbol, self.world.before(day.day))
        until = min(max(at, day.opens + 60), day.closes)
        opened, high, low, _ = self.world.bar(symbol, day.opens, until)
        index = instrument.kind == "index"
        vol = 100 * self.world.atm_vol(symbol, _MONTH, day.day, at)
        return {
            "symbol": f"^{symbol}" if index else symbol,
            "security_type": "index" if index else "stock",
            "exchange_id": 5 if index else 2,
            "current_price": round(price, 4),
            "price_change": round(price - before, 4),
            "price_change_percent": round(100 * (price / before - 1), 4),
            "bid": quote.bid if quote else round(price * 0.9999, 2),
            "ask": quote.ask if quote else round(price * 1.0001, 2),
            "bid_size": quote.bid_size if quote else 1,
            "ask_size": quote.ask_size if quote else 1,
            "open": round(opened, 2),
            "high": round(high, 4),
            "low": round(low, 4),
            "close": round(price, 2),
            "prev_day_close": round(before, 2),
            "volume": 0 if index else self.world.volume(symbol, at),
            "iv30": round(vol, 3),
            "iv30_change": 0.0,
            "iv30_change_percent": 0.0,
            "seqno": int(at * 1000),
            "last_trade_time": _eastern(min(max(at, day.opens), day.closes)),
            "tick": _TICKS[int(price * 100) % 3],
        }

    def _rows(self, each: Slice, at: float) -> list[dict[str, Any]]:
        day = self.world.day(at)
        traded = self._days.at(each.symbol, each.expiry, day, at)
        rows: list[dict[str, Any]] = []
        for index, strike in enumerate(each.strikes):
            for number, side in enumerate(each.sides):
                high, low, last, time = (
                    float(column[number, index])
                    for column in (traded.high, traded.low, traded.last, traded.time)
                )
                mid = float(side.mid[index])
                deep = mid > 0.3 * each.spot or mid < 0.005
                volume = float(side.volume[index])
                theo = round(mid, 4)
                rows.append(
                    {
                        "option": osi(each.symbol, each.expiry, side.right, float(strike)),
                        "bid": float(side.bid[index]),
                        "bid_size": float(1 + int(side.oi[index]) % 97),
                        "ask": float(side.ask[index]),
                        "ask_size": float(1 + int(side.oi[index]) % 83),
                        "iv": 0.0 if deep else round(float(side.iv[index]), 4),
                        "open_interest": float(side.oi[index]),
                        "volume": volume,
                        "delta": round(float(side.delta[index]), 4),
                        "gamma": round(float(side.gamma[index]), 4),
                        "vega": round(float(side.vega[index]), 4),
                        "theta": round(float(side.theta[index]), 4),
                        "rho": round(float(side.rho[index]), 4),
                        "theo": theo,
                        "change": round(mid * 0.02, 4),
                        "open": round(mid * 0.99, 2) if volume else 0.0,
                        "high": high if volume else 0.0,
                        "low": low if volume else 0.0,
                        "tick": _TICKS[(index + int(mid * 100)) % 3],
                        "last_trade_price": last if volume else round(mid, 2),
                        "last_trade_time": _eastern(time) if volume else None,
                        "percent_change": 2.0408,
                        "prev_day_close": float(np.float32(mid * 0.98)),
                    }
                )
        return rows


def _eastern(at: float) -> str:
    return f"{datetime.fromtimestamp(at, EASTERN):%Y-%m-%dT%H:%M:%S}"
