"""What Interactive Brokers allows of history, real-time bars and tick-by-tick, beside messages.

Of bars of 30 seconds or less: 60 requests in any ten minutes, fewer than 6 for one contract and
kind in two seconds, none that is identical within 15 seconds; BID_ASK counts twice. At most 50
requests are open. Real-time bars count as requests for bars of five seconds. Tick-by-tick: one
request for an instrument in 15 seconds.

Those 15 seconds go by when a request arrives. While one is on its way nobody knows when that is, so
the next one waits for an answer that proves it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .lanes import Gate, Window

# A hair longer and fewer than allowed: what leaves evenly may arrive in a heap.
_SLACK = 0.5
_SMALL = 30


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for history. `bar` is in seconds."""

    contract: str
    what: str
    bar: int
    span: str
    end: str = ""

    @property
    def weight(self) -> int:
        """How many requests it counts as."""
        return 2 if self.what == "BID_ASK" else 1

    @property
    def is_small(self) -> bool:
        """Whether the rules for small bars hold for it."""
        return self.bar <= _SMALL


class HistoryPace:
    """The rules of history. `open` are requests that have no end yet."""

    def __init__(self, most_open: int = 50, in_ten_minutes: int = 58) -> None:
        self.most_open = most_open
        self.open: set[int] = set()
        self._ten_minutes = Window(in_ten_minutes, 600.0 + _SLACK)
        self._of_one: dict[tuple[str, str], Window] = {}
        self._last: dict[Ask, float] = {}
        self._on_the_way: set[Ask] = set()

    def gate(self, ask: Ask, number: int, *, ends: bool = True) -> Gate:
        """The gate of one request; `ends` for those that are open until they are answered."""
        return _HistoryGate(self, ask, number, ends)

    def ended(self, number: int) -> None:
        """It was answered, refused or cancelled."""
        self.open.discard(number)

    def forget_open(self) -> None:
        """The line is gone, and with it every open request; what was sent still counts."""
        self.open.clear()

    def wait(self, ask: Ask, now: float, *, ends: bool = True) -> float:
        """Seconds until it may be sent; infinite while 50 are open, or its like is on its way."""
        if ends and len(self.open) >= self.most_open:
            return float("inf")
        if not ask.is_small:
            return 0.0
        if ask in self._on_the_way:
            return float("inf")
        again = self._last.get(ask, -float("inf")) + 15.0 + _SLACK - now
        window = self._window(ask)
        return max(
            0.0,
            again,
            window.wait(now, ask.weight),
            self._ten_minutes.wait(now, ask.weight),
        )

    def sent(self, ask: Ask, number: int, now: float, *, ends: bool = True) -> None:
        """It was sent."""
        if ends:
            self.open.add(number)
        if ask.is_small:
            self._window(ask).add(now, ask.weight)
            self._ten_minutes.add(now, ask.weight)
            self._last[ask] = now
            self._prune(now)

    def left(self, ask: Ask) -> None:
        """It is on its way: until it has arrived, no identical one leaves."""
        if ask.is_small:
            self._on_the_way.add(ask)

    def arrived(self, ask: Ask, now: float) -> None:
        """It arrived, some time after it was sent: the next identical one waits from then."""
        self._on_the_way.discard(ask)
        if ask.is_small:
            self._last[ask] = now

    def _window(self, ask: Ask) -> Window:
        return self._of_one.setdefault((ask.contract, ask.what), Window(5, 2.0 + _SLACK))

    def _prune(self, now: float) -> None:
        if len(self._last) > 500:
            self._last = {one: at for one, at in self._last.items() if now - at < 20}
            self._of_one = {one: each for one, each in self._of_one.items() if each.used(now)}


@dataclass(slots=True, eq=False)
class _HistoryGate:
    pace: HistoryPace
    ask: Ask
    number: int
    ends: bool

    def wait(self, now: float) -> float:
        return self.pace.wait(self.ask, now, ends=self.ends)

    def sent(self, now: float) -> None:
        self.pace.sent(self.ask, self.number, now, ends=self.ends)
        self.pace.left(self.ask)

    def arrived(self, now: float) -> None:
        self.pace.arrived(self.ask, now)


class TickPace:
    """One tick-by-tick request for an instrument in 15 seconds."""

    def __init__(self, seconds: float = 15.0 + _SLACK) -> None:
        self._seconds = seconds
        self._last: dict[str, float] = {}
        self._on_the_way: set[str] = set()

    def gate(self, instrument: str) -> Gate:
        """The gate of a request for an instrument."""
        return _TickGate(self, instrument)

    def wait(self, instrument: str, now: float) -> float:
        """Seconds until it may be asked for again; infinite while a request is on its way."""
        if instrument in self._on_the_way:
            return float("inf")
        return max(0.0, self._last.get(instrument, -float("inf")) + self._seconds - now)

    def left(self, instrument: str) -> None:
        """A request for it is on its way."""
        self._on_the_way.add(instrument)

    def arrived(self, instrument: str, now: float) -> None:
        """It was asked for, now at the latest."""
        self._on_the_way.discard(instrument)
        self._last[instrument] = now


@dataclass(slots=True, eq=False)
class _TickGate:
    pace: TickPace
    instrument: str

    def wait(self, now: float) -> float:
        return self.pace.wait(self.instrument, now)

    def sent(self, now: float) -> None:
        self.pace.left(self.instrument)

    def arrived(self, now: float) -> None:
        self.pace.arrived(self.instrument, now)
