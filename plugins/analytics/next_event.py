"""The next release, decision or speech that moves markets, from all calendars there are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from quanticity.api import (
    Analytic,
    Every,
    Inputs,
    Key,
    OnChange,
    Rows,
    Spec,
    Value,
    eastern,
    field,
    moment,
)

Row = Mapping[str, Any]

_DAY = 86_400.0
# What it is, by its name; the first that fits. Those before "speech" move markets as a rule.
_KINDS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("fomc_minutes", r"fomc minutes|minutes of .*(fomc|federal open market)"),
        ("fomc_press", r"fomc press|press conference.*(fed|fomc)"),
        ("fomc_decision", r"fomc|fed(eral funds)? (interest[- ])?rate decision"),
        ("other_central_bank", r"\b(ecb|boj|boe)\b|european central bank|bank of (japan|england)"),
        ("cpi", r"\bcpi\b|consumer price index"),
        ("ppi", r"\bppi\b|producer price index"),
        ("jobs", r"non-?farm|employment situation|unemployment rate"),
        ("gdp", r"\bgdp\b|gross domestic product"),
        ("pce", r"\bpce\b|personal income"),
        ("speech", r"speech|speaks|speaker|testimony|discussion"),
        ("claims", r"jobless claims|unemployment insurance"),
    )
)
_HIGH = frozenset(
    (
        *("fomc_minutes", "fomc_press", "fomc_decision", "other_central_bank"),
        *("cpi", "ppi", "jobs", "gdp", "pce"),
    )
)
_SOURCES = ("uw", "fmp", "fed", "bls")
_MEDIUM = frozenset(("speech", "claims"))
_RANKS = ("low", "medium", "high")


class NextEventParams(Spec):
    """How far it looks."""

    days: int = field(7, help="how far ahead events are listed", unit="days", ge=1, example=7)
    most: int = field(10, help="events that are listed, the nearest", ge=1, le=100)


class Event(NamedTuple):
    """One event. `at` in epoch seconds; `rank` is its place in low, medium, high.

    `forecast` and `previous` are as the calendar writes them.
    """

    at: float
    name: str
    kind: str | None
    rank: int
    source: str
    forecast: Any
    previous: Any


class NextEvent(Analytic):
    """One list of what is to come, from Unusual Whales, FMP, the Fed and the BLS.

    The same event in two calendars is one: the same kind within the same Eastern day, or the same
    name at the same moment. Importance is the calendar's own mark, and high for the decisions and
    minutes of central banks, consumer and producer prices, jobs, output and personal income; at
    least medium for speeches of central bankers and claims.
    Events without a time of day are left out and counted: nobody can wait for them.
    """

    name = "next_event"
    Params = NextEventParams
    reads = {
        "uw": Key("raw:uw:economic_calendar", 3 * 3600, view=Rows, optional=True),
        "fmp": Key("raw:fmp:economic_calendar", 2 * 3600, view=Rows, optional=True),
        "fed": Key("feed:fed:calendar", _DAY, view=Value, optional=True),
        "bls": Key("feed:bls:calendar", 2 * _DAY, view=Value, optional=True),
    }
    writes = {"event": Key("analytics:next_event", ttl=300)}
    trigger = (OnChange("uw", "fmp", "fed", "bls", at_most_every=5.0), Every(60))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The next one, the next of high importance, and what follows."""
        left_out = Counter[str]()
        every = [
            *_plain("uw", inputs.uw, left_out),
            *_plain("fmp", inputs.fmp, left_out),
            *_plain("fed", _rows(inputs.fed), left_out),
            *_plain("bls", _rows(inputs.bls), left_out),
        ]
        ahead = sorted((one for one in every if one.at > now), key=_order)
        events = _merged(ahead)
        high = [one for one in events if one["importance"] == "high"]
        until = now + self.params.days * _DAY
        calendars = {name: inputs[name] is not None for name in _SOURCES}
        event = {
            "next": _timed(events[0], now) if events else None,
            "next_high": _timed(high[0], now) if high else None,
            "upcoming": [one for one in events if one["at"] <= until][: self.params.most],
            "n": len(events),
            "calendars": calendars,
            "left_out": dict(sorted(left_out.items())),
            "unit": "epoch seconds; seconds until it",
            "convention": "importance is low, medium or high",
            "method": "all calendars as one: same kind and day, or same name and moment",
            "reason": None if events else _none(calendars),
        }
        return {"event": event}, state


def _plain(source: str, rows: Any, left_out: Counter[str]) -> Iterator[Event]:
    for row in rows or ():
        read = {"uw": _of_uw, "fmp": _of_fmp, "fed": _of_fed, "bls": _of_bls}[source](row)
        if read is None:
            left_out["of another country or no event"] += 1
            continue
        at, name, rank = read
        if at is None or not name:
            left_out["without a time of day or a name"] += 1
            continue
        kind = next((kind for kind, pattern in _KINDS if pattern.search(name)), None)
        rank = 2 if kind in _HIGH else max(rank, 1) if kind in _MEDIUM else rank
        told = (row.get("forecast", row.get("estimate")), row.get("prev", row.get("previous")))
        forecast, previous = (None if one == "" else one for one in told)
        yield Event(at, name, kind, rank, source, forecast, previous)


def _of_uw(row: Row) -> tuple[float | None, str, int]:
    # An asterisk is the vendor's mark of what is important.
    name = str(row.get("event") or "").strip()
    return moment(row.get("time")), name.lstrip("*").strip(), 2 if name.startswith("*") else 0


def _of_fmp(row: Row) -> tuple[float | None, str, int] | None:
    name, country = str(row.get("event") or "").strip(), row.get("country")
    rank = {"high": 2, "medium": 1}.get(str(row.get("impact")).lower(), 0)
    abroad = _KINDS[3][1].search(name) is not None
    return (moment(row.get("date")), name, rank) if country == "US" or abroad else None


def _of_fed(row: Row) -> tuple[float | None, str, int] | None:
    if row.get("type") == "Other":
        return None
    return moment(row.get("time")), str(row.get("title") or "").strip(), 0


def _of_bls(row: Row) -> tuple[float | None, str, int]:
    name = str(row.get("release") or "").strip()
    return moment(row.get("time")), name, 2 if row.get("important") is True else 0


def _rows(value: Value | None) -> list[Row]:
    rows = value.data.get("rows") if value and isinstance(value.data, Mapping) else None
    listed = rows if isinstance(rows, Sequence) and not isinstance(rows, str) else ()
    return [row for row in listed if isinstance(row, Mapping)]


def _order(one: Event) -> tuple[float, int, int, str]:
    return one.at, -one.rank, _SOURCES.index(one.source), one.name


def _merged(ahead: Sequence[Event]) -> list[dict[str, Any]]:
    """The same event once, at its earliest, with all who name it."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in ahead:
        shared = one.kind is not None and one.kind != "speech"
        mark = (one.kind, eastern(one.at).date()) if shared else (one.name.lower(), one.at)
        held = found.setdefault(
            mark,
            {
                "at": one.at,
                "name": one.name,
                "kind": one.kind,
                "importance": _RANKS[one.rank],
                "forecast": one.forecast,
                "previous": one.previous,
                "sources": [],
            },
        )
        held["importance"] = _RANKS[max(one.rank, _RANKS.index(held["importance"]))]
        for name in ("forecast", "previous"):
            held[name] = getattr(one, name) if held[name] is None else held[name]
        if one.source not in held["sources"]:
            held["sources"].append(one.source)
    return list(found.values())


def _timed(event: Mapping[str, Any], now: float) -> dict[str, Any]:
    return {**event, "seconds": event["at"] - now}


def _none(calendars: Mapping[str, bool]) -> str:
    return "nothing ahead in any calendar" if any(calendars.values()) else "no calendar is fresh"
