"""What a value was made from, and that from what, down to what came from outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from quanticity.errors import StoreError
from quanticity.views import Stored
from quanticity.views.base import stored

Find = Callable[[str, str], Awaitable[bytes | None]]
"""The envelope of a key as it was written with a seq; an empty seq asks for the newest."""

KeyOf = Callable[[str, str], str]
"""The key of an input, by the key of what was made of it and the name that it has there."""

_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class Step:
    """One value on the way. Times are epoch seconds, `size` is the bytes of its data.

    `gone` says that the value itself is no longer there, only that it was. `again` that it is
    told above.
    """

    key: str
    seq: str
    source: str = ""
    timestamp: float | None = None
    received: float | None = None
    hash: str = ""
    size: int | None = None
    gone: bool = False
    again: bool = False
    inputs: tuple[Step, ...] = field(default=())


def _as_named(key: str, name: str) -> str:
    return name


async def trace(find: Find, key: str, seq: str = "", at: KeyOf = _as_named) -> Step | None:
    """The tree of a value; None where there is no such value. StoreError for a plain text."""
    text = await find(key, seq)
    if text is None:
        return None
    one = _read(text)
    if one is None:
        raise StoreError(f"{key} is a plain text: it has no seq, and nothing tells how it was made")
    return await _step(find, at, key, one, set(), 0)


async def _step(
    find: Find,
    at: KeyOf,
    key: str,
    one: Stored | None,
    told: set[tuple[str, str]],
    depth: int,
    seq: str = "",
) -> Step:
    if one is None:
        return Step(key, seq, gone=True)
    again = (key, one.seq) in told
    told.add((key, one.seq))
    inputs: list[Step] = []
    below: Mapping[str, str] = one.inputs or {}
    if not again and depth < _DEEPEST:
        for name, number in sorted(below.items()):
            where = at(key, name)
            text = await find(where, number)
            found = _read(text) if text is not None else None
            inputs.append(await _step(find, at, where, found, told, depth + 1, number))
    return Step(
        key=key,
        seq=one.seq,
        source=one.source,
        timestamp=one.timestamp,
        received=one.received,
        hash=one.hash,
        size=len(bytes(one.data)),
        again=again and bool(below),
        inputs=tuple(inputs),
    )


def _read(text: bytes) -> Stored | None:
    try:
        return stored(text)
    except msgspec.DecodeError:
        return None
