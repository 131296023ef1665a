"""Dotted paths into decoded bodies: `data.*.time`, `Meta Data.3. Last Refreshed`.

`*` stands for every item of a list (or every value of a mapping), a number for one item of a
list, and anything else for a key. Keys may hold dots themselves: the longest key that fits is
taken first. The empty path is the body itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MISSING: Any = object()
"""What `first` gives where nothing stands."""


def find(body: Any, path: str) -> Iterator[Any]:
    """Everything that stands at `path`, in order."""
    if not path:
        yield body
    elif isinstance(body, Mapping):
        yield from _in_mapping(body, path)
    elif isinstance(body, list):
        head, _, rest = path.partition(".")
        if head == "*":
            # Chains have thousands of rows, with the key at once in each: no call for these.
            for item in body:
                if rest and type(item) is dict and rest in item:
                    yield item[rest]
                else:
                    yield from find(item, rest)
        elif head.lstrip("-").isdigit() and -len(body) <= int(head) < len(body):
            yield from find(body[int(head)], rest)


def first(body: Any, path: str) -> Any:
    """The first thing at `path`, or MISSING."""
    return next(find(body, path), MISSING)


def identity(row: Any, path: str) -> Any:
    """What tells a row from others at `path`; MISSING for null, empty text, an object or list."""
    found = first(row, path)
    return MISSING if found in (None, "") or isinstance(found, (dict, list)) else found


def put(body: Any, path: str, value: Any) -> Any:
    """`body` with `value` in place of what `first` finds at `path`; changed in place.

    KeyError where nothing stands there.
    """
    if not path:
        return value
    for place, rest in _places(body, path):
        if first(body[place], rest) is not MISSING:
            body[place] = put(body[place], rest, value)
            return body
    raise KeyError(path)


def _places(body: Any, path: str) -> Iterator[tuple[Any, str]]:
    """Where `find` goes on from here: keys or numbers, and the paths that are left."""
    head, _, rest = path.partition(".")
    if isinstance(body, dict):
        yield from (split for split in _splits(path) if split[0] in body)
        if head == "*":
            yield from ((key, rest) for key in body)
    elif isinstance(body, list):
        if head == "*":
            yield from ((number, rest) for number in range(len(body)))
        elif head.lstrip("-").isdigit() and -len(body) <= int(head) < len(body):
            yield int(head), rest


def _in_mapping(body: Mapping[str, Any], path: str) -> Iterator[Any]:
    for key, rest in _splits(path):
        if key in body:
            yield from find(body[key], rest)
            return
    head, _, rest = path.partition(".")
    if head == "*":
        for item in body.values():
            yield from find(item, rest)


def _splits(path: str) -> Iterator[tuple[str, str]]:
    """(key, rest) for every place where the key could end, longest key first."""
    yield path, ""
    end = path.rfind(".")
    while end > 0:
        yield path[:end], path[end + 1 :]
        end = path.rfind(".", 0, end)
