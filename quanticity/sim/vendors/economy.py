"""The simulated economy: when figures are released, what they say, and what the Treasury sells.

Dates follow the rules that the agencies follow (first Friday, third Wednesday, ...), so that
the BLS, the Fed, FRED, Nasdaq and the Treasury agree with each other on every day.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from quanticity.sim.vendors.draw import Draw

MON, TUE, WED, THU, FRI = range(5)


@dataclass(frozen=True, slots=True)
class Release:
    """One scheduled release. `time` is Eastern, HH:MM; `fred_id` is FRED's release number."""

    day: date
    time: str
    name: str
    agency: str
    fred_id: int
    unit: str = ""
    level: float = 0.0
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Meeting:
    """One FOMC meeting; the decision comes on `last`, at 14:00 Eastern."""

    first: date
    last: date


@cache
def federal_holidays(year: int) -> frozenset[date]:
    """Days without statistics, auctions and fixings (observed dates)."""
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4)]
    fixed += [date(year, 11, 11), date(year, 12, 25)]
    observed = {_observed(day) for day in fixed}
    observed |= {
        nth(year, 1, MON, 3),
        nth(year, 2, MON, 3),
        last(year, 5, MON),
        nth(year, 9, MON, 1),
        nth(year, 10, MON, 2),
        nth(year, 11, THU, 4),
    }
    return frozenset(observed)


def is_business_day(day: date) -> bool:
    """Neither a weekend nor a federal holiday."""
    return day.weekday() < 5 and day not in federal_holidays(day.year)


def business_day(day: date, step: int = 1) -> date:
    """`day`, or the next business day after it (before it, with step -1)."""
    while not is_business_day(day):
        day += timedelta(days=step)
    return day


def nth(year: int, month: int, weekday: int, count: int) -> date:
    """The `count`-th given weekday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def last(year: int, month: int, weekday: int) -> date:
    """The last given weekday of a month."""
    end = month_end(year, month)
    return end - timedelta(days=(end.weekday() - weekday) % 7)


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def releases(first: date, until: date) -> list[Release]:
    """Releases from `first` to `until`, both included, in order."""
    # A holiday moves a release of the first days of a month into the month before.
    around = _months(first - timedelta(days=7), until + timedelta(days=7))
    found = [r for year, month in around for r in _month(year, month)]
    return sorted(
        (r for r in found if first <= r.day <= until), key=lambda r: (r.day, r.time, r.name)
    )


@cache
def _month(year: int, month: int) -> tuple[Release, ...]:
    prices = business_day(date(year, month, 12))
    jobs = business_day(next(d for d in (nth(year, month, FRI, n) for n in (1, 2)) if d.day >= 3))
    once = [
        Release(jobs, "08:30", "Employment Situation", "BLS", 50, "K", 150, 60),
        Release(prices, "08:30", "Consumer Price Index", "BLS", 10, "%", 0.3, 0.1),
        Release(
            business_day(prices + timedelta(days=1)),
            "08:30", "Producer Price Index", "BLS", 46, "%", 0.2, 0.2,
        ),
        Release(
            business_day(nth(year, month, TUE, 1)),
            "10:00", "Job Openings and Labor Turnover Survey", "BLS", 192, "M", 7.4, 0.2,
        ),
        Release(
            business_day(date(year, month, 15)),
            "08:30", "Advance Monthly Sales for Retail and Food Services", "Census", 9,
            "%", 0.3, 0.4,
        ),
        Release(
            business_day(date(year, month, 16)),
            "09:15", "G.17 Industrial Production and Capacity Utilization", "Fed", 13,
            "%", 0.1, 0.4,
        ),
        Release(
            business_day(date(year, month, 18)),
            "08:30", "New Residential Construction", "Census", 27, "M", 1.36, 0.06,
        ),
        Release(
            business_day(last(year, month, THU), -1),
            "08:30", "Gross Domestic Product", "BEA", 53, "%", 2.4, 0.7,
        ),
        Release(
            business_day(last(year, month, FRI), -1),
            "08:30", "Personal Income and Outlays", "BEA", 54, "%", 0.3, 0.2,
        ),
    ]  # fmt: skip
    claims = [
        Release(
            business_day(nth(year, month, THU, n), -1),
            "08:30", "Unemployment Insurance Weekly Claims Report", "DOL", 180, "K", 225, 12,
        )
        for n in range(1, 6)
        if nth(year, month, THU, n).month == month
    ]  # fmt: skip
    return tuple(once + claims)


def meetings(year: int) -> list[Meeting]:
    """The eight FOMC meetings of a year."""
    ends = [
        last(year, month, WED)
        if month in (1, 4, 7, 10)
        else nth(year, month, WED, 2 if month == 12 else 3)
        for month in (1, 3, 4, 6, 7, 9, 10, 12)
    ]
    return [Meeting(end - timedelta(days=1), end) for end in ends]


@dataclass(frozen=True, slots=True)
class Series:
    """A statistical series. `step` is D, W, M or Q; `drift` is a share of `level` per year."""

    id: str
    title: str
    units: str
    step: str
    level: float
    drift: float
    wave: float
    decimals: int
    lag_days: int


_SERIES = """
DGS2|Market Yield on U.S. Treasury Securities at 2-Year|Percent|D|3.9|0|0.5|2|1
DGS10|Market Yield on U.S. Treasury Securities at 10-Year|Percent|D|4.2|0|0.4|2|1
DGS30|Market Yield on U.S. Treasury Securities at 30-Year|Percent|D|4.7|0|0.3|2|1
T10Y2Y|10-Year Treasury Constant Maturity Minus 2-Year|Percent|D|0.4|0|0.3|2|1
T10Y3M|10-Year Treasury Constant Maturity Minus 3-Month|Percent|D|0.2|0|0.4|2|1
T10YIE|10-Year Breakeven Inflation Rate|Percent|D|2.3|0|0.15|2|1
DFF|Federal Funds Effective Rate|Percent|D|3.88|0|0.1|2|1
SOFR|Secured Overnight Financing Rate|Percent|D|3.92|0|0.1|2|1
IORB|Interest Rate on Reserve Balances|Percent|D|3.9|0|0|2|0
VIXCLS|CBOE Volatility Index: VIX|Index|D|17.5|0|4|2|1
SP500|S&P 500|Index|D|6000|0.07|150|2|1
BAMLH0A0HYM2|ICE BofA US High Yield Index Option-Adjusted Spread|Percent|D|3.1|0|0.4|2|1
ICSA|Initial Claims|Number|W|225000|0|12000|0|5
CPIAUCSL|Consumer Price Index for All Urban Consumers|Index 1982-1984=100|M|320|0.028|0.4|3|42
PPIACO|Producer Price Index by Commodity: All Commodities|Index 1982=100|M|262|0.02|3|3|43
UNRATE|Unemployment Rate|Percent|M|4.3|0|0.3|1|36
PAYEMS|All Employees, Total Nonfarm|Thousands of Persons|M|159000|0.01|100|0|36
FEDFUNDS|Federal Funds Effective Rate (monthly)|Percent|M|3.88|0|0.15|2|32
RSAFS|Advance Retail Sales: Retail and Food Services|Millions of Dollars|M|730000|0.035|4000|0|45
GDP|Gross Domestic Product|Billions of Dollars|Q|30500|0.045|60|3|120
GDPC1|Real Gross Domestic Product|Billions of Chained 2017 Dollars|Q|23800|0.022|40|3|120
"""


def _series(row: str) -> Series:
    name, title, units, step, level, drift, wave, decimals, lag = row.split("|")
    return Series(
        name, title, units, step, float(level), float(drift), float(wave), int(decimals), int(lag)
    )


SERIES: dict[str, Series] = {s.id: s for s in map(_series, _SERIES.split("\n")[1:-1])}
_EPOCH = date(2026, 1, 1)


def observation_days(series: Series, first: date, until: date) -> Iterator[date]:
    """The dates that a series has a line for, whether or not there is a value."""
    day = first
    if series.step in ("M", "Q"):
        months = (1, 4, 7, 10) if series.step == "Q" else tuple(range(1, 13))
        for year, month in _months(first, until):
            if month in months and first <= date(year, month, 1) <= until:
                yield date(year, month, 1)
        return
    while day <= until:
        if (series.step == "D" and day.weekday() < 5) or (
            series.step == "W" and day.weekday() == 5
        ):
            yield day
        day += timedelta(days=1)


def observation(draw: Draw, series: Series, day: date) -> float | None:
    """The value of a series on a day; None where nothing was fixed (a holiday)."""
    if series.step == "D" and not is_business_day(day):
        return None
    years = (day - _EPOCH).days / 365.25
    phase = 2 * math.pi * draw.unit("phase", series.id)
    slow = math.sin(2 * math.pi * years / 1.7 + phase)
    noise = draw.normal("observation", series.id, day.isoformat())
    value: float = series.level * (1 + series.drift) ** years + series.wave * (
        0.8 * slow + 0.1 * noise
    )
    return round(value, series.decimals)


def published(series: Series, today: date) -> date:
    """The last date whose value is known on `today`."""
    return today - timedelta(days=series.lag_days)


def _observed(day: date) -> date:
    if day.weekday() == 5:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == 6 else day


def _months(first: date, until: date) -> Iterator[tuple[int, int]]:
    year, month = first.year, first.month
    while (year, month) <= (until.year, until.month):
        yield year, month
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
