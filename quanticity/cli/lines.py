"""The running system as lines: for pipes, logs and terminals that cannot show a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from quanticity.errors import Problem
from quanticity.feeds.report import Change, Summary
from quanticity.logs import logger, redact


class Lines:
    """A `Report` that prints one line for each piece of news."""

    def __init__(self, out: TextIO, stamp: Callable[[], str]) -> None:
        self._out = out
        self._stamp = stamp
        self._read = True

    def step(self, name: str, ok: bool, detail: str) -> None:
        """`✓ store  embedded server, 41 ms`."""
        self._say(f"{'✓' if ok else '✗'} {name:<10} {detail}")

    def first_value(self, feed: str, key: str, age: float) -> None:
        """`✓ feed  unusual_whales.spot_gex SPY → raw:uw:spot_gex:SPY (0.4 s old)`."""
        self._say(f"✓ {'feed':<10} {feed} → {key} ({seconds(age)} old)")

    def problem(self, feed: str, text: str) -> None:
        """`✗ problem  unusual_whales.iv_rank AAPL: 500 from the vendor, next try in 2 s`."""
        self._say(f"✗ {'problem':<10} {feed + ': ' if feed else ''}{text}")

    def recovered(self, feed: str, text: str) -> None:
        """`✓ again  unusual_whales.iv_rank AAPL: values flow again`."""
        self._say(f"✓ {'again':<10} {feed + ': ' if feed else ''}{text}")

    def reloaded(self, change: Change) -> None:
        """`✓ reload  generation 2: 1 added, 0 removed, 2 changed, 180 kept (84 ms)`."""
        self._say(f"✓ {'reload':<10} {describe_change(change)}")

    def rejected(self, problems: Sequence[Problem]) -> None:
        """Every problem on its line; the last good config runs on."""
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        self._say(f"✗ {'reload':<10} {count}; the last good config runs on")
        for problem in problems:
            self._say(f"  {'':<10} {problem}")

    def summary(self, summary: Summary) -> None:
        """`· summary  182 feeds: 180 alive, 1 stale, 1 failing; 421 fetches, ...`."""
        self._say(f"· {'summary':<10} {describe_summary(summary)}")

    def note(self, text: str) -> None:
        """One plain line."""
        self._say(text)

    def _say(self, text: str) -> None:
        if not self._read:
            return
        try:
            # What a vendor or a file says may not clear the screen or forge a line.
            shown = "".join(sign if sign.isprintable() else " " for sign in redact(text))
            self._out.write(f"{self._stamp()} {shown}\n")
            self._out.flush()
        except BrokenPipeError:
            # Nobody reads any more (`| head`); the feeds do not stop for that.
            self._read = False
            logger.warning("nobody reads the output any more; the system goes on without it")
        except OSError as error:
            # A full disk under the file that we print to: the feeds do not stop for that either.
            logger.warning("a line could not be printed ({}): {}", error.strerror, text)


def describe_change(change: Change) -> str:
    """A reload in one line, naming what changed where that is little."""
    parts = []
    for word, names in (
        ("added", change.added),
        ("removed", change.removed),
        ("changed", change.changed),
    ):
        named = f" ({', '.join(names)})" if 0 < len(names) <= 3 else ""
        parts.append(f"{len(names)} {word}{named}")
    return (
        f"generation {change.generation}: {', '.join(parts)}, {change.kept} kept "
        f"({change.seconds * 1000:.0f} ms)"
    )


def describe_summary(summary: Summary) -> str:
    """The whole system in one line."""
    text = (
        f"{summary.feeds} feeds: {summary.alive} alive, {summary.stale} stale, "
        f"{summary.failing} failing; {summary.fetches} fetches, {summary.failures} failed, "
        f"{summary.skipped} skipped; generation {summary.generation}"
    )
    if summary.writes_waiting:
        text += f"; {summary.writes_waiting} values wait for the store"
    if summary.last_error:
        text += f"; last problem: {summary.last_error}"
    return text


def seconds(value: float | None) -> str:
    """A duration as a person says it: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`."""
    if value is None:
        return "–"
    if value < 0:
        return "-" + seconds(-value)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if value >= 2 * size:
            return f"{value / size:.0f} {unit}"
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
