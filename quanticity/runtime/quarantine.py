"""What fails is left alone for a while, longer each time, and then tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0


@dataclass(frozen=True, slots=True)
class Held:
    """One binding in quarantine: failures in a row, why, and until when (epoch seconds)."""

    failures: int
    reason: str
    where: str
    until: float


class Quarantine:
    """Who is held. Moments are epoch seconds of the system's clock."""

    def __init__(self, held: Mapping[str, Held] | None = None) -> None:
        self._held = dict(held or {})

    def failed(self, id: str, reason: str, where: str, now: float) -> Held:
        """It failed: hold it for 1 s, 2 s, 4 s and so on, at most 5 minutes."""
        before = self._held.get(id)
        failures = before.failures + 1 if before is not None else 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 20))
        held = self._held[id] = Held(failures, reason, where, now + pause)
        return held

    def succeeded(self, id: str) -> Held | None:
        """It ran well: forget what was; returns it."""
        return self._held.pop(id, None) if self._held else None

    def set_back(self, now: float) -> None:
        """The wall clock was set back to `now`: nobody is held longer than for a pause."""
        latest = now + LONGEST_PAUSE
        for name, held in self._held.items():
            self._held[name] = replace(held, until=min(held.until, latest))

    def until(self, id: str) -> float:
        """When it may run again; 0 where it may run now."""
        held = self._held.get(id) if self._held else None
        return held.until if held is not None else 0.0

    def of(self, id: str) -> Held | None:
        """Why it is held, where it is, or was until its next run shows better."""
        return self._held.get(id)

    @property
    def all(self) -> Mapping[str, Held]:
        """Everybody held, by id."""
        return dict(self._held)
