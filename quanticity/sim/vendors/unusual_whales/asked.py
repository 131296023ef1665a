"""What a request asks about: which ticker, which trading day, up to which moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from quanticity.clock.calendar import TradingDay
from quanticity.sim.market import Instrument, World
from quanticity.sim.market.instruments import is_ticker
from quanticity.sim.vendors.vendor import Answer, BadParameter, Instead, Param, Request

LOOKBACK_DAYS = 730
_PERIODS = {"D": 1, "W": 7, "M": 31, "Y": 366}
_FIRST_DAY = date(2018, 6, 1)

DATE = Param("date", "date")
TIMEFRAME = Param("timeframe", default="1Y", pattern=r"[1-9]\d{0,2}[DWMY]|YTD")
PAGE = Param("page", "int", minimum=0)


def limit(most: int, default: int | None = None) -> Param:
    """The parameter `limit`, refused above `most`."""
    return Param(
        "limit", "int", default=most if default is None else default, minimum=1, maximum=most
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """`at` is the moment up to which the day is shown: now, or the end of an earlier day."""

    instrument: Instrument
    day: TradingDay
    at: float

    @property
    def symbol(self) -> str:
        """The ticker."""
        return self.instrument.symbol


def instrument(world: World, request: Request) -> Instrument:
    """The ticker in the path. 422 where it is malformed, 404 where nobody knows it."""
    symbol = str(request.values["ticker"]).upper()
    if not is_ticker(symbol):
        said = f"Invalid path input: {symbol} (Invalid input format.)"
        raise BadParameter("ticker", symbol, said)
    found = world.find(symbol)
    if found is None:
        raise Instead(Answer.json({}, 404))
    return found


def ticker_day(world: World, request: Request) -> Asked:
    """The ticker and the day of a request."""
    found = instrument(world, request)
    day, at = trading_day(world, request)
    return Asked(found, day, at)


def trading_day(world: World, request: Request) -> tuple[TradingDay, float]:
    """The day of `date` (today without it) and the moment up to which it is shown.

    A date to come is refused with 422, one before the plan's lookback with 403; a date without
    trading has no rows.
    """
    today = world.day(request.now)
    wanted: date | None = request.values.get("date")
    if wanted is None or wanted == today.day:
        return today, min(request.now, today.after_hours_end)
    if wanted > today.day:
        said = f"Invalid date: {wanted} (Date must not be in the future.)"
        raise BadParameter("date", str(wanted), said)
    earliest = world.trading_days(today.day, LOOKBACK_DAYS)[0]
    if wanted < earliest:
        raise Instead(Answer.json(_too_old(wanted, earliest), 403))
    day = world.day_of(wanted)
    if day.day != wanted:
        raise Instead(Answer.json({"data": []}))
    return day, day.after_hours_end


def expiry(world: World, asked: Asked, text: str) -> date:
    """A listed expiry; 422 where `text` is no date, no rows where it is not listed."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadParameter("expiry", text, f"Invalid expiry: {text} (Invalid date.)") from None
    if day not in world.expiries(asked.symbol, asked.day.day):
        raise Instead(Answer.json({"data": []}))
    return day


def page(request: Request, rows: Sequence[Any]) -> Sequence[Any]:
    """The page that `limit` and `page` (from 0) ask for."""
    size = request.values["limit"]
    start = (request.values.get("page") or 0) * size
    return rows[start : start + size]


def since(timeframe: str, last: date) -> date:
    """The first day of a timeframe (`5D`, `2W`, `6M`, `1Y`, `YTD`) that ends on `last`."""
    if timeframe == "YTD":
        return date(last.year, 1, 1)
    length = timedelta(days=int(timeframe[:-1]) * _PERIODS[timeframe[-1]])
    return max(_FIRST_DAY, last - length)


def epoch(text: str) -> float | None:
    """Epoch seconds of an ISO time or of a number; None for anything else."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _too_old(wanted: date, earliest: date) -> dict[str, str]:
    return {
        "code": "historic_data_access_missing",
        "message": f"The earliest date currently available to you is {earliest} ({LOOKBACK_DAYS} "
        f"trading days) so {wanted} in query param date will not return historical data.\n"
        "If you wish to access full historic data please email dev@unusualwhales.com with your "
        "use case.",
    }
