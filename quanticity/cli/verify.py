"""`status --verify`: whether there is a fresh value under each key that is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from quanticity.model import Priority
from quanticity.words import count, seconds

# What a row says of a feed that has no value that readers would take. `held` is not among them:
# hours, conditions and what a feed depends on excuse it, and a limit is seen by `_in_want`.
_LACKING = ("error", "stale", "first", "running")
_NO_CALL = "no call is free now"


@dataclass(frozen=True, slots=True)
class Verified:
    """A key that is needed.

    `age` is in seconds, None where there is no value; `reason` says what its feed waits for, or
    what is wrong.
    """

    key: str
    feed: str
    group: Priority
    age: float | None
    fresh: bool
    reason: str


def verified(rows: Iterable[Mapping[str, Any]], group: Priority) -> list[Verified]:
    """The keys of the feeds of `group` and of those above it, what lacks a fresh value first.

    `rows` are `feeds` as `status --format json` prints them. A feed that is held by its own
    conditions, or by a feed that it waits for, lacks nothing.
    """
    found = [
        Verified(
            key=row["key"],
            feed=row["feed"],
            group=Priority(row["group"]),
            age=row["age"],
            fresh=not _in_want(row),
            reason=row["reason"],
        )
        for row in rows
        if Priority(row["group"]).rank <= group.rank
    ]
    return sorted(found, key=lambda one: (one.fresh, one.group.rank))


def _in_want(row: Mapping[str, Any]) -> bool:
    if row["status"] == "running" and row["age"] is not None:
        return False
    if row["status"] == "held":
        return str(row["reason"]).startswith(_NO_CALL)
    return row["status"] in _LACKING


def verdict(found: Sequence[Verified]) -> str:
    """All keys in one line."""
    lacking = sum(not one.fresh for one in found)
    if lacking:
        return f"✗ {lacking} of {count(len(found), 'key')} without a fresh value"
    return f"✓ {count(len(found), 'key')}, all with a fresh value or excused"


def table(found: Sequence[Verified]) -> Table:
    """Each key with its age."""
    shown = Table("key", "group", "age", "", box=None, header_style="dim", pad_edge=False)
    for one in found:
        age = "–" if one.age is None else seconds(one.age)
        shown.add_row(one.key, one.group.value, age, ("" if one.fresh else "✗ ") + one.reason)
    return shown
