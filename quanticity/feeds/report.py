"""What a running system tells the person in front of it, and in which words it is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from quanticity import words
from quanticity.errors import Problem, Severity
from quanticity.model import Priority


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One feed as the table shows it. Ages, times and latencies are in seconds.

    `status` is one word (`ok`, `first`, `running`, `waiting`, `stale`, `error`, `drift`, `held`,
    `off`); `reason` says why, where it is not `ok`. `calls_left` is what the source's budget
    has left in its shortest window, None where nothing limits it. `messages` came over a stream.
    """

    feed: str
    source: str
    endpoint: str
    group: Priority
    key: str
    status: str
    reason: str = ""
    age: float | None = None
    next_due: float | None = None
    latency: float | None = None
    calls_left: int | None = None
    fetches: int = 0
    failures: int = 0
    skipped: int = 0
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole system in one line.

    A feed is an endpoint for one set of values (a symbol, an expiry); `endpoints` counts what
    YAML names. What a stream brings are `messages`; only what was asked for is a fetch.
    """

    feeds: int
    alive: int
    stale: int
    failing: int
    fetches: int
    failures: int
    skipped: int
    writes_waiting: int = 0
    generation: int = 0
    last_error: str = ""
    endpoints: int = 0
    messages: int = 0

    @property
    def size(self) -> str:
        """`182 feeds of 87 endpoints`."""
        return f"{words.count(self.feeds, 'feed')} of {words.count(self.endpoints, 'endpoint')}"


@dataclass(frozen=True, slots=True)
class Change:
    """What a reload did, by feed id; `anew` are transforms and contracts that came with it."""

    generation: int
    added: Sequence[str] = field(default_factory=tuple)
    removed: Sequence[str] = field(default_factory=tuple)
    changed: Sequence[str] = field(default_factory=tuple)
    kept: int = 0
    seconds: float = 0.0
    anew: Sequence[str] = field(default_factory=tuple)


class Report(Protocol):
    """Where news goes: a table in a terminal, lines in a pipe, or a list in a test."""

    def step(self, name: str, ok: bool, detail: str) -> None:
        """One line of the start's list, ticked or crossed with its reason."""
        ...

    def warned(self, name: str, detail: str) -> None:
        """A line of the same list: all goes on, and something is to be looked at."""
        ...

    def first_value(self, feed: str, key: str, age: float) -> None:
        """A feed's first value is in the store; `age` is in seconds."""
        ...

    def problem(self, feed: str, text: str) -> None:
        """Something is wrong with one feed, or (feed empty) with the whole."""
        ...

    def recovered(self, feed: str, text: str) -> None:
        """What was wrong is right again."""
        ...

    def reloaded(self, change: Change) -> None:
        """An edit is live."""
        ...

    def rejected(self, problems: Sequence[Problem]) -> None:
        """An edit was refused; the last good config runs on."""
        ...


def tell(report: Report, name: str, problems: Iterable[Problem]) -> None:
    """A line of the list for each problem: crossed where it is an error, else a warning."""
    for problem in problems:
        if problem.severity is Severity.ERROR:
            report.step(name, False, str(problem))
        else:
            report.warned(name, str(problem))
