"""docs/benchmarks.md: every table with its day, and how quick the machine was then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import Row


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A module of this folder, and how its table is introduced."""

    name: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What one benchmark gave: `on` is the day, `speed` what the machine did beside it."""

    on: str
    speed: str
    rows: Sequence[Row]

    def as_dict(self) -> dict[str, Any]:
        """For the file in which results are kept."""
        return {"on": self.on, "speed": self.speed, "rows": [row.as_dict() for row in self.rows]}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Measured:
        """Read it from there."""
        return cls(told["on"], told["speed"], [Row(**row) for row in told["rows"]])


def page(
    benchmarks: Sequence[Benchmark],
    results: Mapping[str, Measured],
    machine: Sequence[tuple[str, str]],
) -> str:
    """The whole page; `machine` is what is true of it on every day."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Medians; ratios are of figures of the same run. Figures of one",
        "machine say little about another, and where others use it too, those of one hour little",
        "about the next: each table says when it was measured, and how quick the machine was then.",
        "Ratios say more.",
        "",
        "| machine | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in machine),
    ]
    for bench in benchmarks:
        found = results.get(bench.name)
        if found is None or not found.rows:
            continue
        speed = f"; {found.speed}" if found.speed else ""
        lines += [
            "",
            f"## {bench.title}",
            "",
            f"{bench.about} Measured on {found.on}{speed}.",
            "",
            "| | figure | target | |",
            "|---|---:|---:|---|",
            *(_line(row) for row in found.rows),
        ]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    target = ""
    if row.target is not None:
        target = f"{'≥' if row.higher else '≤'} {figure(row.target)}"
    what = f"{row.what} ({row.note})" if row.note else row.what
    return f"| {what} | {figure(row.value)} {row.unit} | {target} | {row.verdict} |"


def figure(value: float) -> str:
    """As many digits as say something."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"
