"""What is subscribed to now, by the numbers of the requests, and what is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .allotment import Allotment, Stream, Want
from .lanes import Message

Id = tuple[Stream, str]
# Seconds without a word after which it is asked for again: first, and at most.
_FIRST_PATIENCE, _LAST_PATIENCE = 20.0, 600.0


@dataclass(slots=True, eq=False)
class Subscription:
    """One of them, since it was asked for; all times are epoch seconds, 0 for never."""

    stream: Stream
    subject: str
    number: int
    message: Message | None
    asked_at: float = 0.0
    first_at: float = 0.0
    last_at: float = 0.0
    patience: float = _FIRST_PATIENCE

    @property
    def id(self) -> Id:
        """What it is a subscription to."""
        return self.stream, self.subject


class Roster:
    """Subscriptions of one connection."""

    def __init__(self) -> None:
        self.by_number: dict[int, Subscription] = {}
        self.by_id: dict[Id, Subscription] = {}
        self.wanted: dict[Id, Want] = {}
        # Ended here, and not yet there: the cancels have not left. They still tell of trades.
        self.leaving: dict[int, Subscription] = {}
        self._patience: dict[Id, float] = {}

    def want(self, allotment: Allotment) -> None:
        """Let this be what is wanted from now on."""
        self.wanted = {want.id: want for want in allotment.chosen}

    def missing(self) -> Iterator[Want]:
        """Wanted and not asked for, by priority."""
        return (want for one, want in self.wanted.items() if one not in self.by_id)

    def surplus(self) -> list[Subscription]:
        """Asked for and not wanted any more."""
        return [sub for one, sub in self.by_id.items() if one not in self.wanted]

    def begin(
        self, stream: Stream, subject: str, number: int, message: Message | None
    ) -> Subscription:
        """It waits in a lane, or was sent."""
        patience = self._patience.get((stream, subject), _FIRST_PATIENCE)
        found = Subscription(stream, subject, number, message, patience=patience)
        self.by_number[number] = self.by_id[stream, subject] = found
        return found

    def end(self, one: Subscription) -> None:
        """It was cancelled, refused or lost."""
        self.by_number.pop(one.number, None)
        if self.by_id.get(one.id) is one:
            del self.by_id[one.id]

    def clear(self) -> None:
        """The line is gone, and all of them with it."""
        self.by_number.clear()
        self.by_id.clear()
        self.leaving.clear()
        self._patience.clear()

    def heard(self, number: int, now: float) -> Subscription | None:
        """Data of a request came; whose they are, None for a stray."""
        found = self.by_number.get(number)
        if found is not None:
            if not found.first_at:
                found.first_at = now
                self._patience.pop(found.id, None)
            found.last_at = now
        return found

    def overdue(self, now: float, subjects: Iterable[str] | None = None) -> list[Subscription]:
        """Those that were asked for and never answered."""
        only = None if subjects is None else set(subjects)
        return [
            one
            for one in self.by_id.values()
            if one.asked_at
            and not one.first_at
            and now - one.asked_at > one.patience
            and (only is None or one.subject in only)
        ]

    def again(self, one: Subscription) -> None:
        """Give up on one that never answered: it is missing again, and gets twice the patience."""
        self.end(one)
        self._patience[one.id] = min(_LAST_PATIENCE, 2 * one.patience)
