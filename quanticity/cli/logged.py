"""What a person is told, kept: a table shows only the latest, and a terminal is closed."""

from __future__ import annotations

from collections.abc import Sequence

from quanticity.cli.lines import describe_change
from quanticity.errors import Problem
from quanticity.feeds.message import one_line
from quanticity.feeds.report import Change, Report
from quanticity.logs import file_only

_GOOD, _BAD = "INFO", "WARNING"


class Logged:
    """A `Report` that hands everything on to `shown`, and writes it into the log file."""

    def __init__(self, shown: Report) -> None:
        self._shown = shown

    def step(self, name: str, ok: bool, detail: str) -> None:
        """A line of the start's list, or of what became of it."""
        _keep(_GOOD if ok else _BAD, name, detail)
        self._shown.step(name, ok, detail)

    def warned(self, name: str, detail: str) -> None:
        """A line of that list that stops nothing."""
        _keep(_BAD, name, detail)
        self._shown.warned(name, detail)

    def first_value(self, feed: str, key: str, age: float) -> None:
        """The first value of a feed."""
        _keep(_GOOD, feed, f"first value, under {key}")
        self._shown.first_value(feed, key, age)

    def problem(self, feed: str, text: str) -> None:
        """What is wrong with a feed, or with the whole where it names none."""
        _keep(_BAD, feed, text)
        self._shown.problem(feed, text)

    def recovered(self, feed: str, text: str) -> None:
        """That it is good again."""
        _keep(_GOOD, feed, text)
        self._shown.recovered(feed, text)

    def reloaded(self, change: Change) -> None:
        """An edit is live."""
        _keep(_GOOD, "reload", describe_change(change))
        self._shown.reloaded(change)

    def rejected(self, problems: Sequence[Problem]) -> None:
        """An edit was refused."""
        for problem in problems:
            _keep(_BAD, "reload refused", str(problem))
        self._shown.rejected(problems)


def _keep(level: str, what: str, text: str) -> None:
    # What a vendor or a file says may not forge a line.
    file_only.log(level, "{}", one_line(f"{what}: {text}" if what else text))
