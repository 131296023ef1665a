"""Many stored texts in one round trip, as they lie there: for those who decode them themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from quanticity.errors import StoreUnavailable
from quanticity.store.names import CHANGES
from quanticity.store.wire import Refused, Wire


async def fetch(
    wire: Wire | None, latest: Sequence[str], events: Mapping[str, str], most: int
) -> tuple[list[bytes | None], dict[str, list[bytes]]]:
    """Texts of `latest` (None where there is none), and of events by key after a seq."""
    if wire is None:
        raise StoreUnavailable("the store is away")
    asked = [
        wire.call("XRANGE", key, f"({after}", "+", "COUNT", most) for key, after in events.items()
    ]
    if latest:
        asked.append(wire.call("MGET", *latest))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    texts = _sure(answers.pop()) if latest else []
    found = {key: _events(answer) for key, answer in zip(events, answers, strict=True)}
    return texts, found


def _events(answer: Any) -> list[bytes]:
    if isinstance(answer, Refused) and answer.code == "WRONGTYPE":
        return []
    return [fields[1] for _, fields in _sure(answer)]


def _sure(answer: Any) -> Any:
    if isinstance(answer, Refused):
        raise StoreUnavailable(f"the store refuses: {answer}")
    if isinstance(answer, BaseException):
        raise answer
    return answer


async def why_no_writes(wire: Wire | None) -> str:
    """What a server says that takes no writes, as on a full disk; empty where it says nothing."""
    if wire is None:
        raise StoreUnavailable("the store is away")
    try:
        await wire.call("PING")
    except Refused as refused:
        return str(refused)
    return ""


async def newest_seq(wire: Wire | None) -> str:
    """The newest id of the stream of changes."""
    if wire is None:
        raise StoreUnavailable("the store is away")
    rows = await wire.call("XREVRANGE", CHANGES, "+", "-", "COUNT", 1)
    return str(rows[0][0].decode()) if rows else "0-0"


async def info(wire: Wire | None, section: str) -> Mapping[str, str]:
    """What the server says of itself in a section of `INFO`, by name."""
    if wire is None:
        raise StoreUnavailable("the store is away")
    try:
        said = _sure(await wire.call("INFO", section))
    except Refused as refused:
        raise StoreUnavailable(f"the store refuses: {refused}") from None
    lines = (line.partition(":") for line in said.decode().splitlines())
    return {name: value for name, _, value in lines if value}
