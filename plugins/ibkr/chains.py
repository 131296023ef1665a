"""Option chains: what there is of each underlying, what is looked at now, what was seen of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .contracts import Asked, Listing, option
from .quotes import Quote
from .settings import IbkrOptions
from .strikes import Option, Rotation, interleaved, ladder, near, slices


@dataclass(slots=True)
class Chain:
    """Expiries and strikes of one underlying, as the vendor lists them, and the slices of today."""

    listing: Listing
    expiries: tuple[str, ...] = ()
    strikes: tuple[float, ...] = ()
    trading_class: str = ""
    day: date | None = None
    slices: dict[str, str] = field(default_factory=dict)

    def learn(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """Take the rows of its class at its exchange; why there is none, else an empty text."""
        names = (self.listing.option_class, self.listing.name, "")
        for name in names:
            mine = [row for row in rows if not name or row["trading_class"] == name]
            here = [row for row in mine if row["exchange"] == self.listing.option_exchange]
            chosen = here or mine
            if chosen:
                self.expiries = tuple(sorted({one for row in chosen for one in row["expiries"]}))
                self.strikes = tuple(sorted({one for row in chosen for one in row["strikes"]}))
                self.trading_class = chosen[0]["trading_class"]
                self.day = None
                return ""
        return f"no options of {self.listing.symbol} are listed"

    def today(self, day: date) -> None:
        """The slices of a day."""
        if day != self.day:
            self.day = day
            self.slices = slices(self.expiries, day)


class OptionChains:
    """All of them, and the quotes that their turns brought."""

    def __init__(self) -> None:
        self.by_symbol: dict[str, Chain] = {}
        self.quotes: dict[str, Quote] = {}
        self.options: dict[str, Option] = {}
        self.shown: list[Option] = []
        self._rotation = Rotation()
        self._turned = -float("inf")

    def lost(self) -> None:
        """Nothing that was seen holds any more."""
        self.quotes.clear()
        self.options.clear()
        self.shown.clear()
        self._turned = -float("inf")

    def keep_only(self, symbols: Sequence[str]) -> list[str]:
        """Forget underlyings that are not wanted any more; which they are."""
        gone = [one for one in self.by_symbol if one not in symbols]
        for symbol in gone:
            del self.by_symbol[symbol]
            for name in [each for each, one in self.options.items() if one.underlying == symbol]:
                del self.options[name]
                self.quotes.pop(name, None)
        if gone:
            self.shown = [one for one in self.shown if one.underlying not in gone]
        return gone

    def turn(
        self,
        now: float,
        day: date,
        prices: Mapping[str, float],
        places: int,
        choice: IbkrOptions,
        refused: frozenset[str],
    ) -> list[Option]:
        """Who is looked at now. A turn is over at once where there are fewer places."""
        due = now - self._turned >= choice.turn or len(self.shown) > places
        if not due and self.shown:
            return self.shown
        fixed, rest = [], []
        for symbol, chain in self.by_symbol.items():
            chain.today(day)
            price = prices.get(symbol)
            if price is None:
                continue
            for expiry in chain.slices.values():
                close = near(chain.strikes, price, max(choice.strikes, choice.around))
                mine = [ladder(symbol, expiry, [strike]) for strike in close]
                mine = [[one for one in pair if one.id not in refused] for pair in mine]
                fixed.append([one for pair in mine[: choice.strikes] for one in pair])
                rest.append([one for pair in mine[choice.strikes :] for one in pair])
        self.shown = self._rotation.turn(interleaved(*fixed), interleaved(*rest), places)
        if self.shown:
            self._turned = now
        for one in self.shown:
            self.options[one.id] = one
            self.quotes.setdefault(one.id, Quote())
        return self.shown

    def prune(self, now: float, keep: float) -> None:
        """Let go of quotes that are older than anybody should use."""
        shown = {one.id for one in self.shown}
        for name, quote in list(self.quotes.items()):
            if name not in shown and now - quote.time > keep:
                del self.quotes[name], self.options[name]

    def contract(self, name: str) -> Asked | None:
        """How to ask for an option."""
        one = self.options.get(name)
        chain = self.by_symbol.get(one.underlying) if one is not None else None
        if one is None or chain is None:
            return None
        found = option(chain.listing, one.expiry, one.strike, one.right)
        if chain.trading_class and chain.trading_class != found.trading_class:
            return Asked(
                symbol=found.symbol,
                sec_type="OPT",
                exchange=found.exchange,
                currency=found.currency,
                expiry=found.expiry,
                strike=found.strike,
                right=found.right,
                multiplier=found.multiplier,
                trading_class=chain.trading_class,
            )
        return found

    def row(self, name: str) -> dict[str, Any]:
        """One option as it is written."""
        one, quote = self.options[name], self.quotes[name]
        greeks = quote.greeks
        side = "call" if one.right == "C" else "put"
        interest = quote.get("open_interest")
        if interest is None:
            interest = quote.get(f"{side}_open_interest")
        return {
            "option_symbol": one.osi,
            "underlying": one.underlying,
            "expiry": f"{one.expiry[:4]}-{one.expiry[4:6]}-{one.expiry[6:8]}",
            "strike": one.strike,
            "type": side,
            "time": quote.time or None,
            "bid": quote.get("bid"),
            "ask": quote.get("ask"),
            "bid_size": quote.get("bid_size"),
            "ask_size": quote.get("ask_size"),
            "last": quote.get("last"),
            "mid": quote.mid,
            "volume": quote.get("volume"),
            "open_interest": interest,
            "implied_volatility": greeks.get("iv"),
            "delta": greeks.get("delta"),
            "gamma": greeks.get("gamma"),
            "vega": greeks.get("vega"),
            "theta": greeks.get("theta"),
            "underlying_price": greeks.get("underlying"),
            "data_type": quote.data_type,
        }

    def known(self, symbol: str, expiry: str | None = None) -> list[str]:
        """Options of an underlying that a quote came of, by expiry and strike."""
        found = [
            one
            for name, one in self.options.items()
            if one.underlying == symbol
            and self.quotes[name].time
            and (expiry is None or one.expiry == expiry)
        ]
        return [one.id for one in sorted(found)]
