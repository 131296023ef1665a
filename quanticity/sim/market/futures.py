"""Futures: what is listed, when each month expires, and which month is the front one."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from quanticity.clock import Calendar
from quanticity.sim.market.expiries import third_friday
from quanticity.sim.market.listing import Listed, Loads
from quanticity.sim.market.options import RATE

CODES = "FGHJKMNQUVXZ"
"""The letters of January to December."""

_QUARTERS, _EVERY = "HMUZ", CODES
_BACK = 0.04  # a month that is not the front one has this share of its volume
Rule = tuple[str, str, int]
_AHEAD = 16  # months looked ahead, enough for a year of any cycle


def _future(
    symbol: str, name: str, exchange: str, price: float, tick: float, multiplier: float,
    volume: int, prints: int, depth: int, loads: Loads, *, own: float = 0.0, carry: float = 0.0,
    rule: Rule = (_QUARTERS, "third friday", 8), vendor: str = "", spread: int = 1,
) -> Listed:  # fmt: skip
    return Listed(
        symbol=symbol, name=name, kind="future", hours="futures", exchange=exchange, price=price,
        tick=tick, multiplier=multiplier, volume=volume, prints=prints, depth=depth, loads=loads,
        own=own, noise=0.0012, carry=carry, months=rule[0], expires=rule[1], rolls=rule[2],
        vendor_symbol=vendor, spread=spread, continuous=symbol,
    )  # fmt: skip


# The letters of the months listed, the rule of the last day, and how many days before it most
# of the trading has moved on.
_BONDS = (_QUARTERS, "seven before month end", 22)
_NOTES = (_QUARTERS, "month end", 32)
_MONEY = (_QUARTERS, "third wednesday", 5)
_CRUDE, _GAS, _PRODUCT = ((_EVERY, rule, 3) for rule in ("crude", "gas", "month before"))


FUTURES = (
    _future("ES", "E-mini S&P 500", "CME", 6000, 0.25, 50, 1_400_000, 260, 60,
            (("market", 1.0),), carry=RATE),
    _future("NQ", "E-mini Nasdaq-100", "CME", 21500, 0.25, 20, 550_000, 200, 6,
            (("market", 1.25), ("tech", 1.0)), carry=RATE, spread=2),
    _future("YM", "E-mini Dow", "CBOT", 43000, 1, 5, 150_000, 90, 6,
            (("market", 0.9), ("dow", 1.0)), carry=RATE, spread=2),
    _future("RTY", "E-mini Russell 2000", "CME", 2250, 0.1, 50, 180_000, 90, 8,
            (("market", 1.1), ("small", 1.0)), carry=RATE, spread=2),
    _future("VX", "Cboe Volatility Index", "CFE", 17.6, 0.05, 1000, 120_000, 40, 250,
            (("market", -2.9), ("vol", 0.7)), carry=0.35,
            rule=(_EVERY, "volatility", 2), vendor="VIX"),
    _future("CL", "Light Sweet Crude Oil", "NYMEX", 72, 0.01, 1000, 320_000, 120, 18,
            (("oil", 1.0), ("market", 0.25)), carry=-0.03, rule=_CRUDE),
    _future("NG", "Henry Hub Natural Gas", "NYMEX", 3.2, 0.001, 10_000, 150_000, 70, 12,
            (("gas", 1.0), ("oil", 0.1)), carry=0.05, rule=_GAS),
    _future("RB", "NY Harbor RBOB Gasoline", "NYMEX", 2.05, 0.0001, 42_000, 55_000, 35, 3,
            (("oil", 0.9), ("market", 0.2)), own=0.12, rule=_PRODUCT, spread=4),
    _future("HO", "NY Harbor ULSD", "NYMEX", 2.3, 0.0001, 42_000, 60_000, 35, 3,
            (("oil", 0.92), ("market", 0.2)), own=0.1, rule=_PRODUCT, spread=4),
    _future("GC", "Gold", "COMEX", 2650, 0.1, 100, 190_000, 100, 8,
            (("gold", 1.0), ("dollar", -0.6), ("rates", 0.3)), carry=0.045,
            rule=("GJMQVZ", "third last", 28)),
    _future("SI", "Silver", "COMEX", 31, 0.005, 5000, 60_000, 60, 12,
            (("gold", 1.4), ("dollar", -0.6), ("market", 0.3)), own=0.14, carry=0.045,
            rule=("HKNUZ", "third last", 28)),
    _future("HG", "Copper", "COMEX", 4.2, 0.0005, 25_000, 55_000, 50, 14,
            (("market", 0.5), ("dollar", -0.5)), own=0.14, carry=0.02,
            rule=("HKNUZ", "third last", 28)),
    _future("PL", "Platinum", "NYMEX", 960, 0.1, 50, 16_000, 12, 4,
            (("gold", 0.75), ("dollar", -0.4)), own=0.15, carry=0.02,
            rule=("FJNV", "third last", 28), spread=4),
    _future("ZB", "30-Year Treasury Bond", "CBOT", 117, 1 / 32, 1000, 350_000, 45, 700,
            (("rates", 1.75), ("market", -0.08)), rule=_BONDS),
    _future("ZN", "10-Year Treasury Note", "CBOT", 110, 1 / 64, 1000, 1_600_000, 90, 1400,
            (("rates", 1.0), ("market", -0.05)), rule=_BONDS),
    _future("ZF", "5-Year Treasury Note", "CBOT", 107, 1 / 128, 1000, 1_100_000, 60, 1300,
            (("rates", 0.66), ("market", -0.04)), rule=_NOTES),
    _future("ZT", "2-Year Treasury Note", "CBOT", 103, 1 / 256, 2000, 600_000, 35, 1500,
            (("rates", 0.27), ("market", -0.02)), rule=_NOTES),
    _future("6E", "Euro FX", "CME", 1.05, 0.00005, 125_000, 200_000, 60, 40,
            (("dollar", -1.0), ("eur", 1.0)), carry=0.015, vendor="EUR", rule=_MONEY),
    _future("6B", "British Pound", "CME", 1.26, 0.0001, 62_500, 90_000, 35, 60,
            (("dollar", -0.9), ("gbp", 1.0)), carry=0.0, vendor="GBP", rule=_MONEY),
    _future("6J", "Japanese Yen", "CME", 1 / 155, 0.0000005, 12_500_000, 140_000, 40, 60,
            (("dollar", -0.9), ("rates", 0.5), ("jpy", 1.0)), carry=0.04, vendor="JPY",
            rule=_MONEY),
    _future("6A", "Australian Dollar", "CME", 0.65, 0.00005, 100_000, 100_000, 35, 50,
            (("dollar", -0.9), ("market", 0.25), ("aud", 1.0)), carry=0.002, vendor="AUD",
            rule=_MONEY),
    _future("DX", "US Dollar Index", "NYBOT", 106, 0.005, 1000, 20_000, 15, 12,
            (("dollar", 0.88), ("eur", -0.576), ("gbp", -0.119), ("jpy", -0.136)), carry=-0.012,
            rule=_MONEY, spread=2),
)  # fmt: skip
_BY_SYMBOL = {each.symbol: each for each in FUTURES}


def expiry(future: Listed, year: int, month: int, calendar: Calendar) -> date:
    """The last trading day of a contract month, by its exchange's rule."""
    # A calendar is hashed by what it is, not by what it holds.
    return _expiry(future.expires, year, month, calendar)  # type: ignore[arg-type]


@lru_cache(maxsize=2048)
def _expiry(rule: str, year: int, month: int, calendar: Calendar) -> date:
    first = date(year, month, 1)
    if rule == "third friday":
        return _trading(calendar, third_friday(year, month))
    if rule == "volatility":  # 30 days before the options of the next month expire
        later = (first + timedelta(days=31)).replace(day=1)
        return _trading(calendar, third_friday(later.year, later.month) - timedelta(days=30))
    if rule == "third wednesday":
        third = first + timedelta(days=(2 - first.weekday()) % 7 + 14)
        return _back(calendar, third, 2)
    if rule == "crude":
        before = (first - timedelta(days=1)).replace(day=25)
        return _back(calendar, _trading(calendar, before), 3)
    if rule == "gas":
        return _back(calendar, first, 3)
    if rule == "month before":
        return _back(calendar, first, 1)
    following = (first + timedelta(days=31)).replace(day=1)
    steps = {"month end": 1, "third last": 3, "seven before month end": 8}
    return _back(calendar, following, steps[rule])


def _back(calendar: Calendar, day: date, count: int) -> date:
    """The trading day `count` trading days before `day`, which itself is not counted."""
    return calendar.trading_days(day - timedelta(days=40), day - timedelta(days=1))[-count].day


def _trading(calendar: Calendar, day: date) -> date:
    return _back(calendar, day + timedelta(days=1), 1)


def future_months(symbol: str, day: date, calendar: Calendar) -> list[tuple[str, date, str]]:
    """Months listed on a day, nearest first: `("202603", date(2026, 3, 20), "ESH6")`.

    Empty for what is no future.
    """
    future = _BY_SYMBOL.get(symbol)
    return [] if future is None else list(_months(future, day, calendar))  # type: ignore[arg-type]


@lru_cache(maxsize=1024)
def _months(future: Listed, day: date, calendar: Calendar) -> tuple[tuple[str, date, str], ...]:
    found = []
    for ahead in range(-1, _AHEAD):
        index = day.month - 1 + ahead
        year, month = day.year + index // 12, index % 12 + 1
        code = CODES[month - 1]
        if code in future.months:
            expires = expiry(future, year, month, calendar)
            if expires >= day:
                found.append((f"{year}{month:02d}", expires, f"{future.symbol}{code}{year % 10}"))
    return tuple(found)


def front(symbol: str, day: date, calendar: Calendar) -> tuple[str, date, str] | None:
    """The month that is traded most: the nearest that is not within `rolls` days of its end."""
    future = _BY_SYMBOL.get(symbol)
    if future is None:
        return None
    months = _months(future, day, calendar)  # type: ignore[arg-type]
    last = [expires - timedelta(days=future.rolls) for _, expires, _ in months]
    return months[min(bisect_left(last, day), len(months) - 1)]


def one_month(local: str) -> Listed | None:
    """The listing of one contract month by its local symbol (`ESH6`); None where it is none.

    Its prices are of the same underlying as the continuous one's, its volume is a small part.
    """
    future = _BY_SYMBOL.get(local[:-2])
    if future is None or local[-2] not in future.months or not local[-1].isdigit():
        return None
    return replace(
        future,
        symbol=local,
        volume=max(1, round(future.volume * _BACK)),
        prints=max(1, round(future.prints * _BACK)),
        depth=max(1, future.depth // 4),
        spread=future.spread * 2,
        month=local[-2:],
    )


def expiry_of(local: str, day: date, calendar: Calendar) -> date:
    """When a contract month ends that is written with one digit of its year, seen from `day`."""
    future = _BY_SYMBOL[local[:-2]]
    month = CODES.index(local[-2]) + 1
    year = day.year + (int(local[-1]) - day.year + 2) % 10 - 2
    return expiry(future, year, month, calendar)
