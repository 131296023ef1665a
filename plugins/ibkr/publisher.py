"""Writes what is known to its keys: each only with what came since it was last subscribed to.

`timestamp` is when the newest part of a value came. On a loss the last value is written once more
as it was, with its old timestamp and the state `lost`: its age goes on.

What is written by the clock takes some milliseconds where there are many symbols. It is written in
pieces, so that a print that comes meanwhile waits for one piece, and not for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from .books import ASK, BID
from .desk import Desk
from .instrument import Instrument
from .keys import WRITES
from .option_keys import OptionKeys
from .overview import Overview, Row
from .settings import IbkrParams

Put = Callable[..., None]
_SHOWN_PRINTS = 100
_PIECE = 8
_BATCH = 0.25
_SLOW = 5.0
_WINDOW = 60.0
_LIVE, _LOST = "live", "lost"


class Publisher:
    """One for a handler. `put` and `put_plain` are the context's."""

    def __init__(self, desk: Desk, put: Put, put_plain: Put) -> None:
        self._desk = desk
        self._put = put
        self.plain = put_plain
        self._written: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[float, Any]] = {}
        self._due: dict[str, float] = {}
        self._leans: dict[str, list[tuple[float, float, float]]] = {}
        self._overview = Overview(desk)
        self._options = OptionKeys(desk)

    def write(self, name: str, data: Mapping[str, Any], at: float, **values: str) -> None:
        """A latest value, once for each moment that it is of."""
        key = (name, tuple(sorted(values.items())))
        known = self._written.get(key)
        if at <= 0 or (known is not None and known[0] >= at):
            return
        told = {**data, "state": data.get("data_type", _LIVE)}
        self._written[key] = (at, told)
        self._put(name, told, timestamp=at, **values)

    def event(self, name: str, data: Any, at: float, **values: str) -> None:
        """An event, or a list of them in one."""
        self._put(name, data, timestamp=at, **values)

    def lost(self, reason: str, subject: str | None = None) -> None:
        """Say of all that was written, or of one subject's, that nothing newer comes."""
        for (name, values), (at, told) in list(self._written.items()):
            given = dict(values)
            if subject is not None and given.get("symbol") != subject:
                continue
            del self._written[name, values]
            self._put(name, {**told, "state": _LOST, "reason": reason}, timestamp=at, **given)

    def forget(self, params: IbkrParams) -> None:
        """What is not in its list any more has no key to be written to, and nothing newer comes."""
        for (name, values), (at, told) in list(self._written.items()):
            over, given = WRITES[name].over, dict(values)
            if over and given.get("symbol") not in getattr(params, over):
                del self._written[name, values]
                ended = {"state": _LOST, "reason": "it is not wanted any more"}
                self._put(name, {**told, **ended}, timestamp=at, **given)

    # At once

    def prints(self, instruments: set[Instrument]) -> None:
        """What was printed since the last batch, a list of one symbol in an event."""
        params = self._desk.params
        for one in instruments:
            rows, one.prints = one.prints, []
            if rows and (one.symbol in params.stocks or one.symbol in params.printed):
                self._desk.counts["prints"] += len(rows)
                data = rows if len(rows) > 1 else rows[0]
                self.event("trades", data, rows[-1]["time"], symbol=one.symbol)
            found, one.found_sweeps = one.found_sweeps, []
            if one.symbol in params.tapes:
                for sweep in found:
                    self.event("sweeps", sweep, sweep["time"], symbol=one.symbol)
        instruments.clear()

    # By the clock

    def tick(self, now: float) -> Iterator[None]:
        """Write whatever is due, a piece with each step: others have their turn between two."""
        params = self._desk.params
        if self._is_due("deltas", now, _BATCH):
            self._deltas(now)
            yield
        if self._is_due("book", now, params.book_every):
            yield from self._books(now)
        if self._is_due("quote", now, params.quote_every):
            yield from self._quotes()
            yield from self._at_once(self._options.contracts(now))
        if self._is_due("slow", now, _SLOW):
            yield from self._slowly(now)
        if self._is_due("chain", now, params.option_choice.chain_every):
            yield from self._at_once(self._options.chains(now))

    def _at_once(self, rows: Iterator[Row]) -> Iterator[None]:
        """Write rows in one piece: they are made of what changes with every answer."""
        for name, values, data, time in rows:
            self.write(name, data, time, **values)
        yield

    def _rows(self, rows: Iterator[Row]) -> Iterator[None]:
        """Write rows as they are made, some with each step."""
        for at, (name, values, data, time) in enumerate(rows, 1):
            self.write(name, data, time, **values)
            if at % _PIECE == 0:
                yield

    def _is_due(self, name: str, now: float, every: float) -> bool:
        # A clock that went back is another day's: nothing is due a day later.
        if now < self._due.get(name, 0.0) <= now + 2 * every:
            return False
        self._due[name] = now + every
        return True

    def _deltas(self, now: float) -> None:
        for symbol in self._desk.params.depth:
            found = self._desk.instruments.get(symbol)
            rows = found.book.drain() if found is not None else []
            if rows:
                data = {"symbol": symbol, "time": rows[-1].time, "count": len(rows)}
                deltas = [row.as_row() for row in rows]
                self.event("deltas", {**data, "deltas": deltas}, rows[-1].time, symbol=symbol)

    def _books(self, now: float) -> Iterator[None]:
        desk = self._desk
        newest = 0.0
        for symbol in desk.params.depth:
            found = desk.instruments.get(symbol)
            if found is None or not found.book.is_whole:
                continue
            book = found.book.as_book(symbol, desk.params.levels)
            newest = max(newest, book["time"])
            depth = {**book, "levels": desk.params.levels, "window": self._window(found, now)}
            self.write("depth", depth, book["time"], symbol=symbol)
        yield
        for at, symbol in enumerate(desk.params.shares, 1):
            found = desk.instruments.get(symbol)
            if found is None:
                continue
            if at % _PIECE == 0:
                yield
            book = found.book.as_book(symbol, desk.params.levels)
            if not found.book.is_whole:
                book = found.quote.as_book(symbol)
            if book["bids"] or book["asks"]:
                self.write("book", book, book["time"], symbol=symbol)
        if newest:
            self.plain("depth_at", f"{newest:.3f}")

    def _window(self, found: Instrument, now: float) -> dict[str, Any]:
        """The last minute's books in two figures."""
        bids, asks = found.book.side(BID, 10), found.book.side(ASK, 10)
        rows = self._leans.setdefault(found.symbol, [])
        bought, sold = sum(row.size for row in bids), sum(row.size for row in asks)
        if bids and asks and bought + sold > 0:
            lean, spread = (bought - sold) / (bought + sold), asks[0].price - bids[0].price
            rows.append((now, lean, spread))
        rows[:] = [row for row in rows if row[0] > now - _WINDOW]
        count = len(rows)
        return {
            "seconds": _WINDOW,
            "books": count,
            "imbalance": sum(row[1] for row in rows) / count if count else None,
            "spread": sum(row[2] for row in rows) / count if count else None,
        }

    def _quotes(self) -> Iterator[None]:
        desk, params = self._desk, self._desk.params
        newest = 0.0
        for name, symbols in (
            ("quote", params.shares),
            ("index", params.shown_indices),
            ("future", params.futures),
            ("fx", params.fx),
            ("crypto", params.crypto),
        ):
            for at, symbol in enumerate(symbols, 1):
                found = desk.instruments.get(symbol)
                if found is None or not found.quote.time:
                    continue
                if at % _PIECE == 0:
                    yield
                newest = max(newest, found.quote.time)
                row = found.quote.as_row(symbol) | self._about(found)
                self.write(name, row, found.quote.time, symbol=symbol)
            yield
        for symbol in params.printed:
            found = desk.instruments.get(symbol)
            if found is not None and found.recent:
                rows = list(found.recent)[-_SHOWN_PRINTS:]
                data = {"symbol": symbol, "time": found.prints_time, "trades": rows}
                data |= {"count": found.tape.count, "from": found.tape.source}
                self.write("prints", data, found.prints_time, symbol=symbol)
                self.plain("trades_at", f"{found.prints_time:.3f}")
                yield
        yield from self._rows(self._overview.spreads())
        if newest:
            self.plain("quotes_at", f"{newest:.3f}")

    @staticmethod
    def _about(found: Instrument) -> dict[str, Any]:
        """What belongs to a quote of that kind."""
        listing = found.listing
        if listing.kind == "future":
            contract = found.contract
            local = contract.local_symbol if contract is not None else None
            rolls = f"{found.rolls}" if found.rolls is not None else None
            return {"month": found.month or None, "local_symbol": local, "rolls": rolls}
        if listing.kind in ("index", "internal"):
            return {"book": None, "proxy": listing.proxy or None}
        return {}

    def _slowly(self, now: float) -> Iterator[None]:
        desk = self._desk
        for symbol in desk.params.bars:
            found = desk.instruments.get(symbol)
            if found is not None and found.bars:
                data = {"symbol": symbol, "seconds": 5, "data": list(found.bars)}
                self.write("bars", data, found.bars_time, symbol=symbol)
                yield
        for symbol in desk.params.shares:
            found = desk.instruments.get(symbol)
            if found is not None and found.quote.time:
                data = found.volume.add(now, found.quote.get("volume"))
                self.write("unusual", data, found.quote.time, symbol=symbol)
        yield
        yield from self._rows(chain(self._overview.macro(), self._overview.account()))

    def past(self, symbol: str, rows: list[dict[str, Any]], at: float) -> None:
        """The day's minutes."""
        if symbol in self._desk.params.history:
            data = {"symbol": symbol, "seconds": 60, "data": rows}
            self.write("history", data, at, symbol=symbol)
