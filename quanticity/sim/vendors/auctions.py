"""What the simulated Treasury sells, and when: the usual pattern of bill and coupon auctions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.economy import (
    MON,
    THU,
    TUE,
    WED,
    business_day,
    is_business_day,
    month_end,
    nth,
)


@dataclass(frozen=True, slots=True)
class Auction:
    """One auction. `size` is in dollars; `term` is the original term of a reopened security."""

    day: date
    kind: str
    term: str
    original_term: str
    reopening: bool
    announced: date
    issued: date
    matures: date
    size: int

    def cusip(self, draw: Draw) -> str:
        """A made-up CUSIP in the Treasury's own ranges."""
        root = "912797" if self.kind == "Bill" else "91282C" if self.kind == "Note" else "912810"
        mark = (self.matures.isoformat(), self.original_term)
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
        return (
            root
            + "".join(draw.pick(letters, "cusip", *mark, i) for i in range(2))
            + str(draw.integer(0, 9, "check digit", *mark))
        )

    def rate(self, draw: Draw) -> float:
        """The stop-out rate, percent."""
        years = (self.matures - self.issued).days / 365.25
        slope: float = 0.45 * min(years, 20) ** 0.35
        return round(3.35 + slope + 0.15 * draw.normal("stop", self.day.isoformat(), self.term), 3)


_BILLS = (
    # weekday, term, weeks, size in billions
    (MON, "13-Week", 13, 86),
    (MON, "26-Week", 26, 77),
    (TUE, "6-Week", 6, 90),
    (WED, "17-Week", 17, 69),
    (THU, "4-Week", 4, 100),
    (THU, "8-Week", 8, 90),
)
_COUPONS = (
    # kind, years, weekday, week of the month, size in billions
    ("Note", 3, TUE, 2, 58),
    ("Note", 10, WED, 2, 39),
    ("Bond", 30, THU, 2, 22),
    ("Bond", 20, WED, 3, 13),
    ("Note", 2, MON, 4, 69),
    ("Note", 5, TUE, 4, 70),
    ("Note", 7, WED, 4, 44),
)
_REFUNDING = (2, 5, 8, 11)


def auctions(first: date, until: date) -> list[Auction]:
    """Every auction from `first` to `until`, both included, in order of their days."""
    found = [*_bills(first, until), *_coupons(first, until)]
    return sorted((a for a in found if first <= a.day <= until), key=lambda a: (a.day, a.term))


def _bills(first: date, until: date) -> Iterator[Auction]:
    day = first
    while day <= until:
        for weekday, term, weeks, size in _BILLS:
            if day.weekday() == weekday and is_business_day(day):
                issued = business_day(day + timedelta(days=2 if weekday != THU else 5))
                yield Auction(
                    day, "Bill", term, term, False, business_day(day - timedelta(days=4), -1),
                    issued, issued + timedelta(weeks=weeks), size * 10**9,
                )  # fmt: skip
        day += timedelta(days=1)


def _coupons(first: date, until: date) -> Iterator[Auction]:
    year, month = first.year, first.month
    while (year, month) <= (until.year, until.month):
        for kind, years, weekday, week, size in _COUPONS:
            yield _coupon(kind, years, business_day(nth(year, month, weekday, week)), size)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _coupon(kind: str, years: int, day: date, size: int) -> Auction:
    since = 0
    if years >= 10:
        since = next(n for n in range(3) if (day.month - n - 1) % 12 + 1 in _REFUNDING)
    issued = (
        business_day(month_end(day.year, day.month))
        if years in (2, 5, 7)
        else business_day(date(day.year, day.month, 15))
    )
    issued = max(issued, business_day(day + timedelta(days=1)))
    original = f"{years}-Year"
    term = original if not since else f"{years - 1}-Year {12 - since}-Month"
    announced = business_day(day - timedelta(days=(day.weekday() - THU) % 7 or 7), -1)
    first_issue = date(
        issued.year - (issued.month - since < 1), (issued.month - since - 1) % 12 + 1, 15
    )
    matures = first_issue.replace(year=first_issue.year + years)
    if years in (2, 5, 7):
        matures = month_end(issued.year + years, issued.month)
    shrunk = int(size * (0.88 if since else 1)) * 10**9
    return Auction(day, kind, term, original, bool(since), announced, issued, matures, shrunk)
