"""What to answer the frames with by which a vendor asks whether we are there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from quanticity.config.schema.websocket import Reply
from quanticity.feeds.paths import MISSING, first

_ECHO = re.compile(r"\{([^{}]+)\}")


class Replies:
    """The replies of all feeds of a connection, each once."""

    __slots__ = ("_wanted",)

    def __init__(self, wanted: Iterable[Reply]) -> None:
        self._wanted = tuple({repr(one): one for one in wanted}.values())

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def to(self, frame: Any) -> str | None:
        """The text to send for a frame; None where it does not ask."""
        for one in self._wanted:
            found = first(frame, one.path)
            if found is MISSING or (one.equals is not None and found != one.equals):
                continue
            said = _echoed(one.send, frame)
            return said if isinstance(said, str) else orjson.dumps(said).decode()
        return None


def _echoed(said: Any, frame: Any) -> Any:
    """`said` with the frame's own value for each text that is a path in braces and nothing else."""
    if isinstance(said, Mapping):
        return {name: _echoed(item, frame) for name, item in said.items()}
    if isinstance(said, list | tuple):
        return [_echoed(item, frame) for item in said]
    asked = _ECHO.fullmatch(said) if isinstance(said, str) else None
    if asked is None:
        return said
    found = first(frame, asked[1])
    return said if found is MISSING else found
