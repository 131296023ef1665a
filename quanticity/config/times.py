"""The times of an endpoint's `at`: Eastern times of day, on trading days or on days that it names.

`"16:45"` is of trading days; `"sun 18:00"`, `"mon-fri 16:45"` and `"sat,sun 10:00"` are of those
days of the week, holidays among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from quanticity.clock import EASTERN, Calendar
from quanticity.spec import nearest

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DAY = rf"(?:{'|'.join(WEEK)})"
_ENTRY = re.compile(rf"(?:{_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)* )?{_TIME.pattern}")
_LOOSE_TIME = re.compile(r"(\d{1,2})[:.h](\d{2})")


class BadTime(ValueError):
    """An entry that says no time. `hint` is what may have been meant, or an example."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class WeekTime:
    """One entry: an Eastern time of day, and its days (Monday is 0); None for trading days."""

    time: time
    days: frozenset[int] | None = None

    @classmethod
    def parse(cls, text: str) -> WeekTime:
        """From `16:45` or `mon-fri 16:45`. BadTime where it is neither."""
        *named, clock = text.split(" ")
        if not _TIME.fullmatch(clock):
            raise _no_time(text, clock, named)
        days = _days(text, named[0], clock) if len(named) == 1 else None
        if len(named) > 1:
            hint = _example(f"{','.join(named)} {clock}".replace(",,", ","))
            raise BadTime(f"'{text}' is no time of day", hint)
        return cls(time.fromisoformat(clock), days)

    @property
    def hour(self) -> float:
        """The time of day in hours."""
        return self.time.hour + self.time.minute / 60

    def on(self, day: date) -> float:
        """Its epoch second on a day.

        What the clocks leave out comes as much later; what they show twice, the first time.
        """
        return datetime.combine(day, self.time, EASTERN).timestamp()


def moments(times: Iterable[str], calendar: Calendar, first: date, last: date) -> list[float]:
    """All epoch seconds of some entries from day `first` to day `last`, ascending."""
    entries = [WeekTime.parse(one) for one in times]
    found: set[float] = set()
    if any(one.days is None for one in entries):
        for trading in calendar.trading_days(first, last):
            found.update(one.on(trading.day) for one in entries if one.days is None)
    if any(one.days is not None for one in entries):
        for shift in range((last - first).days + 1):
            day = first + timedelta(days=shift)
            weekday = day.weekday()
            found.update(one.on(day) for one in entries if one.days and weekday in one.days)
    return sorted(found)


def longest_pause(times: Iterable[str]) -> tuple[str, str, int]:
    """The longest pause of an ordinary week: (`Friday 16:30`, `Monday 06:00`, seconds)."""
    week: set[tuple[int, str]] = set()
    for entry in map(WeekTime.parse, times):
        for day in range(5) if entry.days is None else entry.days:
            minute = 1440 * day + 60 * entry.time.hour + entry.time.minute
            week.add((minute, f"{_NAMES[day].capitalize()} {entry.time:%H:%M}"))
    ordered = sorted(week)
    following = [*ordered[1:], (ordered[0][0] + 7 * 1440, ordered[0][1])]
    pauses = [
        (later - earlier, was, comes)
        for (earlier, was), (later, comes) in zip(ordered, following, strict=True)
    ]
    minutes, was, comes = max(pauses, key=lambda one: one[0])
    return was, comes, 60 * minutes


def _days(text: str, named: str, clock: str) -> frozenset[int]:
    found: set[int] = set()
    for part in named.split(","):
        first, dash, last = part.partition("-")
        ends = [first, last] if dash else [first]
        for end in ends:
            if end not in WEEK:
                raise BadTime(f"'{end}' in '{text}' is no day of the week", _meant(named, clock))
        begin = WEEK.index(first)
        length = (WEEK.index(last) - begin) % 7 + 1 if dash else 1
        found.update((begin + step) % 7 for step in range(length))
    return frozenset(found)


def _meant(named: str, clock: str) -> str:
    """What the days may have been meant to be."""
    known = {**{name: name for name in WEEK}, **dict(zip(_NAMES, WEEK, strict=True))}
    like = {
        word: known.get(nearest(word.lower(), known) or "") for word in re.findall(r"\w+", named)
    }
    if not like or not all(like.values()):
        return "days are mon, tue, wed, thu, fri, sat, sun"
    return _example(f"{re.sub(r'[^-,]+', lambda one: like.get(one[0]) or '', named)} {clock}")


def _no_time(text: str, clock: str, named: Iterable[str]) -> BadTime:
    loose = _LOOSE_TIME.fullmatch(clock)
    if loose is None:
        return BadTime(f"'{text}' is no time of day", "for example '06:00' or 'sun 18:00'")
    return BadTime(
        f"'{text}' is no time of day",
        _example(" ".join([*named, f"{int(loose[1]):02}:{loose[2]}"]), "for example '06:00'"),
    )


def _example(meant: str, otherwise: str = "for example 'sun 18:00'") -> str:
    """`did you mean` what is right, else an example."""
    return f"did you mean '{meant}'?" if _ENTRY.fullmatch(meant) else otherwise
