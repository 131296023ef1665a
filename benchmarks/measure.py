"""What a benchmark gives back, and how it is taken."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `target` is the most it may be (the least, where `higher` is better)."""

    what: str
    value: float
    unit: str = ""
    target: float | None = None
    higher: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or nothing where there is no target."""
        if self.target is None:
            return ""
        met = self.value >= self.target if self.higher else self.value <= self.target
        return "met" if met else "**missed**"

    def as_dict(self) -> dict[str, Any]:
        """For the JSON that one process hands to another."""
        return asdict(self)


def ratio(what: str, one: float, other: float, target: float | None = None, note: str = "") -> Row:
    """`one` in units of `other`, as a row."""
    return Row(what, one / other, "x", target, note=note)


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process, system time included, that `work` takes."""
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def milliseconds(work: Callable[[], object], rounds: int) -> list[float]:
    """Wall time of each of so many calls, after one that is not counted."""
    work()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def median_in_turns(
    contenders: dict[str, Callable[[], float]], rounds: int = 5
) -> dict[str, float]:
    """The median figure of each, taken in turns, so that a slow minute is slow for all."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            taken[name].append(measure())
    return {name: statistics.median(figures) for name, figures in taken.items()}
