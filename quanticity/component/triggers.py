"""When a component runs. Times of day are Eastern, on trading days of the exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SessionEvent = Literal["pre_market", "open", "close", "after_hours_end"]


@dataclass(frozen=True, slots=True, init=False)
class OnChange:
    """When one of these inputs changes; without names, when any required one does.

    Changes that come while it waits or runs coalesce into one run on the newest values.
    """

    inputs: tuple[str, ...]
    at_most_every: float

    def __init__(self, *inputs: str, at_most_every: float = 0.0) -> None:
        """`at_most_every` seconds lie between two runs, whatever changes.

        Only an input that the last run had no value of is not waited for.
        """
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "at_most_every", at_most_every)


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many seconds, in every session; `sessions` narrows it down."""

    seconds: float
    sessions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, init=False)
class At:
    """At times of day: `At("09:45", "15:45")`."""

    times: tuple[str, ...]

    def __init__(self, *times: str) -> None:
        object.__setattr__(self, "times", times)


@dataclass(frozen=True, slots=True)
class Around:
    """Before or after a session event: `Around("close", -600)` is ten minutes before it.

    Half days count: the close is then the early one.
    """

    event: SessionEvent
    seconds: float = 0.0


Trigger = OnChange | Every | At | Around
