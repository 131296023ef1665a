"""How the flow of options changes: net premium, delta and vega, over minutes and over days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from quanticity.api import (
    Analytic,
    Inputs,
    Key,
    OnChange,
    Rows,
    Spec,
    Value,
    eastern,
    field,
    moment,
    number,
    quant,
)

Floats = npt.NDArray[np.float64]
# Ends of minutes, and totals at them.
Series = tuple[Floats, Floats]

_MINUTE = 60.0
_MOST = 1e15
_UNITS = {
    "premium": "USD: net call premium less net put premium",
    "delta": "shares",
    "vega": "USD per volatility point",
}
_NOTHING: Series = (np.empty(0), np.empty(0))


class FlowMomentumParams(Spec):
    """Over which spans."""

    windows: tuple[int, ...] = field(
        (5, 15, 60), help="spans of change", unit="minutes", min_length=1, example=[5, 15, 60]
    )
    sessions: int = field(3, help="sessions of the trend, today's included", ge=2, le=10)
    within: int = field(
        6, help="calendar days that these sessions may span; else some are missing", unit="days"
    )
    whole: int = field(
        180, help="minutes from which on a past session counts as whole", unit="minutes", ge=1
    )


class Session(msgspec.Struct):
    """What a session had come to when it was seen last: minutes, USD and shares."""

    minutes: int
    premium: float
    delta: float | None = None


class Seen(msgspec.Struct):
    """Sessions by day, `YYYY-MM-DD`."""

    sessions: dict[str, Session] = msgspec.field(default_factory=dict)


class FlowMomentum(Analytic):
    """Change and acceleration of today's flow, and the trend of the last sessions.

    All is net of the taker's side: bought at the ask less sold at the bid. The minute that has not
    ended is left out. Premium is the running total of Unusual Whales' ticks; delta and vega are
    its Greek flow, which has no gamma. A body holds the whole session, so a restart loses
    nothing; past sessions are those that this component has seen.
    """

    name = "flow_momentum"
    Params = FlowMomentumParams
    State = Seen
    reads = {
        "ticks": Key("feed:uw:ticks:{symbol}", 300, view=Value),
        "greeks": Key("raw:uw:greek_flow:{symbol}", 600, view=Rows, optional=True),
    }
    writes = {"momentum": Key("analytics:flow_momentum:{symbol}", ttl=300)}
    trigger = OnChange("ticks", at_most_every=50.0)

    def compute(self, inputs: Inputs, state: Seen, now: float) -> tuple[Mapping[str, Any], Seen]:
        """One figure for each kind of flow and window, and the trend."""
        flows = {"premium": _premium(inputs.ticks.data, now)}
        flows["delta"], flows["vega"] = _greeks(inputs.greeks, now)
        told = {
            name: self._measured(flow, _UNITS[name], _absent(name, inputs.greeks))
            for name, flow in flows.items()
        }
        ends, _ = flows["premium"]
        sessions = self._remembered(flows, state.sessions)
        momentum = {
            "symbol": self.values["symbol"],
            "as_of": float(ends[-1]) if len(ends) else None,
            "direction": _direction(told["premium"]["windows"].values()),
            **told,
            "gamma": {"total": None, "reason": "the vendor's Greek flow is delta and vega only"},
            "trend": self._trend(sessions, ends),
            "unit": "windows in minutes; each flow names its own",
            "convention": "bought at the ask less sold at the bid; puts count against calls",
            "method": "first and second difference of the running total over whole minutes",
            "reason": told["premium"]["reason"],
        }
        return {"momentum": momentum}, Seen(sessions)

    def _measured(self, flow: Series, unit: str, absent: str) -> dict[str, Any]:
        ends, totals = flow
        if not len(ends):
            return {"total": None, "minutes": 0, "windows": {}, "unit": unit, "reason": absent}
        start = float(ends[0]) - _MINUTE
        windows = {}
        for minutes in self.params.windows:
            one = quant.momentum.momentum(ends, totals, start, minutes * _MINUTE)
            windows[str(minutes)] = {**one._asdict(), "reason": _short_of(one, minutes)}
        return {
            "total": float(totals[-1]),
            "minutes": round((float(ends[-1]) - start) / _MINUTE),
            "windows": windows,
            "unit": unit,
            "reason": None,
        }

    def _remembered(
        self, flows: Mapping[str, Series], before: Mapping[str, Session]
    ) -> dict[str, Session]:
        (ends, premium), (_, delta) = flows["premium"], flows["delta"]
        if not len(ends):
            return dict(before)
        today = _day(float(ends[-1]))
        minutes = round((float(ends[-1]) - float(ends[0])) / _MINUTE) + 1
        held = before.get(today)
        net = float(delta[-1]) if len(delta) else held.delta if held else None
        seen = {**before, today: Session(minutes, float(premium[-1]), net)}
        return {day: seen[day] for day in sorted(seen)[-self.params.sessions :]}

    def _trend(self, sessions: Mapping[str, Session], ends: Floats) -> dict[str, Any]:
        wanted = self.params.sessions
        told: dict[str, Any] = {
            "sessions": [{"day": day, **msgspec.to_builtins(one)} for day, one in sessions.items()],
            "total": None,
            "slope": None,
            "direction": None,
            "n": len(sessions),
            "unit": "USD; slope USD a session",
        }
        if not len(ends):
            return told | {"reason": "no minute of today's session yet"}
        days = list(sessions)
        if len(days) < wanted:
            return told | {"reason": f"{len(days)} of {wanted} sessions seen so far"}
        if (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days > self.params.within:
            return told | {"reason": "sessions in between were not seen"}
        if any(sessions[day].minutes < self.params.whole for day in days[:-1]):
            return told | {"reason": "a session was seen in part only"}
        premiums = np.array([sessions[day].premium for day in days])
        signs = set(np.sign(premiums).tolist())
        return told | {
            "total": float(np.sum(premiums)),
            "slope": quant.momentum.slope(premiums),
            "direction": _named(signs),
            "reason": None,
        }


def _premium(body: Any, now: float) -> Series:
    rows = body.get("rows") if isinstance(body, Mapping) else None
    found: dict[float, float] = {}
    for row in rows if isinstance(rows, Sequence) and not isinstance(rows, str) else ():
        if isinstance(row, Mapping):
            at, total = moment(row.get("time")), _figure(row.get("net_premium"))
            if at is not None and total is not None and at + _MINUTE <= now:
                found[at + _MINUTE] = total
    return _of_today(found)


def _greeks(rows: Rows | None, now: float) -> tuple[Series, Series]:
    """Running totals of delta and vega."""
    if rows is None:
        return _NOTHING, _NOTHING
    found: tuple[dict[float, float], dict[float, float]] = ({}, {})
    for row in rows:
        at = moment(row.get("timestamp"))
        if at is None or at + _MINUTE > now:
            continue
        for held, name in zip(found, ("dir_delta_flow", "dir_vega_flow"), strict=True):
            value = _figure(row.get(name))
            if value is not None:
                held[at + _MINUTE] = value
    (ends, delta), (others, vega) = _of_today(found[0]), _of_today(found[1])
    return (ends, np.cumsum(delta)), (others, np.cumsum(vega))


def _figure(given: Any) -> float | None:
    value = number(given)
    # Nobody trades so much; a slip of the vendor's would drown all others.
    return value if value is not None and abs(value) < _MOST else None


def _of_today(found: Mapping[float, float]) -> Series:
    """Of the newest day alone: a body may still hold the last session."""
    if not found:
        return _NOTHING
    today = _day(max(found))
    ends = np.array(sorted(at for at in found if _day(at) == today))
    return ends, np.array([found[at] for at in ends.tolist()])


def _day(end: float) -> str:
    return eastern(end - _MINUTE).date().isoformat()


def _short_of(one: Any, minutes: int) -> str | None:
    if one.change is None:
        return f"less than {minutes} minutes of this session so far"
    if one.acceleration is None:
        return f"acceleration needs {2 * minutes} minutes of this session"
    return None


def _absent(name: str, greeks: Rows | None) -> str:
    if name == "premium":
        return "no whole minute of this session yet"
    return "no Greek flow that is fresh" if greeks is None else "no minute with a figure yet"


def _direction(windows: Any) -> str | None:
    return _named({float(np.sign(one["change"])) for one in windows if one["change"] is not None})


def _named(signs: set[float]) -> str | None:
    """In a word: where all agree, which way."""
    if len(signs) != 1:
        return "mixed" if signs else None
    return {1.0: "up", -1.0: "down"}.get(signs.pop(), "flat")
