"""What a replay found: differences, and what could not be compared, for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quanticity import words
from quanticity.journal.segment import Damage

_AROUND = 24
_STEP = 4096


@dataclass(slots=True)
class Difference:
    """One thing that one run did otherwise than recorded.

    `at` is the first differing byte of the output, from 0; None until both texts are known.
    """

    binding: str
    plugin: str
    now: float
    seq: str
    what: str
    inputs: Mapping[str, Sequence[str]]
    key: str = ""
    recorded_hash: str = ""
    replayed: bytes | None = None
    recorded: bytes | None = None
    changed: bool = False
    at: int | None = None

    def compare(self, recorded: bytes) -> None:
        """The recorded bytes were found: say where they differ first."""
        self.recorded = recorded
        if self.replayed is not None:
            self.at = first_difference(recorded, self.replayed)

    def as_data(self) -> dict[str, Any]:
        """As programs read it; `first_differing_byte` is null where it is not known."""
        return {
            "component": self.binding,
            "plugin": self.plugin,
            "now": self.now,
            "after": self.seq,
            "what": self.what,
            "key": self.key,
            "inputs": self.inputs,
            "plugin_changed": self.changed,
            "first_differing_byte": self.at,
        }

    def lines(self) -> list[str]:
        """As people read it."""
        told = [f"{self.binding}, run after seq {self.seq}: {self.what}"]
        if self.changed:
            told.append(f"  its plugin is not the one that was recorded: {self.plugin}")
        for key, seqs in self.inputs.items():
            shown = ", ".join(seqs[-3:]) or "nothing new"
            more = f" and {len(seqs) - 3} before" if len(seqs) > 3 else ""
            told.append(f"  input {key} (seq {shown}{more})")
        if self.at is not None and self.recorded is not None and self.replayed is not None:
            told.append(f"  first differing byte: {self.at}")
            told.append(f"    recorded: {_excerpt(self.recorded, self.at)}")
            told.append(f"    replayed: {_excerpt(self.replayed, self.at)}")
        elif self.key and self.replayed is not None:
            told.append("  the recorded bytes were never written, so only their hash is known")
        return told


@dataclass(slots=True)
class Verdict:
    """What came of verifying a recording.

    `skipped` counts runs that could not be compared, by reason. `span` is the recorded time in
    seconds, `took` what verifying it took. `bad_values` are values that are not what was stored.
    """

    runs: int = 0
    values: int = 0
    differences: list[Difference] = field(default_factory=list)
    differed: int = 0
    damage: list[Damage] = field(default_factory=list)
    bad_values: list[str] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    span: float = 0.0
    took: float = 0.0

    @property
    def same(self) -> bool:
        """True where all that was compared is as recorded, and all of it could be read.

        Where nothing was compared, nothing is proven.
        """
        return self.runs > 0 and not (self.differed or self.damage or self.bad_values)

    def skip(self, why: str) -> None:
        """Count a run that could not be compared."""
        self.skipped[why] = self.skipped.get(why, 0) + 1

    def as_data(self) -> dict[str, Any]:
        """As programs read it."""
        return {
            "same": self.same,
            "runs": self.runs,
            "values": self.values,
            "differences": self.differed,
            "shown": [one.as_data() for one in self.differences],
            "damage": [
                {"file": str(one.path), "offset": one.offset, "size": one.size, "why": one.why}
                for one in self.damage
            ],
            "bad_values": self.bad_values,
            "skipped": self.skipped,
            "lost": self.lost,
            "recorded_seconds": self.span,
            "took_seconds": self.took,
        }

    def lines(self) -> list[str]:
        """As people read it, the differences first."""
        told = [line for one in self.differences for line in one.lines()]
        if self.differed > len(self.differences):
            more = self.differed - len(self.differences)
            told.append(f"... and {words.count(more, 'difference')} more")
        told += [f"damaged: {one}" for one in self.damage]
        told += [f"not what was stored: {one}" for one in self.bad_values]
        if self.lost:
            told.append(f"{words.count(self.lost, 'record')} never written: the disk was too slow")
        told += [f"not compared: {words.count(n, 'run')}, {why}" for why, n in self.skipped.items()]
        speed = f"{self.runs / self.took:,.0f} a second" if self.took else ""
        pace = f", {self.span / self.took:,.0f} times real time" if self.took and self.span else ""
        came = words.count(self.differed, "difference") if self.differed else "no difference"
        if not self.runs:
            told.append(f"nothing was compared: no run on {words.count(self.values, 'value')}")
            return told
        told.append(
            f"{words.count(self.runs, 'run')} compared on {words.count(self.values, 'value')}: "
            f"{came} ({speed}{pace})"
        )
        return told


def first_difference(one: bytes, other: bytes) -> int | None:
    """The place of the first differing byte, from 0; None where they are equal."""
    if one == other:
        return None
    most = min(len(one), len(other))
    for begin in range(0, most, _STEP):
        if one[begin : begin + _STEP] == other[begin : begin + _STEP]:
            continue
        for at in range(begin, min(begin + _STEP, most)):
            if one[at] != other[at]:
                return at
    return most


def _excerpt(text: bytes, at: int) -> str:
    begin = max(0, at - _AROUND)
    shown = text[begin : at + _AROUND].decode("utf-8", "replace")
    before = "…" if begin else ""
    after = "…" if at + _AROUND < len(text) else ""
    return f"{before}{shown}{after}"
