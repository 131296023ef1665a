"""When a company reports next, and how many days that is away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from quanticity.api import (
    Analytic,
    Every,
    Inputs,
    Key,
    OnChange,
    Rows,
    Value,
    day,
    eastern,
    number,
)

Row = Mapping[str, Any]

_DAY = 86_400.0
_TIMES = {
    "premarket": "premarket",
    "pre_market": "premarket",
    "postmarket": "postmarket",
    "after_hours": "postmarket",
}
# By how much each knows: a company's own word comes before all of them.
_SOURCES = ("uw_history", "uw_evening", "uw_morning", "uw_alerts", "fmp", "nasdaq")


class Report(NamedTuple):
    """One source's next report. `sure` where the company itself has named the day."""

    source: str
    day: str
    time: str | None
    sure: bool
    row: Row


class EarningsDate(Analytic):
    """The next report of all that the calendars name, days to it, and the last one.

    Where calendars differ, one that the company has confirmed wins, else the earliest: whoever
    gets out before the report is then out in time. `agree` says that they differ, `sources` how.
    Today's report is the next one until it is told, or until the open if it comes before that.
    Days are calendar days, Eastern; `weekdays` leaves out weekends but knows of no holidays.
    """

    name = "earnings_date"
    reads = {
        "history": Key("raw:uw:earnings:{symbol}", 4 * _DAY, view=Rows, optional=True),
        "evening": Key("raw:uw:earnings_afterhours", 7200, view=Rows, optional=True),
        "morning": Key("raw:uw:earnings_premarket", 7200, view=Rows, optional=True),
        "alerts": Key("raw:uw:flow_alerts", 300, view=Rows, optional=True),
        "calendar": Key("raw:fmp:earnings", _DAY, view=Rows, optional=True),
        "nasdaq": Key("feed:nasdaq:earnings", 4 * _DAY, view=Value, optional=True),
    }
    writes = {"earnings": Key("analytics:earnings:{symbol}", ttl=3600)}
    trigger = (
        OnChange(
            *("history", "evening", "morning", "alerts", "calendar", "nasdaq"), at_most_every=60.0
        ),
        Every(900),
    )

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The next report and the last."""
        local = eastern(now)
        named = list(self._named(inputs, local.date()))
        ahead = [one for one in named if _is_ahead(one, local)]
        chosen = _next(ahead)
        sources = {
            name: min(days)
            for name in _SOURCES
            if (days := [one.day for one in ahead if one.source == name])
        }
        figures = _figures(chosen, local.date())
        last = _last([one for one in named if one not in ahead])
        silent = chosen is not None and figures["expected_move"] is None
        earnings = {
            "symbol": self.values["symbol"],
            **figures,
            "expected_move_reason": f"{figures['source']} tells none" if silent else None,
            "sources": sources,
            "agree": len(set(sources.values())) == 1 if sources else None,
            "last": last,
            "last_reason": None if last else "no history of its reports that is fresh",
            "unit": "days; expected_move a fraction of the price",
            "convention": "0 is today",
            "method": "confirmed by the company, else the earliest that a calendar names",
            "reason": None if chosen else self._none(inputs),
        }
        return {"earnings": earnings}, state

    def _named(self, inputs: Inputs, today: date) -> Iterator[Report]:
        for name in ("history", "evening", "morning"):
            for row in self._mine(inputs[name], "" if name == "history" else "symbol"):
                sure = row.get("source") == "company"
                yield from _report(f"uw_{name}", row, "report_date", "report_time", sure)
        for row in self._mine(inputs.alerts, "ticker"):
            yield from _report("uw_alerts", row, "next_earnings_date", "er_time", False)
        for row in self._mine(inputs.calendar, "symbol"):
            yield from _report("fmp", row, "date", "", False)
        for row in self._mine(_listed(inputs.nasdaq), "symbol"):
            # The calendar of one day: that on which it was fetched.
            fetched = eastern(inputs.nasdaq.timestamp).date()
            if fetched == today:
                told = {**row, "report_date": today.isoformat()}
                yield from _report("nasdaq", told, "report_date", "time", False)

    def _mine(self, rows: Any, name: str) -> Iterator[Row]:
        """Rows of this symbol; all of them where the body is of one symbol."""
        for row in rows or ():
            if not name or str(row.get(name) or "").upper() == self.values["symbol"]:
                yield row

    def _none(self, inputs: Inputs) -> str:
        if all(inputs[name] is None for name in inputs):
            return "no calendar that is fresh"
        return f"no calendar names a report of {self.values['symbol']}; funds and indexes have none"


def _listed(nasdaq: Value | None) -> list[Row]:
    rows = nasdaq.data.get("rows") if nasdaq and isinstance(nasdaq.data, Mapping) else None
    listed = rows if isinstance(rows, Sequence) and not isinstance(rows, str) else ()
    return [row for row in listed if isinstance(row, Mapping)]


def _report(source: str, row: Row, on: str, at: str, sure: bool) -> Iterator[Report]:
    when = day(row.get(on))
    if when is not None:
        yield Report(source, when, _TIMES.get(str(row.get(at))), sure, row)


def _is_ahead(one: Report, local: datetime) -> bool:
    today = local.date().isoformat()
    if one.day != today:
        return one.day > today
    told = number(one.row.get("actual_eps", one.row.get("epsActual", one.row.get("eps"))))
    opened = (local.hour, local.minute) >= (9, 30)
    return told is None and not (one.time == "premarket" and opened)


def _next(ahead: Sequence[Report]) -> Report | None:
    order = {name: at for at, name in enumerate(_SOURCES)}
    sure = [one for one in ahead if one.sure]
    return min(sure or ahead, key=lambda one: (one.day, order[one.source]), default=None)


def _figures(chosen: Report | None, today: date) -> dict[str, Any]:
    if chosen is None:
        names = ("date", "days", "weekdays", "time", "confirmed", "expected_move", "source")
        return dict.fromkeys(names)
    when = date.fromisoformat(chosen.day)
    days = (when - today).days
    ahead = (today + timedelta(days=one) for one in range(1, min(days, 400) + 1))
    return {
        "date": chosen.day,
        "days": days,
        "weekdays": sum(one.weekday() < 5 for one in ahead),
        "time": chosen.time,
        "confirmed": chosen.sure,
        "expected_move": number(chosen.row.get("expected_move_perc")),
        "source": chosen.source,
    }


def _last(past: Sequence[Report]) -> dict[str, Any] | None:
    """The newest report of the company's history: surprise in USD a share, the move a day after."""
    known = [one for one in past if one.source == "uw_history"]
    if not known:
        return None
    one = max(known, key=lambda each: each.day)
    actual, meant = number(one.row.get("actual_eps")), number(one.row.get("street_mean_est"))
    return {
        "date": one.day,
        "surprise": None if actual is None or meant is None else actual - meant,
        "move_1d": number(one.row.get("post_earnings_move_1d")),
    }
