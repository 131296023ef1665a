"""Gamma exposure of all symbols in one key, and an alarm where one of them shifts."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import msgspec

from quanticity.api import Analytic, Inputs, Key, OnChange, Spec, Value, field, number


class GexShiftParams(Spec):
    """What counts as a shift."""

    symbols: tuple[str, ...] = field(
        ("SPX", "SPY", "QQQ", "IWM"),
        help="symbols that are watched",
        example=["SPX", "SPY"],
        min_length=1,
    )
    change: float = field(
        0.20, help="the change that is a shift, as a fraction of the earlier value", gt=0
    )
    of_gross: float = field(
        0.05,
        help="the least change, as a fraction of calls and puts without their signs: a total near "
        "zero is a difference of two large sides, and doubles at every step of the price",
        ge=0,
    )
    seconds: float = field(300.0, help="within how long", unit="seconds", gt=0)


class Seen(msgspec.Struct):
    """For each symbol, when which total came: (epoch seconds, USD per 1%), oldest first."""

    totals: dict[str, list[tuple[float, float]]] = msgspec.field(default_factory=dict)


class GexShift(Analytic):
    """Compares each symbol's total GEX with its own over the last minutes.

    The alarm is on while the newest total is more than `change` away from any total that is at
    most `seconds` older, and `of_gross` of both sides. Others can be held back by `anomaly:gex`.
    """

    name = "gex_shift"
    Params = GexShiftParams
    State = Seen
    reads = {
        "gex": Key("options:{symbol}:gex", 600, view=Value, optional=True, over="symbols"),
    }
    writes = {
        "totals": Key("analytics:gex", ttl=600),
        "alarm": Key("anomaly:gex", ttl=600),
    }
    trigger = OnChange("gex", at_most_every=1.0)

    def compute(self, inputs: Inputs, state: Seen, now: float) -> tuple[Mapping[str, Any], Any]:
        """The totals, and the alarm with what shifted, by how much, since when."""
        totals: dict[str, Any] = {}
        shifts: dict[str, Any] = {}
        kept: dict[str, list[tuple[float, float]]] = {}
        for symbol in self.params.symbols:
            value = inputs.gex.get(symbol)
            data = value.data if value is not None and isinstance(value.data, Mapping) else {}
            total, before = number(data.get("total")), state.totals.get(symbol, [])
            if value is None or total is None:
                reason = str(data.get("reason") or "no total of gamma exposure")
                reason = "no fresh gamma exposure" if value is None else reason
                totals[symbol] = {"total": None, "reason": reason}
                shifts[symbol] = {"change": None, "reason": reason}
                kept[symbol] = before
                continue
            # When it came, not since when it is true: that is the older of two chains, and stands
            # still for minutes while the newer one moves.
            at = value.received
            known = [
                one for one in before if 0 <= at - one[0] <= self.params.seconds and one[0] != at
            ]
            totals[symbol] = {"total": total, "timestamp": value.timestamp, "reason": None}
            shifts[symbol] = _shift(known, total, _gross(data), self.params.of_gross)
            kept[symbol] = [*known, (at, total)]
        shifted = [
            symbol
            for symbol, shift in shifts.items()
            if shift["change"] is not None
            and abs(shift["change"]) > self.params.change
            # Where the sides are not known, the change is taken at its word.
            and (shift["of_gross"] is None or shift["of_gross"] > self.params.of_gross)
        ]
        compared = any(shift["change"] is not None for shift in shifts.values())
        alarm = {
            # Where nothing can be compared nobody knows that nothing shifted.
            "active": bool(shifted) if compared else None,
            "symbols": shifted,
            "limit": self.params.change,
            "limit_of_gross": self.params.of_gross,
            "seconds": self.params.seconds,
            "unit": "fraction of the earlier total",
            "shifts": shifts,
            "reason": None if compared else "no symbol has two totals to compare yet",
        }
        told = {"unit": "USD per 1% move", "symbols": totals}
        return {"totals": told, "alarm": alarm}, Seen(kept)


def _gross(data: Mapping[str, Any]) -> float | None:
    sides = [number(data.get("calls")), number(data.get("puts"))]
    known = [abs(one) for one in sides if one is not None]
    return sum(known) if len(known) == len(sides) and sum(known) > 0 else None


def _shift(
    known: list[tuple[float, float]], total: float, gross: float | None, least: float
) -> dict[str, Any]:
    """The largest change against any of the earlier totals, of those that are enough of gross."""
    if not known:
        return {"change": None, "reason": "nothing earlier to compare with yet"}
    every = [((total - was) / abs(was), at, was) for at, was in known if was != 0]
    changes = [one for one in every if isfinite(one[0])]
    if not changes:
        return {"change": None, "reason": "the earlier totals are too near zero to compare with"}
    enough = 0.0 if gross is None else least * gross
    change, at, was = max(
        changes, key=lambda one: (abs(total - one[2]) > enough, abs(one[0]), one[1])
    )
    part = None if gross is None else abs(total - was) / gross
    if part is not None and not isfinite(part):
        part = None  # sides as good as zero: there is nothing to be a part of
    return {"change": change, "of_gross": part, "since": at, "was": was, "reason": None}
