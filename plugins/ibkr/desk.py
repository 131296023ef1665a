"""What all parts of the handler share: state, lanes, and the line while there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .account import Accounts
from .allotment import Allotment, Stream
from .chains import OptionChains
from .history_pace import HistoryPace, TickPace
from .hush import Pings
from .instrument import Instrument
from .lanes import Gate, Lane, Lanes, Message
from .port import Line, LineError
from .roster import Roster
from .settings import IbkrParams
from .venues import Venues

# After so many messages without proof that they arrived, one is asked for.
_PROOF_EVERY = 6
# How long a limit that the vendor said is full is believed.
_BELIEVED = 300.0


@dataclass(slots=True)
class Refusal:
    """Why a subscription is not to be had, and until when nobody asks again."""

    reason: str
    until: float


@dataclass(slots=True)
class Desk:
    """Shared by the parts of one handler; all of it belongs to one event loop."""

    params: IbkrParams
    now: Callable[[], float]
    log: Any
    lanes: Lanes
    history: HistoryPace
    ticks: TickPace = field(default_factory=TickPace)
    venues: Venues = field(default_factory=Venues)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    chains: OptionChains = field(default_factory=OptionChains)
    accounts: Accounts = field(default_factory=Accounts)
    roster: Roster = field(default_factory=Roster)
    allotment: Allotment = field(default_factory=lambda: Allotment((), ()))
    refusals: dict[tuple[Stream, str], Refusal] = field(default_factory=dict)
    full: dict[str, tuple[int, float]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    line: Line | None = None
    up: bool = False
    broke: Callable[[str], None] = lambda reason: None
    pushed: Callable[[], None] = lambda: None
    pings: Pings = field(default_factory=Pings)
    _last: int = 0
    _places: dict[int, Message] = field(default_factory=dict)

    def number(self) -> int:
        """A number for a request: no two requests of a process ever have one."""
        self._last += 1
        return self._last

    def settle_instruments(self) -> None:
        """An instrument for each symbol that is wanted; the others are forgotten."""
        wanted = self.params.all_symbols
        for symbol in wanted:
            listing = self.params.listings[symbol]
            known = self.instruments.get(symbol)
            if known is None or known.listing != listing:
                self.instruments[symbol] = Instrument(listing, self.venues)
        for symbol in [one for one in self.instruments if one not in wanted]:
            del self.instruments[symbol]

    def push(
        self,
        lane: Lane,
        what: str,
        send: Callable[[Line], None],
        gates: tuple[Gate, ...] = (),
        number: int = 0,
    ) -> Message:
        """Put a request into a lane; it leaves at once where it may.

        An answer to its `number` proves that it arrived.
        """

        def leave() -> None:
            if self.line is None:
                raise LineError("there is no connection")
            send(self.line)

        message = self.lanes.push(Message(lane, leave, what, gates))
        if number:
            self._places[number] = message
        self.drain()
        self.pushed()
        return message

    def drain(self) -> float:
        """Send whatever may be sent now; seconds until something more may be."""
        while self.line is not None:
            message, wait = self.lanes.next(self.now())
            if message is None:
                return wait
            try:
                message.send()
            except LineError as error:
                self.broke(str(error))
                break
            if self.lanes.unproved >= _PROOF_EVERY and not self.pings.asked:
                self.pings.asked = True
                self.lanes.push(self._proof())
        return float("inf")

    def ping(self) -> None:
        """Ask for the time: its answer proves that all before it arrived."""
        self.lanes.push(self._proof())
        self.drain()
        self.pushed()

    def _proof(self) -> Message:
        def leave() -> None:
            if self.line is None:
                raise LineError("there is no connection")
            self.pings.sent(message.place, self.now())
            self.line.time()

        message = Message(Lane.CONTROL, leave, "time", proves=True)
        return message

    def answered(self, number: int) -> None:
        """A request was answered: it arrived, and all that was sent before it."""
        message = self._places.pop(number, None)
        if message is not None and message.place:
            self.lanes.prove(message.place, self.now())

    def time_told(self) -> None:
        """The server's time came: the answer to the first ping that has none."""
        place = self.pings.answered(self.now())
        if place:
            self.lanes.prove(place, self.now())
            self.drain()

    def forget_line(self) -> None:
        """The line is gone, and with it whatever waits for it or for its answer."""
        self.lanes.clear(self.now())
        self.pings.reset()
        self._places.clear()

    def refuse(self, stream: Stream, subject: str, reason: str, seconds: float) -> None:
        """Do not ask for it for so long."""
        self.refusals[stream, subject] = Refusal(reason, self.now() + seconds)

    def limits(self) -> dict[str, int]:
        """Lines, books and streams that there are: as configured, or as the vendor says."""
        given = self.params.limits
        found = {"lines": given.lines, "books": given.books, "ticks": given.ticks}
        now = self.now()
        for name, (most, until) in list(self.full.items()):
            if until <= now:
                del self.full[name]
            elif name in found:
                found[name] = min(found[name], most)
        return found

    def believe_full(self, limit: str, most: int) -> None:
        """The vendor says that there is no room for more than so many."""
        known = self.full.get(limit, (most, 0.0))[0]
        self.full[limit] = (max(0, min(known, most)), self.now() + _BELIEVED)

    def standing(self) -> dict[tuple[Stream, str], str]:
        """Refusals that still stand, with their reasons."""
        now = self.now()
        for one in [each for each, found in self.refusals.items() if found.until <= now]:
            del self.refusals[one]
        return {one: found.reason for one, found in self.refusals.items()}
