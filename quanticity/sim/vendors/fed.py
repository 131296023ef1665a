"""The Federal Reserve Board's calendar: one JSON file with a byte order mark and an empty tail."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import orjson

from quanticity.clock import EASTERN
from quanticity.sim.vendors.conditional import file_answer
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.economy import (
    THU,
    business_day,
    federal_holidays,
    is_business_day,
    meetings,
    nth,
)
from quanticity.sim.vendors.limits import VendorLimits
from quanticity.sim.vendors.vendor import Answer, Request, Route, Vendor

_BACK, _AHEAD = 60, 210
_SPEAKERS = (
    "Chair Jerome H. Powell",
    "Vice Chair Philip N. Jefferson",
    "Governor Christopher J. Waller",
    "Governor Lisa D. Cook",
    "Governor Michelle W. Bowman",
    "Governor Michael S. Barr",
)
_TOPICS = ("Economic Outlook", "Monetary Policy", "Global Central Banking", "Bank Supervision")
_PLACES = (
    "At the Economic Club of New York, New York, N.Y.",
    "At the Central Banking Seminar (Virtual)",
    "At a conference of the Federal Reserve Bank of Dallas, Dallas, Texas",
)
_LIVE = "https://www.federalreserve.gov/live-broadcast.htm"


class Fed(Vendor):
    """`www.federalreserve.gov/json/calendar.json`. No key, no published limit."""

    name: ClassVar[str] = "fed"
    hosts: ClassVar[Mapping[str, str]] = {"www.federalreserve.gov": "fed"}
    limits: ClassVar[VendorLimits] = VendorLimits(windows=((60, 60.0),))

    def routes(self) -> Sequence[Route]:
        """The one file."""
        return [Route("/json/calendar.json", self.calendar)]

    def calendar(self, request: Request) -> Answer:
        """Two months back, seven ahead; speeches beyond three weeks are not announced yet."""
        draw = Draw(self.world.seed)
        today = datetime.fromtimestamp(request.now, EASTERN).date()
        first, until = today - timedelta(days=_BACK), today + timedelta(days=_AHEAD)
        events = [
            event for day, event in _events(draw, first, until, today) if first <= day <= until
        ]
        body = codecs.BOM_UTF8 + orjson.dumps({"events": [*events, {}]})
        return file_answer(request, body, "application/json")

    def no_route(self, request: Request) -> Answer:
        """An HTML page."""
        return Answer.text("<html><body><h1>Page not found</h1></body></html>", 404, "text/html")


def _events(
    draw: Draw, first: date, until: date, today: date
) -> Iterator[tuple[date, dict[str, Any]]]:
    for year in range(first.year - 1, until.year + 1):
        yield from _committee(year)
        for holiday in sorted(federal_holidays(year)):
            text = "&lt;p&gt;No statistical releases are scheduled for today.&lt;/p&gt;"
            yield holiday, _event(holiday, "Holiday", "", "Other", description=text)
    day = first
    while day <= until:
        if is_business_day(day):
            yield from _statistics(day)
            if day <= today + timedelta(days=21) and draw.chance(0.35, "speech", day.isoformat()):
                yield day, _speech(draw, day)
        day += timedelta(days=1)


def _committee(year: int) -> Iterator[tuple[date, dict[str, Any]]]:
    for meeting in meetings(year):
        start, end = meeting.first, meeting.last
        days = f"{start:%B} {start.day} - {end.day}"
        text = (
            f"&lt;p&gt;Two-day meeting, {days}&lt;/p&gt;&#10;&#10;&lt;p&gt;Press Conference"
            "&lt;/p&gt;"
        )
        yield end, _event(end, "FOMC Meeting", "2:00 p.m.", "FOMC", description=text)
        yield end, _event(end, "FOMC Press Conference", "2:30 p.m.", "FOMC", link=_LIVE)
        minutes = end + timedelta(weeks=3)
        text = f"&lt;p&gt;Meeting of {start:%B} {start.day}-{end.day}&lt;/p&gt;"
        yield minutes, _event(minutes, "FOMC Minutes", "2:00 p.m.", "FOMC", description=text)
        book = end - timedelta(weeks=2)
        yield book, _event(book, "Beige Book", "2:00 p.m.", "Beige")


def _statistics(day: date) -> Iterator[tuple[date, dict[str, Any]]]:
    if day == business_day(day.replace(day=1)):
        yield day, _event(day, "G.5 - Foreign Exchange Rates", "4:15 p.m.", "Stat")
    if day == business_day(date(day.year, day.month, 16)):
        title = "G.17 - Industrial Production and Capacity Utilization"
        yield day, _event(day, title, "9:15 a.m.", "Stat")
    if day == business_day(nth(day.year, day.month, THU, 1) + timedelta(days=4)):
        yield day, _event(day, "G.19 - Consumer Credit", "3:00 p.m.", "Stat")
    if day.day >= 29 and business_day(day + timedelta(days=1)).month != day.month:
        text = "&lt;p&gt;Publication date for this release is approximate.&lt;/p&gt;"
        yield day, _event(day, "G.20 - Finance Companies", "", "Stat", description=text)


def _speech(draw: Draw, day: date) -> dict[str, Any]:
    mark = day.isoformat()
    hour = draw.integer(9, 16, "speech hour", mark)
    return _event(
        day,
        f"Speech - {draw.pick(_SPEAKERS, 'speaker', mark)}",
        f"{(hour - 1) % 12 + 1}:{draw.pick(('00', '15', '30'), 'minute', mark)}"
        f" {'a.m.' if hour < 12 else 'p.m.'}",
        "Speeches",
        description=draw.pick(_TOPICS, "topic", mark),
        location=draw.pick(_PLACES, "place", mark),
        live=_LIVE,
    )


def _event(day: date, title: str, time: str, kind: str, **more: str) -> dict[str, Any]:
    return {
        **more,
        "title": title,
        "time": time,
        "month": f"{day:%Y-%m}",
        "days": str(day.day),
        "type": kind,
    }
