"""Options as they are written: one by one, by slices, and whole chains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .chains import Chain
from .desk import Desk
from .overview import Row
from .strikes import WEEKS, ZERO, near

_KEYS = {ZERO: "zero_days", WEEKS: "weeks"}
_CONVENTION = "quotes of contracts whose turn is over stay, each with its own time"


class OptionKeys:
    """Reads the desk, and writes nothing itself."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._told: dict[str, float] = {}

    def contracts(self, now: float) -> Iterator[Row]:
        """Each option whose quote is newer than what was written, and the slices."""
        chains = self._desk.chains
        chains.prune(now, self._desk.params.option_choice.keep)
        for name in [one for one in self._told if one not in chains.quotes]:
            del self._told[name]
        changed = set()
        for name, quote in chains.quotes.items():
            if quote.time <= self._told.get(name, 0.0):
                continue
            self._told[name] = quote.time
            one = chains.options[name]
            changed.add(one.underlying)
            place = {"symbol": one.underlying, "expiry": one.expiry}
            place |= {"strike": f"{one.strike:g}", "right": one.right}
            yield "option", place, chains.row(name), quote.time
        for symbol in sorted(changed):
            yield from self._slices(symbol)

    def _slices(self, symbol: str) -> Iterator[Row]:
        chains = self._desk.chains
        chain = chains.by_symbol.get(symbol)
        if chain is None:
            return
        for title, name in _KEYS.items():
            expiry = chain.slices.get(title)
            if expiry is not None:
                rows = chains.known(symbol, expiry)
                yield from self._told_as(name, symbol, rows, expiry)
        close = self._at_the_money(symbol, chain)
        yield from self._told_as("atm", symbol, close, None)

    def _at_the_money(self, symbol: str, chain: Chain) -> list[str]:
        found = self._desk.instruments.get(symbol)
        price = found.quote.best if found is not None else None
        if price is None:
            return []
        strikes = set(near(chain.strikes, price, max(1, self._desk.params.option_choice.strikes)))
        chains = self._desk.chains
        return [one for one in chains.known(symbol) if chains.options[one].strike in strikes]

    def _told_as(
        self, name: str, symbol: str, rows: list[str], expiry: str | None
    ) -> Iterator[Row]:
        if not rows:
            return
        chains = self._desk.chains
        newest = max(chains.quotes[one].time for one in rows)
        oldest = min(chains.quotes[one].time for one in rows)
        found = self._desk.instruments.get(symbol)
        data: dict[str, Any] = {
            "symbol": symbol,
            "price": found.quote.best if found is not None else None,
            "expiry": expiry,
            "time": newest,
            "oldest": oldest,
            "data": [chains.row(one) for one in rows],
            "convention": _CONVENTION,
        }
        yield name, {"symbol": symbol}, data, newest

    def chains(self, now: float) -> Iterator[Row]:
        """All that is known of each underlying's options."""
        for symbol, chain in self._desk.chains.by_symbol.items():
            rows = self._desk.chains.known(symbol)
            for name, values, data, at in self._told_as("chain", symbol, rows, None):
                listed = {"expiries": len(chain.expiries), "strikes": len(chain.strikes)}
                yield name, values, {**data, "listed": listed, "slices": dict(chain.slices)}, at
