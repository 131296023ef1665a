"""One line of an option or of a combination of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quanticity.sim.gateway import ticks
from quanticity.sim.gateway.line import Line
from quanticity.sim.gateway.wire import size

if TYPE_CHECKING:
    from quanticity.sim.market.books import Quote
    from quanticity.sim.market.option_book import OptionQuote

_INTEREST = 101
_VOLUME = 100
# What stands for a figure that could not be computed.
_NO_PRICE, _NO_GREEK = -1.0, -2.0


class OptionLine(Line):
    """Quote, day and Greeks of one contract; theta is per day, vega per volatility point."""

    def look(self, now: float) -> None:
        """Send what changed."""
        at = now - self._late
        contract = self.security.contract
        quote = self.market.option(
            self.source, self.security.expires, contract.strike, contract.right, at
        )
        self.since = at
        if quote is None:
            self._no_quote()
            return
        self.price(ticks.BID, quote.bid or -1.0, size(quote.bid_size) if quote.bid else 0)
        self.price(ticks.ASK, quote.ask or -1.0, size(quote.ask_size) if quote.ask else 0)
        if quote.last is not None:
            self.price(ticks.LAST, quote.last, size(quote.last_size))
        if quote.volume:
            self.size(ticks.VOLUME, quote.volume)
        is_call = contract.right == "C"
        if _INTEREST in self._generic:
            kinds = (ticks.CALL_INTEREST, ticks.PUT_INTEREST)
            self.size(kinds[0] if is_call else kinds[1], int(quote.oi))
            self.size(kinds[1] if is_call else kinds[0], 0)
        if _VOLUME in self._generic:
            self.size(ticks.CALL_VOLUME if is_call else ticks.PUT_VOLUME, int(quote.volume))
        self._computation(ticks.MODEL_OPTION, (quote.bid + quote.ask) / 2, quote)
        for kind, price in (
            (ticks.BID_OPTION, quote.bid),
            (ticks.ASK_OPTION, quote.ask),
            (ticks.LAST_OPTION, quote.last or 0.0),
        ):
            # Told again with their price, not with each move of the underlying.
            if self._sent.get(-kind) != price:
                self._sent[-kind] = price
                self._computation(kind, price, quote)
        if ticks.HALTED not in self._sent:
            self.generic(ticks.HALTED, float(self.market.halted(self.source, at)))

    def _computation(self, kind: int, price: float, quote: OptionQuote) -> None:
        if price <= 0:
            return
        told = (
            f"{quote.iv:.8g}\0{quote.delta:.6g}\0{price:.6g}\x000.0\0{quote.gamma:.6g}\0"
            f"{quote.vega:.6g}\0{quote.theta:.6g}\0{quote.underlying:.8g}\0"
        )
        if self._sent.get(kind) != told:
            self._sent[kind] = told
            body = f"21\0{self.rid}\0{self.shown(kind)}\x001\0{told}"
            self.session.send_plain("option computation", body)


class CombinationLine(Line):
    """The net quote of a combination: what its legs cost at their best prices together."""

    def look(self, now: float) -> None:
        """Send what changed."""
        at = now - self._late
        self.since = at
        bid = ask = 0.0
        shares: list[int] = []
        for security, leg in self.security.legs:
            contract = security.contract
            quote: OptionQuote | Quote | None
            if security.is_option:
                quote = self.market.option(
                    security.market, security.expires, contract.strike, contract.right, at
                )
            else:
                quote = self.market.quote(self.market.source(security.market, at), at)
            if quote is None or not quote.ask:
                return
            shares.append(min(quote.bid_size, quote.ask_size) // leg.ratio)
            buys = leg.action == "BUY"
            bid += leg.ratio * (quote.bid if buys else -quote.ask)
            ask += leg.ratio * (quote.ask if buys else -quote.bid)
        self.price(ticks.BID, round(bid, 6), size(min(shares)))
        self.price(ticks.ASK, round(ask, 6), size(min(shares)))
