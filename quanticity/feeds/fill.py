"""Rows that one value lacks, taken from others. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from quanticity.clock import closing_time, eastern
from quanticity.config.schema.root import Fill
from quanticity.errors import BadBody
from quanticity.feeds.paths import MISSING, first, identity, put
from quanticity.parse import day
from quanticity.spec import near

FROM = "filled_from"
"""The field of a row that was taken from another source: whose it is."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A value with the rows that it lacked, and how many came from each source."""

    value: Any
    counts: Mapping[str, int]


def rows_at(value: Any, fill: Fill) -> list[Any]:
    """The rows of a value. BadBody where there is no list at `fill.rows`."""
    rows = first(value, fill.rows)
    if not isinstance(rows, list):
        where = f"at '{fill.rows}'" if fill.rows else "at its root"
        raise BadBody(f"there is no list of rows {where}")
    return rows


def keyless(rows: Sequence[Any], fill: Fill) -> str:
    """What is wrong where none of the rows has one of the fields of `key`; else empty.

    Such rows cannot be told from others: all that another source has would pass for missing.
    """
    for key in fill.keys:
        if rows and not any(_named_by(row, key) for row in rows):
            return f"no row has '{key}'{_meant(key, rows)}"
    return ""


def undated(rows: Sequence[Any], fill: Fill) -> str:
    """What is wrong where none of the rows says its last day, so that none is taken; else empty."""
    if fill.until is None or not rows:
        return ""
    if any(isinstance(row, dict) and day(first(row, fill.until)) is not None for row in rows):
        return ""
    return f"no row has a day at '{fill.until}'{_meant(fill.until, rows)}"


def _named_by(row: Any, key: str) -> bool:
    return isinstance(row, dict) and identity(row, key) is not MISSING


def _meant(path: str, rows: Sequence[Any]) -> str:
    fields = next((row for row in rows if isinstance(row, dict)), {})
    hint = near(path, fields) if path not in fields else ""
    return f"; {hint}" if hint else ""


def filled(value: Any, others: Mapping[str, Sequence[Any]], fill: Fill, now: float) -> Filled:
    """`value` with all its rows as they are, and behind them those that only `others` have.

    `others` are rows by source; of the first source that has a row it is taken, marked with
    `filled_from`. What has no `key`, or whose last day (`until`) is over at `now` (epoch seconds),
    is not taken. `value` itself is changed. BadBody where it has no rows, or is no object.
    """
    rows = rows_at(value, fill)
    if fill.rows and not isinstance(value, dict):
        raise BadBody(f"it is no object, and '{fill.rows}' leads into one")
    name = _namer(fill.keys)
    there = {found for row in rows if (found := name(row)) is not None}
    over = _ended(fill.until, now)
    more, counts = list[Any](), dict[str, int]()
    for source, given in others.items():
        before = len(more)
        for found, row in _named(given, name):
            if found not in there and not over(row):
                there.add(found)
                more.append({**row, FROM: source})
        counts[source] = len(more) - before
    whole = [*rows, *more]
    return Filled(put(value, fill.rows, whole) if fill.rows else {"rows": whole}, counts)


def _named(rows: Sequence[Any], name: Callable[[Any], Any]) -> Iterator[tuple[Any, Any]]:
    for row in rows:
        found = name(row)
        if found is not None:
            yield found, row


def _namer(keys: tuple[str, ...]) -> Callable[[Any], Any]:
    """What tells a row from others; None for one that lacks a part of it."""
    if len(keys) == 1:
        only = keys[0]

        def name(row: Any) -> Any:
            if not isinstance(row, dict):
                return None
            # Chains have thousands of rows, with a text at once in each.
            found = row.get(only)
            if type(found) is str and found:
                return found
            found = identity(row, only)
            return None if found is MISSING else found
    else:

        def name(row: Any) -> Any:
            found = tuple(identity(row, key) for key in keys) if isinstance(row, dict) else MISSING
            return None if found is MISSING or MISSING in found else found

    return name


def _ended(until: str | None, now: float) -> Callable[[Any], bool]:
    """Whether the last day of a row is over: at the exchange's close, Eastern time."""
    if until is None:
        return lambda row: False
    local = eastern(now)
    closed = local.time() >= closing_time(local.date())
    earliest = (local.date() + timedelta(days=closed)).isoformat()

    def over(row: Any) -> bool:
        found = row.get(until)
        last = day(found if type(found) is str else first(row, until))
        # What does not say its last day cannot be known to live: it is not taken.
        return last is None or last < earliest

    return over
