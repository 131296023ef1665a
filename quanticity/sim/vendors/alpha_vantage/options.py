"""Option chains: the realtime one, and the close of a past session. Every figure is a text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from quanticity.sim.market import Slice, World, osis
from quanticity.sim.vendors.alpha_vantage.asked import Asked
from quanticity.sim.vendors.contract_day import ContractDays
from quanticity.sim.vendors.vendor import BadParameter

_EXPIRIES = 8
_REACH = 0.06
_GREEKS = ("implied_volatility", "delta", "gamma", "theta", "vega", "rho")
_OLDEST = date(2018, 2, 1)


def realtime_options(world: World, asked: Asked, days: ContractDays) -> dict[str, Any]:
    """The chain now: the nearest expiries, strikes within 6 % of the price."""
    symbol = _optionable(world, asked)
    expiration, today = asked.day("expiration"), world.day(asked.now).day
    if expiration is not None and expiration < today:
        raise BadParameter("expiration", str(expiration), "has expired")
    greeks = asked.flag("require_greeks", default=False)
    shown = _Shown(world, days, today, asked.now, greeks)
    rows = list(_rows(shown, asked, symbol))
    return {"endpoint": "Realtime Options", "message": "success", "data": rows}


def historical_options(world: World, asked: Asked) -> dict[str, Any]:
    """The chain at the close of `date`, by default of the last session; always with Greeks."""
    symbol = _optionable(world, asked)
    last = _last_closed(world, asked.now)
    day = asked.day("date") or last
    if not _OLDEST <= day <= last or not world.calendar.trading_days(day, day):
        said = (
            f"No data for symbol {symbol} on date {day}. Please specify a valid combination of "
            "symbol and trading day."
        )
        return {"endpoint": "Historical Options", "message": said, "data": []}
    # A minute before the close: at the close the nearest expiry is worth nothing any more.
    at = world.day_of(day).closes - 60
    rows = list(_rows(_Shown(world, None, day, at, greeks=True), asked, symbol))
    return {"endpoint": "Historical Options", "message": "success", "data": rows}


def premium_gate() -> dict[str, Any]:
    """What a plan without realtime options is sent: status 200 and a row that is no data."""
    return {
        "endpoint": "Realtime Options",
        "message": (
            "This is a premium endpoint. ***THE SAMPLE DATA SCHEMA BELOW IS ARTIFICIAL AND FOR "
            "ILLUSTRATION PURPOSES ONLY***. To access the actual data, please subscribe to either "
            "the 600 requests per minute or the 1200 requests per minute premium plan at "
            "https://www.alphavantage.co/premium/"
        ),
        "data": [
            {
                "contractID": "XXYYZZ999999C00020000", "symbol": "XXYYZZ",
                "expiration": "2099-99-99", "strike": "20.00", "type": "call", "last": "100.00",
                "bid": "100.05", "ask": "100.15", "volume": "100", "open_interest": "100",
            }
        ],
    }  # fmt: skip


def _optionable(world: World, asked: Asked) -> str:
    symbol = asked.text("symbol").upper()
    if world.find(symbol) is None:
        raise BadParameter("symbol", symbol, "unknown")
    return symbol


def _last_closed(world: World, now: float) -> date:
    today = world.day(now)
    return today.day if now >= today.closes else world.before(today.day)


@dataclass(frozen=True, slots=True)
class _Shown:
    """Which moment of which day is shown, and whether with Greeks.

    Without `days` the last price is the mid: a whole past day is much to add up for it.
    """

    world: World
    days: ContractDays | None
    day: date
    at: float
    greeks: bool


def _rows(shown: _Shown, asked: Asked, symbol: str) -> Iterator[dict[str, str]]:
    expiration, contract = asked.day("expiration"), asked.text("contract", "")
    for each in shown.world.chain(symbol, shown.at)[:_EXPIRIES]:
        if expiration is None or each.expiry == expiration:
            for row in _of_expiry(shown, each):
                if not contract or row["contractID"] == contract:
                    yield row


def _of_expiry(shown: _Shown, each: Slice) -> list[dict[str, str]]:
    last = np.stack([side.mid for side in each.sides])
    if shown.days is not None:
        day = shown.world.day_of(shown.day)
        last = shown.days.at(each.symbol, each.expiry, day, shown.at).last
    near = np.flatnonzero(np.abs(each.strikes / each.spot - 1) <= _REACH)
    if not len(near):
        return []
    sides = []
    for number, side in enumerate(each.sides):
        figures = (last[number], side.bid, side.ask, side.oi, side.volume)
        greeks = (side.iv, side.delta, side.gamma, side.theta, side.vega, side.rho)
        wanted = (*figures, *greeks) if shown.greeks else figures
        names = osis(each.symbol, each.expiry, side.right, each.strikes[near])
        columns = (column[near].tolist() for column in wanted)
        sides.append([(side.right, *row) for row in zip(names, *columns, strict=True)])
    expiration, today = each.expiry.isoformat(), shown.day.isoformat()
    rows = []
    for strike, *pair in zip(each.strikes[near].tolist(), *sides, strict=True):
        for right, name, traded, bid, ask, oi, volume, *more in pair:
            row = {
                "contractID": name,
                "symbol": each.symbol,
                "expiration": expiration,
                "strike": f"{strike:.2f}",
                "type": right,
                "last": f"{0 if math.isnan(traded) else traded:.2f}",
                "mark": f"{(bid + ask) / 2:.2f}",
                "bid": f"{bid:.2f}",
                "bid_size": str(1 + int(oi) % 97),
                "ask": f"{ask:.2f}",
                "ask_size": str(1 + int(oi) % 83),
                "volume": str(int(volume)),
                "open_interest": str(int(oi)),
                "date": today,
            }
            for greek, figure in zip(_GREEKS, more, strict=False):
                row[greek] = f"{figure:.5f}"
            rows.append(row)
    return rows
