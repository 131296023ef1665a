"""Bars of the past: which a request asks for, and what they were."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from quanticity.clock import EASTERN
from quanticity.sim.gateway import bars
from quanticity.sim.gateway.bars import Bar, bars_of
from quanticity.sim.gateway.ports import Market
from quanticity.sim.gateway.securities import Security

# What the bar sizes of the protocol last, seconds; 0 for those of whole days.
SIZES = {
    **{f"{count} secs": count for count in (1, 5, 10, 15, 30)},
    "1 min": 60,
    **{f"{count} mins": 60 * count for count in (2, 3, 5, 10, 15, 20, 30)},
    "1 hour": 3600,
    **{f"{count} hours": 3600 * count for count in (2, 3, 4, 8)},
    "1 day": 0,
    "1 week": 0,
    "1 month": 0,
    "1W": 0,
    "1M": 0,
}
SMALL_BAR = 30
_DURATION = re.compile(r"(\d{1,5}) ([SDWMY])")
_DAYS = {"W": 7, "M": 31, "Y": 366}
_MOST_BARS = 12_000
_MOST_SAMPLES = 3_000
_BACK = 30
FIRST_DAY = date(2018, 1, 2)


class NoHistory(ValueError):
    """What cannot be given, and why."""


@dataclass(frozen=True, slots=True)
class Query:
    """One request: bars of `size` seconds (0: whole days, by `unit`) up to `end`."""

    what: str
    size: int
    unit: str
    duration: str
    end: float
    regular: bool

    @classmethod
    def read(cls, what: str, bar: str, duration: str, end: float, *, regular: bool) -> Query:
        """From the protocol's words. NoHistory for any that are none."""
        if bar not in SIZES:
            raise NoHistory(f"Historical data bar size setting is invalid: {bar[:40]}")
        if _DURATION.fullmatch(duration) is None:
            raise NoHistory(f"Historical data query duration is invalid: {duration[:40]}")
        return cls(what, SIZES[bar], bar, duration, end, regular)

    def check(self, *, keeps: bool, open_end: bool) -> None:
        """NoHistory where it cannot be kept up to date although it should."""
        if keeps and not (open_end and self.size):
            raise NoHistory("Bars are kept up to date without an end time, and within a day")


def past(market: Market, security: Security, query: Query) -> Sequence[Bar]:
    """The bars of a query, oldest first; the last may be one that is not over."""
    offered = (
        *bars.SHOWN.get(security.contract.sec_type, (bars.TRADES, *_QUOTES)),
        "ADJUSTED_LAST",
    )
    if query.what not in offered:
        raise NoHistory(f"No historical market data for {security.contract.symbol}@{query.what}")
    if not query.size:
        return _grouped(list(_daily(market, security, query)), query.unit)
    if security.legs:
        raise NoHistory("No historical market data for combinations")
    found: list[Bar] = []
    for start, end in _sessions(market, security, query):
        if (end - start) / query.size + len(found) > _MOST_BARS:
            raise NoHistory("Time length exceed max.")
        found += _within(market, security, query, start, end)
    return found


_QUOTES = (bars.MIDPOINT, bars.BID, bars.ASK)


def _within(
    market: Market, security: Security, query: Query, start: float, end: float
) -> Sequence[Bar]:
    """The bars of one session, the last cut off at the query's end."""
    step = query.size
    first = start // step * step
    if security.is_option:
        return _sampled(market, security, query.what, first, end, step)
    source = market.source(security.market, query.end)
    what = bars.TRADES if query.what == "ADJUSTED_LAST" else query.what
    whole = first + (end - first) // step * step
    found = list(bars_of(market, source, what, first, whole, step))
    seconds = int(end - whole)
    if seconds:
        found += bars_of(market, source, what, whole, whole + seconds, seconds)
    return found


def _sampled(
    market: Market, security: Security, what: str, start: float, end: float, step: int
) -> Sequence[Bar]:
    """Bars of an option, from its quotes where they begin and end."""
    count = int((end - start) // step)
    if count > _MOST_SAMPLES:
        raise NoHistory("Time length exceed max.")
    contract = security.contract
    found: list[Bar] = []
    before: tuple[float, int] | None = None
    for number in range(count + 1):
        at = start + number * step
        quote = market.option(
            security.market, security.expires, contract.strike, contract.right, at
        )
        if quote is None or not quote.ask:
            before = None
            continue
        middle = (quote.bid + quote.ask) / 2
        value = {bars.BID: quote.bid, bars.ASK: quote.ask}.get(what, middle)
        if before is not None:
            opened, volume = before
            traded = max(0, int(quote.volume) - volume)
            wap = (opened + value) / 2
            found.append(
                Bar(
                    at - step, opened, max(opened, value), min(opened, value), value, traded, wap, 0
                )
            )
        before = (value, int(quote.volume))
    return found


def _sessions(market: Market, security: Security, query: Query) -> Sequence[tuple[float, float]]:
    """The sessions (or parts of them) that a query covers, oldest first."""
    found = _DURATION.fullmatch(query.duration)
    count, unit = (int(found[1]), found[2]) if found else (0, "S")
    source = market.source(security.market, query.end)
    which = 1 if query.regular else 0
    today = datetime.fromtimestamp(query.end, EASTERN).date() + timedelta(days=1)
    spans: list[tuple[float, float]] = []
    left = float(count)
    first = query.end - count * _DAYS.get(unit, 0) * 86_400.0
    for back in range(count * _DAYS.get(unit, 1) + _BACK):
        day = today - timedelta(days=back)
        span = market.hours(source, day)[which]
        if span is None or span[0] >= query.end or day < FIRST_DAY:
            continue
        start, end = span[0], min(span[1], query.end)
        if unit == "S":
            start = max(start, end - left)
            left -= end - start
        elif unit == "D":
            left -= 1
        elif start < first:
            break
        spans.append((start, end))
        if left <= 0:
            break
    return spans[::-1]


def _daily(market: Market, security: Security, query: Query) -> Iterator[Bar]:
    found = _DURATION.fullmatch(query.duration)
    if found is None or found[2] == "S":
        raise NoHistory("Historical data query duration is too short for bars of days")
    if security.is_option or security.legs:
        raise NoHistory("No historical market data of days for options")
    source = market.source(security.market, query.end)
    today = datetime.fromtimestamp(query.end, EASTERN).date()
    count, unit = int(found[1]), found[2]
    span = count * 2 + _BACK if unit == "D" else count * _DAYS[unit]
    chosen: list[tuple[date, float]] = []
    for back in range(span):
        day = today - timedelta(days=back)
        hours = market.hours(source, day)[1]
        if hours is None or hours[0] >= query.end or day < FIRST_DAY:
            continue
        chosen.append((day, hours[0]))
        if unit == "D" and len(chosen) == count:
            break
    for day, _ in reversed(chosen):
        bar = market.daily(source, day, query.end)
        if bar is not None:
            at = datetime.combine(day, datetime.min.time(), EASTERN).timestamp()
            opened, high, low, close, volume = bar
            yield Bar(at, opened, high, low, close, volume, (high + low + close) / 3, 0)


def _grouped(days: Sequence[Bar], unit: str) -> Sequence[Bar]:
    """Days made into weeks or months, each named by its last day."""
    if unit == "1 day":
        return days
    groups: dict[tuple[int, int], list[Bar]] = {}
    for bar in days:
        day = datetime.fromtimestamp(bar.time, EASTERN).date()
        weekly = unit in ("1 week", "1W")
        key = day.isocalendar()[:2] if weekly else (day.year, day.month)
        groups.setdefault(key, []).append(bar)
    return [
        Bar(
            part[-1].time,
            part[0].open,
            max(bar.high for bar in part),
            min(bar.low for bar in part),
            part[-1].close,
            sum(bar.volume for bar in part),
            sum(bar.wap for bar in part) / len(part),
            sum(bar.count for bar in part),
        )
        for part in groups.values()
    ]
