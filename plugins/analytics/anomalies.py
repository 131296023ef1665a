"""Flags of what makes figures doubtful: missing Greeks, a stale book, a sudden change of delta."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import msgspec

from quanticity.api import Analytic, Every, Inputs, Key, Kind, Spec, Value, field, number

_DAY = 86_400.0
_SIDES = ("calls", "puts")
# When it came (epoch seconds), and the delta exposure of calls and of puts (USD).
Sides = tuple[float, float, float]


class AnomaliesParams(Spec):
    """What counts as an anomaly."""

    missing: float = field(
        0.25, help="the part of a chain's contracts that may lack a gamma", ge=0, le=1
    )
    book_age: float = field(10.0, help="how old a book may be", unit="seconds", gt=0)
    change: float = field(
        0.50, help="the change of a side's delta exposure that is sudden, as a fraction", gt=0
    )
    seconds: float = field(
        180.0, help="within how long; some chains come every two minutes", unit="seconds", gt=0
    )


class Before(msgspec.Struct):
    """Which flags are up, and what delta exposure came when: oldest first."""

    up: list[str] = msgspec.field(default_factory=list)
    sides: list[Sides] = msgspec.field(default_factory=list)


class Anomalies(Analytic):
    """Looks every five seconds, and tells people when a flag goes up or down.

    A flag is null, with its reason, where there is nothing to judge by. Others read the flags
    before they trust a figure.
    """

    name = "anomalies"
    Params = AnomaliesParams
    State = Before
    reads = {
        "gex": Key("options:{symbol}:gex", 600, view=Value, optional=True),
        "dex": Key("options:{symbol}:dex", 600, view=Value, optional=True),
        # Its age is what is looked at, so that an old one is wanted too.
        "book": Key("market:{symbol}:book", _DAY, view=Value, optional=True),
    }
    writes = {
        "flags": Key("analytics:anomalies:{symbol}", ttl=60),
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS, ttl=7 * _DAY, cap=5000),
    }
    trigger = Every(5, sessions=("market_hours",))

    def compute(
        self, inputs: Inputs, state: Before, now: float
    ) -> tuple[Mapping[str, Any], Before]:
        """The flags, and an event for each that changed."""
        delta, sides = self._sudden_delta(inputs.dex, state.sides)
        flags = {
            "missing_greeks": self._missing_greeks(inputs.gex),
            "stale_book": self._stale_book(inputs.book, now),
            "sudden_delta": delta,
        }
        up = [name for name, flag in flags.items() if flag["active"]]
        # What cannot be judged any more is not over.
        up += [name for name in state.up if flags[name]["active"] is None]
        alerts = [self._told("anomaly", name, flags[name]) for name in up if name not in state.up]
        alerts += [
            self._told("recovered", name, flags[name]) for name in state.up if name not in up
        ]
        told = {"symbol": self.values["symbol"], "active": up, **flags}
        return {"flags": told, "alerts": alerts}, Before(up, sides)

    def _missing_greeks(self, gex: Value | None) -> dict[str, Any]:
        contracts, missing = (number(_data(gex).get(one)) for one in ("contracts", "gamma_missing"))
        limit = self.params.missing
        if not contracts or missing is None:
            return _flag(None, None, limit, "no chain to look at")
        return _flag(missing / contracts > limit, missing / contracts, limit, None)

    def _stale_book(self, book: Value | None, now: float) -> dict[str, Any]:
        limit = self.params.book_age
        if book is None:
            return _flag(None, None, limit, "no book")
        age = max(0.0, now - book.timestamp)
        return _flag(age > limit, age, limit, None)

    def _sudden_delta(
        self, dex: Value | None, before: list[Sides]
    ) -> tuple[dict[str, Any], list[Sides]]:
        """The largest change of either side: their sum may nearly cancel, and then moves wildly."""
        calls, puts = (number(_data(dex).get(one)) for one in _SIDES)
        limit = self.params.change
        if dex is None or calls is None or puts is None:
            return _flag(None, None, limit, "no delta exposure"), before
        # When it came, not since when it is true: that is the older of two chains, and stands still
        # for minutes while the newer one moves.
        at = dex.received
        kept = [one for one in before if 0 < at - one[0] <= self.params.seconds]
        pairs = [pair for _, *was in kept for pair in zip((calls, puts), was, strict=True)]
        every = [(side - was) / abs(was) for side, was in pairs if was != 0]
        changes = [one for one in every if isfinite(one)]
        kept.append((at, calls, puts))
        if not changes:
            return _flag(None, None, limit, "nothing earlier to compare with yet"), kept
        change = max(changes, key=abs)
        return _flag(abs(change) > limit, change, limit, None), kept

    def _told(self, kind: str, name: str, flag: Mapping[str, Any]) -> dict[str, Any]:
        symbol, value = self.values["symbol"], flag["value"]
        said = f"{symbol}: {name.replace('_', ' ')}"
        if value is not None:
            said += f" ({value:.3g}, limit {flag['limit']:g})"
        if kind == "recovered":
            said += " is over"
        return {"kind": kind, "component": f"anomalies:{symbol}", "message": said, "flag": name}


def _data(value: Value | None) -> Mapping[str, Any]:
    return value.data if value is not None and isinstance(value.data, Mapping) else {}


def _flag(
    active: bool | None, value: float | None, limit: float, reason: str | None
) -> dict[str, Any]:
    return {"active": active, "value": value, "limit": limit, "reason": reason}
