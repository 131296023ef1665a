"""What transforms made of bodies that come again and again: it stands until the body changes.

A vendor asked every second renews its chain once a minute. A transform is a pure function, so the
same body gives the same value, unless it remembers something or looked at the time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from quanticity.component import TransformContext
from quanticity.feeds.transform_run import Outcome, TransformRun

CONTEXT = "context"

_RECEIVED: Any = TransformContext.__dict__["received"]


class Watched(TransformContext):
    """A context that knows whether its time was looked at: `timed`."""

    __slots__ = ("timed",)

    timed: bool

    def __init__(self, feed: str, values: Mapping[str, str], received: float) -> None:
        super().__init__(feed, values, received)
        object.__setattr__(self, "timed", False)

    @property
    def received(self) -> float:
        """Epoch seconds; see `TransformContext`."""
        object.__setattr__(self, "timed", True)
        return float(_RECEIVED.__get__(self, type(self)))

    @received.setter
    def received(self, given: float) -> None:
        _RECEIVED.__set__(self, given)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TransformContext):
            return NotImplemented
        mine, its = (self.feed, self.values), (other.feed, other.values)
        return mine == its and self.received == other.received

    def __hash__(self) -> int:
        return hash((self.feed, self.received))


@dataclass(frozen=True, slots=True)
class _Made:
    digest: str
    mark: str
    options: Mapping[str, Any]
    data: bytes | None
    again: bool


class Repeats:
    """The last values by feed and part, held where a body has come twice: others would be in vain.

    `mark` tells versions of a transform apart, `digest` bodies.
    """

    def __init__(self) -> None:
        self._made: dict[str, dict[str, _Made]] = {}

    def find(
        self, feed: str, part: str, digest: str, mark: str, options: Mapping[str, Any]
    ) -> bytes | None:
        """What was made of the same body in the same way; None where nothing is held."""
        made = self._made.get(feed, {}).get(part)
        if made is None or (made.digest, made.mark) != (digest, mark) or made.options != options:
            return None
        return made.data

    def keep(self, run: TransformRun, part: str, outcome: Outcome, digest: str) -> None:
        """Hold what a run came to: where a body came twice, and only the body counted."""
        parts = self._made.setdefault(run.feed, {})
        before = parts.get(part)
        again = before is not None and (before.again or before.digest == digest)
        timeless = outcome.memory is None and not run.config[CONTEXT].timed
        options = {name: run.config[name] for name in run.config if name != CONTEXT}
        data = outcome.data if again and timeless else None
        parts[part] = _Made(digest, run.mark, options, data, again)

    def keep_only(self, feed: str, wanted: Collection[str]) -> None:
        """A feed goes on with these parts."""
        parts = self._made.get(feed, {})
        for part in [part for part in parts if part not in wanted]:
            del parts[part]

    def forget(self, feed: str) -> None:
        """A feed is gone, and what was held for it."""
        self._made.pop(feed, None)
