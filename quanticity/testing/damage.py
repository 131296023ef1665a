"""Bodies with something wrong in them: what a vendor sends on a bad day."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[str | int, ...]
_ROWS = 1
_MOST = 150


def damaged(body: Any) -> Iterator[tuple[str, Any]]:
    """(what is wrong, the body with it), at most 150 of them.

    Each figure and each field, in one row and in all rows: null, missing, "NaN" as a text, a text
    that is no number; each list and each object empty.
    """
    count = 0
    for path in _paths(body):
        for what, change in _CHANGES:
            other = copy.deepcopy(body)
            if _apply(other, path, change):
                count += 1
                yield f"{_said(path)} {what}", other
                if count >= _MOST:
                    return
    if isinstance(body, list | dict) and body:
        yield "$ is empty", type(body)()


def _paths(body: Any, above: Path = ()) -> Iterator[Path]:
    """Places below, `*` for all rows of a list; of many rows the first stands for any."""
    if isinstance(body, dict):
        for name, item in body.items():
            yield (*above, name)
            yield from _paths(item, (*above, name))
    elif isinstance(body, list):
        for number, item in enumerate(body[:_ROWS]):
            yield (*above, number)
            yield from _paths(item, (*above, number))
        if body and isinstance(body[0], dict | list):
            yield from _paths(body[0], (*above, "*"))


def _apply(body: Any, path: Path, change: Callable[[Any, Any], bool]) -> bool:
    first, rest = path[0], path[1:]
    if first == "*" and isinstance(body, list):
        return max([_apply(item, rest, change) for item in body], default=False)
    try:
        if not rest:
            return change(body, first)
        return _apply(body[first], rest, change)
    except (LookupError, TypeError):
        return False  # this row has no such field


def _null(body: Any, at: Any) -> bool:
    body[at] = None
    return True


def _missing(body: Any, at: Any) -> bool:
    if not isinstance(body, dict):
        return False
    del body[at]
    return True


def _nan(body: Any, at: Any) -> bool:
    return _figure(body, at, "NaN")


def _text(body: Any, at: Any) -> bool:
    return _figure(body, at, "n/a")


def _figure(body: Any, at: Any, instead: str) -> bool:
    if not isinstance(body[at], int | float) or isinstance(body[at], bool):
        return False
    body[at] = instead
    return True


def _empty(body: Any, at: Any) -> bool:
    if not isinstance(body[at], list | dict) or not body[at]:
        return False
    body[at] = type(body[at])()
    return True


_CHANGES: tuple[tuple[str, Callable[[Any, Any], bool]], ...] = (
    ("is null", _null),
    ("is missing", _missing),
    ('is "NaN"', _nan),
    ('is "n/a"', _text),
    ("is empty", _empty),
)


def _said(path: Path) -> str:
    return "$" + "".join(
        f"[{part}]" if isinstance(part, int) or part == "*" else f".{part}" for part in path
    )
