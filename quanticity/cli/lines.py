"""The running system as lines: for pipes, logs and terminals that cannot show a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from quanticity.cli.problems import line_of, told
from quanticity.errors import Problem
from quanticity.feeds.report import Change, Summary
from quanticity.logs import logger
from quanticity.words import count, seconds


class Lines:
    """A `Report` that prints one line for each piece of news."""

    def __init__(self, out: TextIO, stamp: Callable[[], str]) -> None:
        self._out = out
        self._stamp = stamp
        self._read = True

    def step(self, name: str, ok: bool, detail: str) -> None:
        """`✓ store  embedded server, 41 ms`."""
        self._say(f"{'✓' if ok else '✗'} {name:<10} {detail}")

    def warned(self, name: str, detail: str) -> None:
        """`! config  data_sources.yaml:7:3: warning: ...`."""
        self._say(f"! {name:<10} {detail}")

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
        many = count(len(problems), "problem")
        self._say(f"✗ {'reload':<10} {many}; the last good config runs on")
        shown, more = told(problems)
        for line in (*shown, *filter(None, (more,))):
            self._say(f"  {'':<10} {line}")

    def summary(self, summary: Summary) -> None:
        """`· summary  182 feeds of 87 endpoints: 180 alive, 1 stale, ...; 421 fetches, ...`."""
        self._say(f"· {'summary':<10} {describe_summary(summary)}")

    def _say(self, text: str) -> None:
        if not self._read:
            return
        try:
            # What a vendor or a file says may not clear the screen or forge a line.
            shown = "".join(sign if sign.isprintable() else " " for sign in line_of(text))
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
    anew = f"; loaded anew: {', '.join(change.anew)}" if change.anew else ""
    return (
        f"generation {change.generation}: {', '.join(parts)}, {change.kept} kept "
        f"({change.seconds * 1000:.0f} ms){anew}"
    )


def describe_summary(summary: Summary) -> str:
    """The whole system in one line."""
    waiting = summary.feeds - summary.alive - summary.stale - summary.failing
    text = (
        f"{summary.size}: {summary.alive} alive, {waiting} waiting, "
        f"{summary.stale} stale, {summary.failing} failing; {describe_work(summary)}, "
        f"{summary.skipped} skipped; generation {summary.generation}"
    )
    if summary.writes_waiting:
        verb = "waits" if summary.writes_waiting == 1 else "wait"
        text += f"; {count(summary.writes_waiting, 'value')} {verb} for the store"
    if summary.last_error:
        text += f"; last problem: {summary.last_error}"
    return text


def describe_work(summary: Summary) -> str:
    """What was done so far: `421 fetches, 2 failed, 35 messages`; messages come unasked."""
    text = f"{count(summary.fetches, 'fetch', 'fetches')}, {summary.failures:,} failed"
    return text + (f", {count(summary.messages, 'message')}" if summary.messages else "")
