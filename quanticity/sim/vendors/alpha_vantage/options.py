"""Option chains: the realtime one, and the close of a past session. Every figure is a text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from quanticity.sim.market import Slice, World, osi
from quanticity.sim.vendors.alpha_vantage.asked import Asked
from quanticity.sim.vendors.vendor import BadParameter

_EXPIRIES = 8
_REACH = 0.06
_OLDEST = date(2018, 2, 1)


def realtime_options(world: World, asked: Asked) -> dict[str, Any]:
    """The chain now: the nearest expiries, strikes within 6 % of the price."""
    symbol = _optionable(world, asked)
    expiration, today = asked.day("expiration"), world.day(asked.now).day
    if expiration is not None and expiration < today:
        raise BadParameter("expiration", str(expiration), "has expired")
    greeks = asked.flag("require_greeks", default=False)
    rows = list(_rows(world, asked, symbol, at=asked.now, day=today, greeks=greeks))
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
    rows = list(_rows(world, asked, symbol, at=at, day=day, greeks=True))
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


def _rows(
    world: World, asked: Asked, symbol: str, *, at: float, day: date, greeks: bool
) -> Iterator[dict[str, str]]:
    expiration, contract = asked.day("expiration"), asked.text("contract", "")
    for each in world.chain(symbol, at)[:_EXPIRIES]:
        if expiration is None or each.expiry == expiration:
            for row in _of_expiry(each, day, greeks):
                if not contract or row["contractID"] == contract:
                    yield row


def _of_expiry(each: Slice, day: date, greeks: bool) -> list[dict[str, str]]:
    near = [i for i, k in enumerate(each.strikes) if abs(k / each.spot - 1) <= _REACH]
    rows = []
    for i in near:
        strike = float(each.strikes[i])
        for side in each.sides:
            row = {
                "contractID": osi(each.symbol, each.expiry, side.right, strike),
                "symbol": each.symbol,
                "expiration": each.expiry.isoformat(),
                "strike": f"{strike:.2f}",
                "type": side.right,
                "last": f"{side.mid[i]:.2f}",
                "mark": f"{(side.bid[i] + side.ask[i]) / 2:.2f}",
                "bid": f"{side.bid[i]:.2f}",
                "bid_size": str(1 + int(side.oi[i]) % 97),
                "ask": f"{side.ask[i]:.2f}",
                "ask_size": str(1 + int(side.oi[i]) % 83),
                "volume": str(int(side.volume[i])),
                "open_interest": str(int(side.oi[i])),
                "date": day.isoformat(),
            }
            if greeks:
                row |= {
                    "implied_volatility": f"{side.iv[i]:.5f}",
                    "delta": f"{side.delta[i]:.5f}",
                    "gamma": f"{side.gamma[i]:.5f}",
                    "theta": f"{side.theta[i]:.5f}",
                    "vega": f"{side.vega[i]:.5f}",
                    "rho": f"{side.rho[i]:.5f}",
                }
            rows.append(row)
    return rows
