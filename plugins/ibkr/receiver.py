"""Takes every answer of the line to whom it belongs. Synchronous, and quick."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from .account_receiver import AccountReceiver
from .allotment import Stream
from .desk import Desk
from .instrument import Instrument
from .port import Details
from .quotes import LAST_VENUE, RT_TRADE_VOLUME, RT_VOLUME, Quote
from .roster import Subscription

T = TypeVar("T")
# Answers that are on their way at once; ten times what TWS allows of history.
_MOST_ANSWERS = 500


class Receiver(AccountReceiver):
    """A `port.Sink`. What needs more than a moment is called back: `on_...`."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.roster = desk.roster
        self.instruments = desk.instruments
        self.options = desk.chains.quotes
        self.heard_at = self.data_at = self.answered_at = 0.0
        self.data_count = 0
        self.skew: float | None = None
        self.fresh: set[Instrument] = set()
        self.on_error: Callable[[int, int, str], None] = _nothing
        self.on_closed: Callable[[str], None] = _nothing
        self.on_batch: Callable[[], None] = _nothing
        self.on_details: Callable[[int, list[Details]], None] = _nothing
        self.on_parameters: Callable[[int, list[dict[str, Any]]], None] = _nothing
        self.on_history: Callable[[int, list[dict[str, Any]]], None] = _nothing
        self.on_letters: Callable[[Instrument, str], None] = _nothing
        self.letters: dict[str, dict[str, str]] = {}
        self.asked_letters: dict[int, str] = {}
        self._details: dict[int, list[Details]] = {}
        self._parameters: dict[int, list[dict[str, Any]]] = {}
        self._bars: dict[int, list[dict[str, Any]]] = {}

    def forget(self) -> None:
        """The line is gone: what was half told is not told at all."""
        for each in (self._details, self._parameters, self._bars, self.asked_letters):
            each.clear()

    def _gather(self, told: dict[int, list[T]], number: int, row: T) -> None:
        """One row of an answer; of those that nobody asked for no more begin than could be."""
        if number in told or len(told) < _MOST_ANSWERS:
            told.setdefault(number, []).append(row)
        else:
            self.counts["strays"] += 1

    def _whose(self, number: int, what: str) -> Subscription | None:
        self.counts[what] += 1
        now = self.now()
        found = self.roster.heard(number, now)
        if found is None:
            self.counts["strays"] += 1
        else:
            self.data_at = now
            self.data_count += 1
            if found.first_at == now:
                self._desk.answered(number)
        return found

    def _quote(self, number: int, what: str) -> tuple[Quote | None, Instrument | None]:
        whose = self._whose(number, what)
        if whose is None or whose.stream is not Stream.QUOTE:
            return None, None
        instrument = self.instruments.get(whose.subject)
        if instrument is not None:
            return instrument.quote, instrument
        return self.options.get(whose.subject), None

    def _leaving(self, number: int, stream: Stream) -> Instrument | None:
        """Whose trades a stream tells of until its cancel has left; None where it is no such."""
        one = self.roster.leaving.get(number)
        return self.instruments.get(one.subject) if one and one.stream is stream else None

    # Quotes

    def price(self, number: int, tick: int, price: float, size: float) -> None:
        """A price with its size."""
        quote, _ = self._quote(number, "quotes")
        if quote is not None:
            quote.price(self.now(), tick, price, size)

    def size(self, number: int, tick: int, size: float) -> None:
        """A size."""
        quote, _ = self._quote(number, "quotes")
        if quote is not None:
            quote.size(self.now(), tick, size)

    def generic(self, number: int, tick: int, value: float) -> None:
        """A figure."""
        quote, _ = self._quote(number, "quotes")
        if quote is not None:
            quote.generic(self.now(), tick, value)

    def model(self, number: int, tick: int, values: tuple[float, ...]) -> None:
        """Greeks."""
        quote, _ = self._quote(number, "greeks")
        if quote is not None:
            quote.model(self.now(), tick, values)

    def text(self, number: int, tick: int, value: str) -> None:
        """Prints of tick 233, and the letters of the last venue."""
        quote, instrument = self._quote(number, "quotes")
        if quote is None and tick == RT_VOLUME:
            instrument = self._leaving(number, Stream.QUOTE)
        if instrument is None:
            return
        if tick == RT_VOLUME:
            self.counts["rt_volume"] += 1
            self._printed(instrument, instrument.tape.volume(value))
        elif tick == LAST_VENUE:
            known = self.letters.get(instrument.letters, {})
            instrument.tape.venue(value, known.get(value.strip(), ""))
        elif tick == RT_TRADE_VOLUME:
            self.counts["rt_trade_volume"] += 1

    def data_kind(self, number: int, kind: int) -> None:
        """Live, frozen or delayed."""
        quote, _ = self._quote(number, "kinds")
        if quote is not None:
            quote.kind(kind)

    def quoted_at(self, number: int, exchange: str) -> None:
        """The table of its venues' letters; one that nobody knows yet is asked for."""
        whose = self.roster.by_number.get(number)
        instrument = self.instruments.get(whose.subject) if whose is not None else None
        if instrument is not None:
            instrument.letters = exchange
            if exchange not in self.letters:
                self.letters[exchange] = {}
                self.on_letters(instrument, exchange)

    def smart_component(self, number: int, letters: Mapping[str, str]) -> None:
        """Venues by letter."""
        self._desk.answered(number)
        exchange = self.asked_letters.pop(number, "")
        self.letters[exchange] = dict(letters)

    # Books, prints, bars

    def depth(
        self,
        number: int,
        position: int,
        maker: str,
        operation: int,
        side: int,
        price: float,
        size: float,
    ) -> None:
        """One change of a book."""
        whose = self._whose(number, "depth")
        if whose is not None and (found := self.instruments.get(whose.subject)) is not None:
            fits = found.book.apply(self.now(), position, maker, operation, side, price, size)
            self.counts["bad_depth"] += not fits

    def tick(
        self, number: int, time: float, price: float, size: float, venue: str, codes: str
    ) -> None:
        """One print."""
        whose = self._whose(number, "ticks")
        found = (
            self.instruments.get(whose.subject)
            if whose is not None
            else self._leaving(number, Stream.TICKS)
        )
        if found is not None:
            self._printed(found, found.tape.tick(time, price, size, venue, codes))

    def quote_tick(
        self, number: int, bid: float, ask: float, bid_size: float, ask_size: float
    ) -> None:
        """One change of a quote, of what has no prints."""
        whose = self._whose(number, "ticks")
        if whose is not None and (found := self.instruments.get(whose.subject)) is not None:
            found.quote.price(self.now(), 1, bid, bid_size)
            found.quote.price(self.now(), 2, ask, ask_size)

    def _printed(self, instrument: Instrument, one: Any) -> None:
        if one is not None:
            instrument.printed(one, self.now())
            self.fresh.add(instrument)

    def bar(self, number: int, time: float, figures: tuple[float, ...]) -> None:
        """Five seconds."""
        whose = self._whose(number, "bars")
        if whose is not None and (found := self.instruments.get(whose.subject)) is not None:
            found.bar(self.now(), time, figures)

    def history_bar(self, number: int, time: str, figures: tuple[float, ...]) -> None:
        """One bar of the past."""
        self.counts["history_bars"] += 1
        try:
            at = float(time)
        except ValueError:
            self.counts["bad_history"] += 1
            return
        names = ("open", "high", "low", "close", "volume", "vwap", "trades")
        row = {"time": at, **dict(zip(names, figures, strict=True))}
        self._gather(self._bars, number, row)

    def history_end(self, number: int) -> None:
        """That was all."""
        self.on_history(number, self._bars.pop(number, []))

    # Contracts

    def details(self, number: int, details: Details) -> None:
        """One contract."""
        self.counts["contracts"] += 1
        self._gather(self._details, number, details)

    def details_end(self, number: int) -> None:
        """That was all."""
        self.on_details(number, self._details.pop(number, []))

    def option_parameters(
        self,
        number: int,
        exchange: str,
        trading_class: str,
        multiplier: str,
        expiries: Sequence[str],
        strikes: Sequence[float],
    ) -> None:
        """Expiries and strikes of a class at an exchange."""
        row = {
            "exchange": exchange,
            "trading_class": trading_class,
            "multiplier": multiplier,
            "expiries": sorted(expiries),
            "strikes": sorted(strikes),
        }
        self._gather(self._parameters, number, row)

    def option_parameters_end(self, number: int) -> None:
        """That was all."""
        self.on_parameters(number, self._parameters.pop(number, []))

    # The line itself

    def server_time(self, seconds: float) -> None:
        """Proof that it is there, and how far its clock is from ours."""
        self._desk.time_told()
        self.answered_at = self.now()
        self.skew = seconds - self.answered_at

    def error(self, number: int, code: int, text: str) -> None:
        """An error, a warning or news."""
        self.on_error(number, code, text)

    def undecoded(self, text: str) -> None:
        """A message that the library could not read."""
        self.counts["undecoded"] += 1

    def received(self) -> None:
        """A batch was decoded."""
        self.heard_at = self.now()
        self.on_batch()

    def closed(self, reason: str) -> None:
        """The connection ended by itself."""
        self.on_closed(reason)


def _nothing(*given: Any) -> None:
    """Nobody has asked to be called."""
