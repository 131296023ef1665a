"""How quick an endpoint answers, judged over minutes: one late answer makes nobody slow."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf

from quanticity.config.schema.root import Failover

WINDOW = 60.0
"""Seconds of answers that a 95th percentile is taken of; fewer where a failover is quicker."""
_MOST = 1000


class Tempo:
    """The 95th percentile of an endpoint's answers in the last minute, and since when it is high.

    `slow` once it was above the limit for `for_seconds` without a break, and until it was not for
    `back_after_seconds`; `turned` is called at each change of it. A call that came to nothing is
    slower than any answer. Where answers are further apart than a minute, the latest one counts.
    Moments are monotonic seconds, which no wall clock that is set moves; answers take seconds.
    """

    def __init__(self, spec: Failover, turned: Callable[[], None]) -> None:
        self.slow = False
        self.p95: float | None = None
        self._limit = spec.p95_seconds
        self._patience = spec.for_seconds
        self._caution = spec.back_after
        self._window = min(WINDOW, spec.for_seconds)
        self._turned = turned
        self._answers: deque[tuple[float, float]] = deque(maxlen=_MOST)
        self._since: tuple[bool, float] = False, -inf

    def follow(self, earlier: Tempo) -> None:
        """Go on from what another knows of the same endpoint; by its own limits from now on."""
        self.slow, self.p95 = earlier.slow, earlier.p95
        self._answers.extend(earlier._answers)
        self._since = earlier._since

    def took(self, now: float, seconds: float) -> None:
        """An answer was there `seconds` after it was asked for."""
        answers = self._answers
        answers.append((now, seconds))
        while len(answers) > 1 and answers[0][0] <= now - self._window:
            answers.popleft()
        ordered = sorted(each for _, each in answers)
        self.p95 = ordered[-(-95 * len(ordered) // 100) - 1]
        self._judge(self.p95 > self._limit, now)

    def failed(self, now: float) -> None:
        """A call came to nothing."""
        self.took(now, inf)

    def _judge(self, high: bool, now: float) -> None:
        if high is not self._since[0]:
            self._since = high, now
        wait = self._patience if high else self._caution
        if high is not self.slow and now - self._since[1] >= wait:
            self.slow = high
            self._turned()

    @property
    def told(self) -> str:
        """`p95 3.1 s`, for a person."""
        if self.p95 is None:
            return "no answer yet"
        return "its calls fail" if self.p95 == inf else f"p95 {self.p95:.2g} s"
