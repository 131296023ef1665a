"""In which part of the day the entries of each strategy gained most."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import msgspec

from quanticity.api import Analytic, Inputs, OnChange, Spec, eastern, field, trading

_MOST_STRATEGIES = 200


class EntryTimingParams(Spec):
    """How the day is cut, and how much is needed to call one part the best."""

    minutes: int = field(30, help="length of a part of the day", unit="minutes", ge=5, le=390)
    least: int = field(20, help="trades that a part needs to be the best", unit="trades", ge=2)


class Entered(msgspec.Struct):
    """By strategy and part of the day: trades, wins, sum of gains, sum of their squares."""

    slots: dict[str, dict[str, tuple[int, int, float, float]]] = msgspec.field(default_factory=dict)


class EntryTiming(Analytic):
    """Mean gain by the Eastern time of day at which a trade was opened.

    The best part is the one whose mean gain less its standard error is highest, among those with
    enough trades: a lucky handful is not the best time of day.
    """

    name = "entry_timing"
    Params = EntryTimingParams
    State = Entered
    reads = {"closed": trading.CLOSED_TRADES}
    writes = {"times": trading.ENTRY_TIMING}
    trigger = OnChange("closed")

    def compute(
        self, inputs: Inputs, state: Entered, now: float
    ) -> tuple[Mapping[str, Any], Entered]:
        """The parts of the day after the newest trades."""
        slots = {name: dict(known) for name, known in state.slots.items()}
        for trade in trading.closed_trades(inputs.closed.data):
            gain = None if trade is None else trade.gain
            if trade is None or gain is None:
                continue
            if trade.strategy not in slots and len(slots) >= _MOST_STRATEGIES:
                continue
            mine = slots.setdefault(trade.strategy, {})
            begins = self._begins(trade.opened)
            count, wins, total, squares = mine.get(begins, (0, 0, 0.0, 0.0))
            mine[begins] = (count + 1, wins + (gain > 0), total + gain, squares + gain * gain)
        told = trading.EntryTimes(
            unit="gains are fractions of the entry; times are Eastern",
            convention="a short gains where the price falls",
            method=f"by the entry, in parts of {self.params.minutes} minutes",
            strategies={name: self._timing(slots[name]) for name in sorted(slots)},
            reason=None if slots else "no closed trade that can be read",
        )
        return {"times": told}, Entered(slots)

    def _begins(self, opened: float) -> str:
        at = eastern(opened)
        minute = at.hour * 60 + at.minute
        minute -= minute % self.params.minutes
        return f"{minute // 60:02}:{minute % 60:02}"

    def _timing(self, slots: Mapping[str, tuple[int, int, float, float]]) -> trading.EntryTiming:
        told = tuple(_slot(begins, *slots[begins]) for begins in sorted(slots))
        sure = [one for one in told if one.trades >= self.params.least]
        best = max(sure, key=lambda one: one.mean_gain - (one.standard_error or 0.0), default=None)
        reason = None if best else f"no part of the day has {self.params.least} trades yet"
        return trading.EntryTiming(best.begins if best else None, told, reason)


def _slot(begins: str, count: int, wins: int, total: float, squares: float) -> trading.EntrySlot:
    mean = total / count
    spread = max(0.0, squares / count - mean * mean) * count / (count - 1) if count > 1 else None
    error = None if spread is None else sqrt(spread / count)
    return trading.EntrySlot(begins, count, wins / count, mean, error)
