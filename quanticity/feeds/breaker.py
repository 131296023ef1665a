"""Leaves a broken endpoint alone for a while, and only that one."""

from __future__ import annotations

from quanticity.config.schema.endpoint import Breaker as BreakerSpec


class Breaker:
    """Counts failures in a row of all feeds of one endpoint.

    Open, it holds every run back. When the pause is over one run goes through as a probe: if it
    succeeds the breaker closes, if it fails the pause doubles. Times are monotonic seconds: a
    wall clock that is set makes no pause longer.
    """

    __slots__ = ("_lease", "_open_until", "_pause", "_probe_until", "_spec", "failures")

    def __init__(self, spec: BreakerSpec, lease: float = 30.0) -> None:
        self._spec = spec
        self._lease = lease
        self.failures = 0
        self._pause = 0.0
        self._open_until = 0.0
        self._probe_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether failures have opened it and no probe has closed it yet."""
        return self._pause > 0

    def holds(self, now: float) -> float | None:
        """Seconds for which a run must wait, or None where it may go.

        Where it is half open the first to ask is let through as the probe; the others wait until
        it is back, or for `lease` seconds where it never runs.
        """
        if not self._pause:
            return None
        waits = max(self._open_until, self._probe_until) - now
        if waits > 0:
            return waits
        self._probe_until = now + self._lease
        return None

    def succeeded(self) -> None:
        """A run brought a value: all is forgotten."""
        if self.failures:
            self.failures = 0
            self._pause = self._open_until = self._probe_until = 0.0

    def failed(self, now: float) -> bool:
        """A run came to nothing. True where this opened the breaker, or kept it open."""
        self.failures += 1
        if self.failures < self._spec.failures:
            return False
        if now < self._open_until:
            # Runs that were under way when it opened say nothing new.
            return True
        self._pause = (
            min(2 * self._pause, self._spec.max_seconds)
            if self._pause
            else self._spec.cool_down_seconds
        )
        self._open_until = now + self._pause
        self._probe_until = 0.0
        return True
