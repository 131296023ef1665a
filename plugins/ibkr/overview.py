"""Figures over several instruments: spreads and their proxies, macro estimates, the account."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

from . import macro
from .desk import Desk
from .instrument import Instrument

Row = tuple[str, dict[str, str], dict[str, Any], float]
"""(name of the key, values for it, data, timestamp)."""


class Overview:
    """Reads the desk, and writes nothing itself."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def spreads(self) -> Iterator[Row]:
        """The spread of each, or of its proxy; and of its options near the money."""
        desk = self._desk
        for symbol in desk.params.spread_of:
            found = desk.instruments.get(symbol)
            if found is None:
                continue
            whose = desk.instruments.get(found.listing.proxy) if found.listing.proxy else found
            quote = whose.quote if whose is not None else None
            bid = quote.get("bid") if quote is not None else None
            ask = quote.get("ask") if quote is not None else None
            known = bid is not None and ask is not None and ask >= bid > 0
            spread = ask - bid if known and ask is not None and bid is not None else None
            options, option_time = self._options(symbol)
            at = max(quote.time if quote is not None else 0.0, option_time)
            yield (
                "spread",
                {"symbol": symbol},
                {
                    "symbol": symbol,
                    "time": at,
                    "spread": spread,
                    "spread_bps": 1e4 * spread / bid if spread is not None and bid else None,
                    "of": whose.symbol if whose is not None else None,
                    "proxy": bool(found.listing.proxy),
                    "options": options,
                    "unit": "the currency; bps of the bid",
                    "reason": None if known else self._why(found, whose),
                },
                at,
            )

    @staticmethod
    def _why(found: Instrument, whose: Instrument | None) -> str:
        if found.listing.proxy and whose is None:
            said = f"{found.symbol} has no book, and its proxy {found.listing.proxy}"
            return f"{said} is not among the instruments"
        return "no quote with both sides"

    def _options(self, symbol: str) -> tuple[dict[str, Any] | None, float]:
        if symbol not in self._desk.params.options:
            return None, 0.0
        chains = self._desk.chains
        shown = [one.id for one in chains.shown if one.underlying == symbol]
        spreads, newest = [], 0.0
        for name in shown:
            quote = chains.quotes.get(name)
            bid = quote.get("bid") if quote is not None else None
            ask = quote.get("ask") if quote is not None else None
            if quote is None or bid is None or ask is None or ask < bid:
                continue
            newest = max(newest, quote.time)
            spreads.append((ask - bid, (ask - bid) / ((ask + bid) / 2) if ask + bid > 0 else None))
        relative = [each for _, each in spreads if each is not None]
        return {
            "contracts": len(shown),
            "quoted": len(spreads),
            "median_spread": median(one for one, _ in spreads) if spreads else None,
            "median_of_mid": median(relative) if relative else None,
        }, newest

    def macro(self) -> Iterator[Row]:
        """Yields, the dollar and volatility, as far as their futures are there."""
        desk = self._desk
        wanted = set(desk.params.all_symbols)
        if wanted & {note.symbol for note in macro.NOTES}:
            prices = {note.symbol: self._price(note.symbol) for note in macro.NOTES}
            newest = self._newest(*prices)
            yield "yields", {}, macro.yields(prices), newest
        if wanted & {"DX", "EUR.USD", "USD.JPY"}:
            names = ("DX", "EUR.USD", "USD.JPY")
            quotes = {name: (self._price(name), self._close(name)) for name in names}
            yield "dollar", {}, macro.dollar(quotes), self._newest(*names)
        if wanted & {"VIX", "VX"}:
            found = macro.volatility(self._price("VIX"), self._price("VX"))
            yield "volatility", {}, found, self._newest("VIX", "VX")

    def _price(self, symbol: str) -> float | None:
        """A price of today: a last close is none."""
        found = self._desk.instruments.get(symbol)
        if found is None:
            return None
        for price in (found.quote.get("last"), found.quote.mid):
            if price is not None:
                return price
        return None

    def _close(self, symbol: str) -> float | None:
        found = self._desk.instruments.get(symbol)
        return found.quote.get("close") if found is not None else None

    def _newest(self, *symbols: str) -> float:
        found = (self._desk.instruments.get(symbol) for symbol in symbols)
        return max((one.quote.time for one in found if one is not None), default=0.0)

    def account(self) -> Iterator[Row]:
        """The account in five keys."""
        accounts = self._desk.accounts
        at = accounts.time
        yield "account_values", {}, accounts.values(), at
        yield "account_positions", {}, accounts.positions(), at
        yield "account_pnl", {}, accounts.profit(), at
        yield "account_margin", {}, accounts.margin(), at
        orders = accounts.orders
        yield "account_orders", {}, orders.shown(), at if orders.refused else orders.time
