"""What changed in every figure since the same row's previous value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from quanticity.feeds.steps import is_decimal, is_id_name, is_time_name

PREFIX = "delta_"
_LARGEST = 2**63
_MOST_ROWS = 1000
"""Rows of events that are remembered, those that came last: others may never come again."""

Memory = dict[str, dict[str, int | float | str]]
"""Row to field to the figure it had, as the vendor wrote it. Plain JSON."""

# What tells rows of a list apart: each of these alone where it does, else all of the rest together.
_ALONE = ("id", "option_symbol", "contractID", "option_chain", "option", "tracking_id", "url")
_TOGETHER = frozenset(
    (
        *("expiry", "expires", "expiration", "expiration_date", "strike", "type", "option_type"),
        *("right", "side", "dte", "days", "name", "sector", "timespan", "period", "interval"),
    )
)


def calculate_deltas(value: Any, before: Memory, option: Any) -> tuple[Any, Memory]:
    """`value` with `delta_` fields, and the figures to compare the next one with.

    A row of a list is known by the fields that tell the rows of that list apart: its identity
    (symbol, expiry, strike, ...) and, only where that is not enough, its time. Lists whose rows
    cannot be told apart get no deltas. An object that is no row of a list is known by its place,
    and by `key` where that is given: of events each is compared with the one before of its key.
    Deltas of a delta, of a time and of an identity are not made, and no field is overwritten.
    """
    wanted = option if isinstance(option, Mapping) else {}
    key = tuple(wanted.get("key", ()))
    work = _Deltas(before, key, frozenset(wanted.get("fields", ())))
    if not key or not isinstance(value, dict) or any(name not in value for name in key):
        work.walk(value, "", frozenset())
        return value, work.after
    # One row by itself, as events come: the one before it may be of another symbol.
    work.walk(value, f"[{_mark(value, key)}]", frozenset(key))
    others = {where: figures for where, figures in before.items() if where not in work.after}
    surplus = max(0, len(others) + min(0, len(work.after) - _MOST_ROWS))
    return value, {**dict(islice(others.items(), surplus, None)), **work.after}


class _Deltas:
    def __init__(self, before: Memory, key: tuple[str, ...], fields: frozenset[str]) -> None:
        self._before = before
        self._key = key
        self._fields = fields
        self.after: Memory = {}

    def walk(self, value: Any, where: str, identity: frozenset[str]) -> None:
        if isinstance(value, list):
            self._rows(value, where)
        elif isinstance(value, dict):
            for name, item in value.items():
                if isinstance(item, dict | list):
                    self.walk(item, f"{where}.{name}" if where else name, frozenset())
            self._row(value, where, identity)

    def _rows(self, rows: list[Any], where: str) -> None:
        if not rows or not all(isinstance(row, dict) for row in rows):
            return
        names = self._telling_apart(rows)
        if names is None:
            return
        told = frozenset(names)
        for row in rows:
            self.walk(row, f"{where}[{_mark(row, names)}]", told)

    def _telling_apart(self, rows: list[dict[str, Any]]) -> tuple[str, ...] | None:
        if self._key:
            choices: list[tuple[str, ...]] = [self._key]
        else:
            identity = _names(rows[0], lambda name: name in _TOGETHER or is_id_name(name))
            choices = [(name,) for name in _ALONE if name in rows[0]]
            choices += [identity, identity + _names(rows[0], is_time_name)]
        for names in choices:
            marks = {tuple(str(row.get(name, "")) for name in names) for row in rows}
            if names and len(marks) == len(rows):
                return names
        return None

    def _row(self, row: dict[str, Any], where: str, identity: frozenset[str]) -> None:
        figures = {
            name: item
            for name, item in row.items()
            if self._counts(name, identity) and _is_figure(item)
        }
        if not figures:
            return
        earlier = self._before.get(where, {})
        self.after[where] = figures
        for name, item in figures.items():
            delta = f"{PREFIX}{name}"
            if delta not in row:
                row[delta] = _difference(item, earlier[name]) if name in earlier else None

    def _counts(self, name: str, identity: frozenset[str]) -> bool:
        if self._fields:
            return name in self._fields
        return not (
            name in identity or name.startswith(PREFIX) or is_time_name(name) or is_id_name(name)
        )


def _mark(row: Mapping[str, Any], names: Iterable[str]) -> str:
    return "|".join(str(row.get(name, "")) for name in names)


def _names(row: Mapping[str, Any], telling: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(
        name for name, item in row.items() if telling(name) and not isinstance(item, dict | list)
    )


def _is_figure(item: Any) -> bool:
    if isinstance(item, str):
        return is_decimal(item)
    return isinstance(item, int | float) and not isinstance(item, bool)


def _difference(now: float | str, before: float | str) -> int | float:
    if isinstance(now, int) and isinstance(before, int):
        change = now - before
        # JSON text holds 64 bits of a whole number.
        return change if abs(change) < _LARGEST else float(change)
    try:
        # As the decimals that were written: 0.3 - 0.1 is 0.2.
        return float(Decimal(str(now)) - Decimal(str(before)))
    except ArithmeticError:
        return float(now) - float(before)
