"""What a strategy wants, and why: data, for risk and execution to judge. No order yet."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Direction = Literal["call", "put", "long", "short"]


class Instrument(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be traded: a stock or index (`symbol` alone), or one option of it.

    `expiry` is YYYY-MM-DD, `strike` in the underlying's currency, `right` C or P.
    """

    symbol: str
    expiry: str = ""
    strike: float | None = None
    right: Literal["C", "P", ""] = ""
    multiplier: int = 100


class Reason(msgspec.Struct, frozen=True):
    """One condition that was looked at: its name, whether it held, and the figures behind it."""

    name: str
    held: bool
    detail: str = ""


class ExitPlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the position is to end; fractions are of the entry price, times are Eastern.

    `stop_loss` .5 closes at half the price paid. `trail` .15 closes that far below the highest.
    `targets` are (gain, part of the position) pairs. `time_stop` is a time of day, "15:55".
    """

    stop_loss: float | None = None
    trail: float | None = None
    targets: tuple[tuple[float, float], ...] = ()
    time_stop: str = ""


class Intent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One wish of a strategy. Sent by nobody as it is: risk decides, a person arms.

    `confidence` is 0 to 1. `risk` is the part of equity that may be lost, at most. `entry` is
    the price the strategy saw, `stop` the price at which it is wrong; both may be unknown.
    `good_for` (seconds) is how long the wish stands.
    """

    symbol: str
    direction: Direction
    instrument: Instrument
    confidence: float
    triggers: tuple[Reason, ...]
    risk: float
    exits: ExitPlan = ExitPlan()
    entry: float | None = None
    stop: float | None = None
    good_for: float = 60.0


class Passed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a strategy wants nothing now: for its log, where that is worth a line.

    `snapshot` is what it had before it, for whoever looks for the cause later: plain data.
    """

    symbol: str
    reason: str
    triggers: tuple[Reason, ...] = ()
    snapshot: dict[str, Any] = {}
