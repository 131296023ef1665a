"""The signals of all strategies that are still good, in one key."""

from collections.abc import Mapping
from typing import Any

import msgspec

from quanticity.api import Analytic, Every, Inputs, Key, Kind, OnChange, Value, number

_GOOD_FOR = 60.0
_MOST = 1000


class Known(msgspec.Struct):
    """The signals that were still good at the last run, the oldest first."""

    signals: list[dict[str, Any]] = msgspec.field(default_factory=list)


class ActiveSignals(Analytic):
    """A signal is active from its time until `good_for` seconds later."""

    name = "active_signals"
    State = Known
    reads = {"pending": Key("signals:pending", kind=Kind.EVENTS, view=Value, optional=True)}
    writes = {"active": Key("signals:active", ttl=600)}
    trigger = (OnChange("pending"), Every(10))

    def compute(self, inputs: Inputs, state: Known, now: float) -> tuple[Mapping[str, Any], Known]:
        """All that is active, the newest first."""
        new = [dict(one) for one in inputs.pending.data if _ends(one) is not None]
        # The same id again is the same signal.
        known = {one["id"]: one for one in (*state.signals, *new)}
        good = [one for one in known.values() if (_ends(one) or 0.0) > now][-_MOST:]
        found = {
            "signals": good[::-1],
            "count": len(good),
            "reason": None
            if good
            else "no strategy has signalled in the time its signals are good",
        }
        return {"active": found}, Known(good)


def _ends(signal: Any) -> float | None:
    """When it is good no longer; None where it is no signal."""
    if not isinstance(signal, Mapping) or not isinstance(signal.get("id"), str) or not signal["id"]:
        return None
    at = number(signal.get("at"))
    good_for = number(signal.get("good_for", _GOOD_FOR))
    return None if at is None or good_for is None else at + good_for
