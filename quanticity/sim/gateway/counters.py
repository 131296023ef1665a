"""What the gateway saw and did, in figures that tests and people read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields


@dataclass
class Counters:
    """Counts since the gateway began, by name.

    `messages` that came in and `sent` by kind, `errors` by code, `violations` by the pacing rule
    that was broken, `refused` connections and frames by reason, `connections` by what became of
    them, `faults` by name, carried out here.
    """

    messages: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    connections: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, dict[str, int]]:
        """Everything, in the order of names."""
        return {each.name: dict(sorted(getattr(self, each.name).items())) for each in fields(self)}
