"""What is subscribed to, of all that is wanted: within lines, books and streams, by priority."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stream(StrEnum):
    """A kind of subscription. Quotes and bars take a line each; books and ticks have their own."""

    QUOTE = "quote"
    BOOK = "book"
    TICKS = "ticks"
    BARS = "bars"


USES = {
    Stream.QUOTE: "lines",
    Stream.BARS: "lines",
    Stream.BOOK: "books",
    Stream.TICKS: "ticks",
}
"""Which limit a kind of subscription counts against."""

_SAID = {
    "lines": "market-data lines",
    "books": "depth books",
    "ticks": "tick-by-tick streams",
}


@dataclass(frozen=True, slots=True)
class Want:
    """One subscription that somebody wants. The lowest `rank` goes first.

    `subject` is our name of an instrument, or of one option.
    """

    stream: Stream
    subject: str
    rank: int

    @property
    def id(self) -> tuple[Stream, str]:
        """What makes it the same subscription, whatever its rank."""
        return self.stream, self.subject


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One that is not subscribed to, and why."""

    stream: Stream
    subject: str
    reason: str


@dataclass(frozen=True)
class Allotment:
    """What is subscribed to, in the order of priority, and what is left out."""

    chosen: tuple[Want, ...]
    left_out: tuple[LeftOut, ...]

    def used(self, limit: str) -> int:
        """How many count against a limit."""
        return sum(USES[want.stream] == limit for want in self.chosen)


def allot(
    wants: Iterable[Want],
    limits: Mapping[str, int],
    refused: Mapping[tuple[Stream, str], str] | None = None,
) -> Allotment:
    """Choose by rank, then in the order given; one that is `refused` takes nobody's place.

    `limits` has `lines`, `books` and `ticks`.
    """
    refused = refused or {}
    chosen: list[Want] = []
    left_out: list[LeftOut] = []
    left = {name: max(0, limits[name]) for name in _SAID}
    seen: set[tuple[Stream, str]] = set()
    for want in sorted(wants, key=lambda one: one.rank):
        if want.id in seen:
            continue
        seen.add(want.id)
        limit = USES[want.stream]
        if want.id in refused:
            left_out.append(LeftOut(want.stream, want.subject, refused[want.id]))
        elif left[limit] > 0:
            left[limit] -= 1
            chosen.append(want)
        else:
            reason = f"all {limits[limit]} {_SAID[limit]} are taken by what comes first"
            if limits[limit] <= 0:
                reason = f"there are no {_SAID[limit]} to be had"
            left_out.append(LeftOut(want.stream, want.subject, reason))
    return Allotment(tuple(chosen), tuple(left_out))
