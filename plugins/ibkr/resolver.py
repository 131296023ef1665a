"""Finds out what contracts there are: qualified instruments, months, chains, and past bars."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from quanticity.api import eastern

from .chains import Chain
from .contracts import Asked
from .desk import Desk
from .history_pace import Ask
from .instrument import Instrument
from .lanes import Lane, Message
from .port import Details, Line

# A request that is not answered within this is asked again; one that was refused, after that.
_PATIENCE, _REFUSED = 30.0, 3600.0
_HISTORY_PATIENCE = 120.0
# Contracts, hours and chains are asked for anew each so many seconds: months roll, days begin.
_FRESH = 6 * 3600.0


class Resolver:
    """Asks in the lanes of contracts and history, one request for each thing at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: dict[int, tuple[str, str, float, Message]] = {}
        self._done: dict[tuple[str, str], float] = {}
        self._until: dict[tuple[str, str], float] = {}
        self._otherwise = ""
        self.refused: dict[tuple[str, str], str] = {}
        self.on_roll: Callable[[Instrument], None] = lambda instrument: None

    def forget(self) -> None:
        """The line is gone: what was asked is not answered. What is known stays known."""
        self._open.clear()
        self._desk.history.forget_open()

    def edited(self, redefined: Collection[str]) -> None:
        """What was refused may be asked for again; all of a symbol that was redefined is."""
        self._until.clear()
        self.refused.clear()
        for number, (_, symbol, _, message) in list(self._open.items()):
            if symbol in redefined:
                del self._open[number]
                message.drop()
                self._desk.history.ended(number)
        for key in [one for one in self._done if one[1] in redefined]:
            del self._done[key]

    def look(self) -> None:
        """Ask for whatever is not known, or not fresh."""
        desk, now = self._desk, self._desk.now()
        if desk.line is None or not desk.up:
            return
        self._give_up(now)
        today = eastern(now).date()
        for symbol, instrument in desk.instruments.items():
            if instrument.contract is None or instrument.must_roll(today):
                self._ask("contract", symbol, now, 5.0)
            else:
                self._ask("contract", symbol, now, _FRESH)
        for symbol in desk.chains.keep_only(desk.params.options):
            self._done.pop(("chain", symbol), None)
        for symbol in desk.params.options:
            found = desk.instruments.get(symbol)
            if found is not None and found.contract is not None:
                self._ask("chain", symbol, now, _FRESH)
        for symbol in desk.params.history:
            found = desk.instruments.get(symbol)
            if found is not None and found.contract is not None:
                self._ask("history", symbol, now, desk.params.history_every)

    def _give_up(self, now: float) -> None:
        """What was not answered for long is asked again."""
        for number, (kind, symbol, at, message) in list(self._open.items()):
            if now - at > (_HISTORY_PATIENCE if kind == "history" else _PATIENCE):
                del self._open[number]
                message.drop()
                self._desk.history.ended(number)
                self._desk.counts["asked_again"] += 1
                self._until[kind, symbol] = now

    def _ask(self, kind: str, symbol: str, now: float, fresh: float) -> None:
        key = (kind, symbol)
        open_ = any((one[0], one[1]) == key for one in self._open.values())
        known = self._done.get(key, -float("inf"))
        if open_ or now < self._until.get(key, 0.0) or now - known < fresh:
            return
        desk, number = self._desk, self._desk.number()
        instrument = desk.instruments[symbol]
        contract = instrument.question if kind == "contract" else instrument.contract
        if contract is None:
            return
        # Entered before it is sent: it may leave at once, and be answered.
        self._open[number] = (kind, symbol, now, _NOTHING)
        message = self._send(kind, symbol, number, contract)
        if number in self._open:
            self._open[number] = (kind, symbol, now, message)

    def _send(self, kind: str, symbol: str, number: int, contract: Asked) -> Message:
        desk = self._desk
        what = f"{kind} {symbol}"
        if kind == "contract":
            return desk.push(
                Lane.CONTRACTS, what, lambda line: line.details(number, contract), number=number
            )
        if kind == "chain":
            return desk.push(
                Lane.CONTRACTS,
                what,
                lambda line: line.option_parameters(number, contract),
                number=number,
            )
        quotes_only = desk.instruments[symbol].listing.quotes_only
        tells = "MIDPOINT" if quotes_only else "TRADES"
        ask = Ask(symbol, tells, 60, "1 D")

        def send(line: Line) -> None:
            line.history(number, contract, "1 D", "1 min", tells)

        return desk.push(Lane.HISTORY, what, send, (desk.history.gate(ask, number),), number=number)

    def details(self, number: int, found: list[Details]) -> None:
        """Contracts of one instrument."""
        symbol = self._answered(number)
        instrument = self._desk.instruments.get(symbol)
        if instrument is None:
            return
        before, month = instrument.contract, instrument.month
        problem = instrument.qualify(found, eastern(self._desk.now()).date())
        if problem:
            self._refuse("contract", symbol, problem)
        elif before is not None and before != instrument.contract:
            said = f"{symbol}: {instrument.month} follows {month or 'another'}"
            self._desk.log.info(said)
            self.on_roll(instrument)

    def parameters(self, number: int, rows: list[dict[str, Any]]) -> None:
        """Expiries and strikes of one underlying."""
        symbol = self._answered(number)
        instrument = self._desk.instruments.get(symbol)
        if instrument is None:
            return
        chain = self._desk.chains.by_symbol.setdefault(symbol, Chain(instrument.listing))
        if problem := chain.learn(rows):
            self._refuse("chain", symbol, problem)

    def history(self, number: int) -> str:
        """Minutes of the day came; whose they are, empty for nobody's."""
        self._desk.history.ended(number)
        return self._answered(number)

    def told(self, number: int, code: int, text: str, *, unknown: bool) -> str:
        """An error of one of its requests; whose it is, empty where it is none of ours."""
        if number not in self._open:
            return ""
        kind, symbol, _, _ = self._open.pop(number)
        self._desk.history.ended(number)
        instrument = self._desk.instruments.get(symbol)
        first = instrument is not None and not instrument.asked_without_exchange
        if kind == "contract" and unknown and instrument is not None and first:
            instrument.asked_without_exchange = True
            self._otherwise = symbol
            return symbol
        self._refuse(kind, symbol, f"error {code}: {text}", _REFUSED if unknown else _PATIENCE)
        return symbol

    def asks_otherwise(self, symbol: str) -> bool:
        """Whether the error that was told last led to another question, and is no news."""
        found, self._otherwise = self._otherwise == symbol, ""
        return found

    def _answered(self, number: int) -> str:
        self._desk.answered(number)
        if number not in self._open:
            return ""
        kind, symbol, _, _ = self._open.pop(number)
        self._done[kind, symbol] = self._desk.now()
        self.refused.pop((kind, symbol), None)
        return symbol

    def _refuse(self, kind: str, symbol: str, reason: str, seconds: float = _REFUSED) -> None:
        self._until[kind, symbol] = self._desk.now() + seconds
        self.refused[kind, symbol] = reason
        self._desk.log.warning(f"{symbol}: no {kind}: {reason}")


def _never() -> None:
    """Put on no wire."""


_NOTHING = Message(Lane.CONTRACTS, _never)
