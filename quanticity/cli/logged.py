"""What a person is told, kept: a table shows only the latest, and a terminal is closed."""

from __future__ import annotations

from collections.abc import Sequence

from quanticity.cli.lines import describe_change
from quanticity.errors import Problem
from quanticity.feeds.report import Change, Report
from quanticity.logs import file_only


class Logged:
    """A `Report` that hands everything on to `shown`, and writes it into the log file."""

    def __init__(self, shown: Report) -> None:
        self._shown = shown

    def step(self, name: str, ok: bool, detail: str) -> None:
        """A line of the start's list, or of what became of it."""
        file_only.log("INFO" if ok else "WARNING", "{}: {}", name, detail)
        self._shown.step(name, ok, detail)

    def first_value(self, feed: str, key: str, age: float) -> None:
        """The first value of a feed."""
        file_only.info("{}: first value, under {}", feed, key)
        self._shown.first_value(feed, key, age)

    def problem(self, feed: str, text: str) -> None:
        """What is wrong with a feed, or with the whole where it names none."""
        file_only.warning("{}{}", f"{feed}: " if feed else "", text)
        self._shown.problem(feed, text)

    def recovered(self, feed: str, text: str) -> None:
        """That it is good again."""
        file_only.info("{}{}", f"{feed}: " if feed else "", text)
        self._shown.recovered(feed, text)

    def reloaded(self, change: Change) -> None:
        """An edit is live."""
        file_only.info("reload: {}", describe_change(change))
        self._shown.reloaded(change)

    def rejected(self, problems: Sequence[Problem]) -> None:
        """An edit was refused."""
        for problem in problems:
            file_only.warning("reload refused: {}", problem)
        self._shown.rejected(problems)
