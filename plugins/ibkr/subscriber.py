"""Keeps the subscriptions as they are wanted: nothing forgotten, nothing over a limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from quanticity.api import eastern

from .allotment import USES, Stream, Want, allot
from .contracts import Asked
from .desk import Desk
from .errors import Meaning, Means
from .history_pace import Ask
from .hours import gap, is_open
from .lanes import Gate, Lane
from .port import Line
from .roster import Subscription
from .settings import GROUPS

_GENERIC = {"stock": "233", "future": "", "index": "", "internal": "", "fx": "", "crypto": ""}
# Seconds of trading time without a word that are a gap; twice that, it is asked for again.
_SILENCE = {Stream.QUOTE: 60.0, Stream.BOOK: 30.0, Stream.TICKS: 120.0, Stream.BARS: 30.0}
# How long nobody asks again for what was refused.
_REFUSED, _UNKNOWN, _SHORTLY = 900.0, 3600.0, 2.0


class Subscriber:
    """Plans, subscribes, cancels, and looks after what does not answer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._gaps: set[tuple[Stream, str]] = set()

    @property
    def today(self) -> date:
        """The day, Eastern."""
        return eastern(self._desk.now()).date()

    # What is wanted

    def sync(self) -> None:
        """Subscribe to what is missing, cancel what is not wanted any more."""
        desk = self._desk
        if desk.line is None or not desk.up:
            return
        fixed = list(self._fixed())
        options = list(self._options(fixed))
        desk.allotment = allot([*fixed, *options], desk.limits(), desk.standing())
        desk.roster.want(desk.allotment)
        for one in desk.roster.surplus():
            self.cancel(one)
        # A bar takes five seconds to be one: they are asked for before what answers at once.
        for want in sorted(desk.roster.missing(), key=lambda one: one.stream is not Stream.BARS):
            self._subscribe(want)

    def _fixed(self) -> Iterator[Want]:
        params = self._desk.params
        for name in ("stocks", "indices", "futures", "internals", "fx", "crypto"):
            for at, symbol in enumerate(getattr(params, name)):
                yield Want(Stream.QUOTE, symbol, self._rank(name) + at)
        for at, symbol in enumerate(params.bars):
            yield Want(Stream.BARS, symbol, self._rank("bars") + at)
        for at, symbol in enumerate(params.depth):
            yield Want(Stream.BOOK, symbol, at)
        for at, symbol in enumerate(params.ticks):
            yield Want(Stream.TICKS, symbol, at)

    def _options(self, fixed: list[Want]) -> Iterator[Want]:
        """Options by turns, in the lines that those before them leave."""
        desk, rank = self._desk, self._rank("options")
        before = sum(USES[want.stream] == "lines" and want.rank < rank for want in fixed)
        places = min(desk.params.option_choice.places, desk.limits()["lines"] - before)
        prices = {}
        for symbol in desk.chains.by_symbol:
            found = desk.instruments.get(symbol)
            price = found.quote.best if found is not None else None
            if price is not None and price > 0:
                prices[symbol] = price
        refused = frozenset(subject for stream, subject in desk.standing() if ":" in subject)
        choice = desk.params.option_choice
        turn = desk.chains.turn(desk.now(), self.today, prices, max(0, places), choice, refused)
        for at, one in enumerate(turn):
            yield Want(Stream.QUOTE, one.id, rank + at)

    def _rank(self, group: str) -> int:
        order = self._desk.params.priority
        place = order.index(group) if group in order else len(order) + GROUPS.index(group)
        return 1000 * place

    # Asking for it

    def _subscribe(self, want: Want) -> None:
        desk = self._desk
        contract = self._contract(want.subject)
        if contract is None:
            return
        number = desk.number()
        gates: tuple[Gate, ...] = ()
        if want.stream is Stream.TICKS:
            gates = (desk.ticks.gate(want.subject),)
        elif want.stream is Stream.BARS:
            ask = Ask(want.subject, "TRADES", 5, "real time")
            gates = (desk.history.gate(ask, number, ends=False),)

        def send(line: Line) -> None:
            found = desk.roster.by_number.get(number)
            if found is not None:
                found.asked_at = desk.now()
                self._start(line, want.stream, want.subject, number, contract)

        # Known before it is sent: it may leave at once, and be answered.
        held = desk.roster.begin(want.stream, want.subject, number, None)
        what = f"{want.stream} {want.subject}"
        held.message = desk.push(Lane.DATA, what, send, gates, number=number)

    def _contract(self, subject: str) -> Asked | None:
        found = self._desk.instruments.get(subject)
        return found.contract if found is not None else self._desk.chains.contract(subject)

    def _start(
        self, line: Line, stream: Stream, subject: str, number: int, contract: Asked
    ) -> None:
        """Put it on the wire. What was known of it before is forgotten: it comes anew."""
        found = self._desk.instruments.get(subject)
        if stream is Stream.QUOTE:
            generic = _GENERIC.get(found.listing.kind, "") if found is not None else "101"
            quote = found.quote if found is not None else self._desk.chains.quotes.get(subject)
            if quote is not None:
                quote.reset()
            if found is not None:
                found.volume.reset()
            line.market_data(number, contract, generic)
        elif found is None:
            return
        elif stream is Stream.BOOK:
            found.book.reset()
            line.depth(number, contract, self._desk.params.levels, smart=found.smart)
        elif stream is Stream.TICKS:
            kind = "BidAsk" if found.listing.quotes_only else "AllLast"
            line.ticks(number, contract, kind)
        else:
            what = "MIDPOINT" if found.listing.quotes_only else "TRADES"
            line.bars(number, contract, what)

    def cancel(self, one: Subscription, *, tell: bool = True) -> None:
        """End one. What was not sent yet is not sent; `tell` the vendor where it was."""
        desk = self._desk
        desk.roster.end(one)
        found = desk.instruments.get(one.subject)
        smart = found.smart if found is not None else False
        if found is not None and one.stream is Stream.TICKS:
            found.tape.stream_lost()
        if found is not None and one.stream is Stream.BOOK:
            found.book.reset()
        if not one.asked_at:
            if one.message is not None:
                one.message.drop()
            return
        if not tell:
            return
        desk.roster.leaving[one.number] = one

        def send(line: Line) -> None:
            self._stop(line, one, smart)

        desk.push(Lane.DATA, f"cancel {one.stream} {one.subject}", send)

    def _stop(self, line: Line, one: Subscription, smart: bool) -> None:
        """Put the cancel on the wire: what it still told of trades until now was taken."""
        self._desk.roster.leaving.pop(one.number, None)
        if one.stream is Stream.QUOTE:
            line.cancel_market_data(one.number)
        elif one.stream is Stream.BOOK:
            line.cancel_depth(one.number, smart=smart)
        elif one.stream is Stream.TICKS:
            found = self._desk.instruments.get(one.subject)
            if found is not None:
                found.tape.stream_lost()
            line.cancel_ticks(one.number)
        else:
            line.cancel_bars(one.number)

    # Looking after it

    def look(self) -> None:
        """Ask again for what never answered, or went silent while its market is open."""
        desk, now = self._desk, self._desk.now()
        if not desk.up:
            return
        for one in desk.roster.overdue(now):
            if one.stream is not Stream.QUOTE and self._is_closed(one.subject, now):
                continue
            desk.counts["asked_again"] += 1
            desk.roster.again(one)
            self.cancel(one)
        for one in list(desk.roster.by_id.values()):
            self._hear(one, now)

    def _hear(self, one: Subscription, now: float) -> None:
        found = self._desk.instruments.get(one.subject)
        if found is None or not one.first_at:
            return
        most = _SILENCE[one.stream]
        if now - one.last_at <= most:
            self._gaps.discard(one.id)
            return
        silent = gap(found.hours, one.last_at, now, most)
        if silent is None:
            return
        if one.id not in self._gaps:
            self._gaps.add(one.id)
            self._desk.counts["gaps"] += 1
            said = f"{one.subject} {one.stream}: nothing for {silent:,.0f} s of trading time"
            self._desk.log.warning(said)
        if silent > 2 * most:
            self._desk.counts["asked_again"] += 1
            self.cancel(one)

    def _is_closed(self, subject: str, now: float) -> bool:
        found = self._desk.instruments.get(subject)
        return found is not None and is_open(found.hours, now) is False

    # What the vendor says of it

    def told(self, number: int, code: int, text: str, meaning: Meaning) -> str:
        """An error of one request; whose it is, empty where it is none of ours."""
        desk = self._desk
        one = desk.roster.by_number.get(number)
        if one is None:
            return ""
        reason = f"error {code}: {text}"
        if meaning.means is Means.RESET_BOOK:
            found = desk.instruments.get(one.subject)
            if found is not None:
                found.book.reset()
        elif meaning.means is Means.AGAIN:
            self.cancel(one, tell=False)
            desk.refuse(one.stream, one.subject, reason, _SHORTLY)
        elif meaning.means is Means.TOO_MANY:
            self._too_many(one, meaning, reason)
        elif meaning.means is Means.PACING:
            self.cancel(one, tell=False)
            desk.refuse(one.stream, one.subject, reason, 10 * _SHORTLY)
        elif meaning.means in (Means.REFUSED, Means.UNKNOWN_CONTRACT, Means.READ_ONLY):
            self.cancel(one, tell=False)
            unknown = meaning.means is Means.UNKNOWN_CONTRACT
            desk.refuse(one.stream, one.subject, reason, _UNKNOWN if unknown else _REFUSED)
        return one.subject

    def _too_many(self, one: Subscription, meaning: Meaning, reason: str) -> None:
        desk = self._desk
        limit = meaning.limit
        if limit in ("lines", "books", "ticks"):
            held = sum(
                USES[each.stream] == limit and each is not one and each.asked_at > 0
                for each in desk.roster.by_id.values()
            )
            desk.believe_full(limit, held)
            self.cancel(one, tell=False)
        else:
            self.cancel(one, tell=False)
            desk.refuse(one.stream, one.subject, reason, _REFUSED)
