"""The section `ibkr` of the config: where the gateway is, and what is wanted of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from quanticity.api import Slip, Spec, field

from .contracts import Listings
from .own_contracts import IbkrContract, incomplete, mistakes

GROUPS = ("stocks", "indices", "futures", "internals", "fx", "crypto", "bars", "options")
_KINDS = {
    "stocks": ("stock",),
    "indices": ("index",),
    "futures": ("future",),
    "internals": ("internal",),
    "fx": ("fx",),
    "crypto": ("crypto",),
}


class IbkrLimits(Spec):
    """What the login is allowed. More lines and books can be bought; ask for what you have."""

    messages: int = field(46, help="messages a second, of the vendor's 50", ge=10, le=50)
    for_orders: int = field(8, help="of these, how many are left to orders", ge=1, le=40)
    lines: int = field(100, help="market-data lines", ge=1, example=100)
    books: int = field(3, help="depth books at a time", ge=0, le=60)
    ticks: int = field(3, help="tick-by-tick streams at a time", ge=0, le=60)
    open_history: int = field(50, help="requests for history that are open", ge=1, le=50)


class IbkrOptions(Spec):
    """Which options are looked at."""

    strikes: int = field(
        4, help="strikes nearest to the money that are always looked at", unit="strikes", ge=0
    )
    around: int = field(
        20, help="strikes nearest to the money that are looked at in turn", unit="strikes", ge=0
    )
    places: int = field(36, help="lines that options may take", unit="lines", ge=0)
    turn: float = field(15.0, help="how long a turn is", unit="seconds", ge=5)
    chain_every: float = field(300.0, help="time between two whole chains", unit="seconds", ge=10)
    keep: float = field(
        600.0, help="how long a quote stays in a chain after its turn", unit="seconds", ge=10
    )


class IbkrParams(Spec):
    """Interactive Brokers. Lists of symbols are in order of priority."""

    host: str = field(
        "127.0.0.1", help="where TWS or the Gateway runs", example="127.0.0.1", min_length=1
    )
    port: int = field(
        7497,
        help="its port: TWS 7497 (paper) and 7496, Gateway 4002 (paper) and 4001",
        ge=1,
        le=65535,
    )
    client_id: int = field(
        11, help="id of the connection for data; no other program may have it", ge=1, le=32767
    )
    order_client_id: int = field(
        12, help="id that is left to the connection for orders", ge=1, le=32767
    )
    account: str | None = field(
        None, help="the account to show; the first one by default", example="DU1234567"
    )
    contracts: dict[str, IbkrContract] = field(
        factory=dict,
        help="instruments beside those of plugins/ibkr/contracts.yaml, or other words for them",
        example={"MES": {"family": "cme", "multiplier": 5}},
    )
    stocks: tuple[str, ...] = field((), help="stocks and funds with quotes and prints")
    depth: tuple[str, ...] = field((), help="those of which depth of market is wanted")
    ticks: tuple[str, ...] = field((), help="those whose prints are wanted one by one")
    bars: tuple[str, ...] = field((), help="those with real-time bars of five seconds")
    indices: tuple[str, ...] = field((), help="indices")
    internals: tuple[str, ...] = field((), help="internals of the market: TICK, ADD")
    futures: tuple[str, ...] = field((), help="futures; the front month is chosen")
    fx: tuple[str, ...] = field((), help="pairs of currencies")
    crypto: tuple[str, ...] = field((), help="coins")
    options: tuple[str, ...] = field((), help="underlyings whose options are wanted")
    history: tuple[str, ...] = field((), help="those whose minutes of the day are asked for")
    option_choice: IbkrOptions = field(factory=IbkrOptions, help="which options are looked at")
    limits: IbkrLimits = field(factory=IbkrLimits, help="what the login is allowed")
    priority: tuple[str, ...] = field(
        GROUPS, help="who gets the lines first where they are too few", min_length=1
    )
    book_every: float = field(1.0, help="time between two books", unit="seconds", ge=0.1)
    quote_every: float = field(1.0, help="time between two quotes", unit="seconds", ge=0.1)
    history_every: float = field(
        120.0, help="time between two requests for the day's minutes", unit="seconds", ge=60
    )
    levels: int = field(10, help="levels of a book", unit="levels", ge=1, le=60)
    patience: float = field(
        4.0, help="how long a connection may take", unit="seconds", ge=0.5, example=4.0
    )
    retry_longest: float = field(
        1.5, help="longest pause between two tries to connect", unit="seconds", ge=0.1
    )
    silence: float = field(
        10.0,
        help="silence after which it is asked for its time; twice that long, it is gone",
        unit="seconds",
        ge=1,
    )

    @cached_property
    def listings(self) -> Listings:
        """The contract table with the config's own rows."""
        return Listings({name: row.given() for name, row in self.contracts.items()})

    @property
    def shares(self) -> tuple[str, ...]:
        """Whatever has a book and prints under `market:`."""
        return self.stocks

    @property
    def tapes(self) -> tuple[str, ...]:
        """Whose prints come one by one, within what has prints at all."""
        return tuple(one for one in self.ticks if one in self.stocks)

    @property
    def printed(self) -> tuple[str, ...]:
        """Whose prints are written: stocks, and futures whose prints come one by one."""
        others = [
            one
            for one in self.ticks
            if one in self.listings and self.listings[one].kind == "future"
        ]
        return tuple(dict.fromkeys((*self.stocks, *others)))

    @property
    def shown_indices(self) -> tuple[str, ...]:
        """Indices, and internals, which are told like them."""
        return (*self.indices, *self.internals)

    @property
    def spread_of(self) -> tuple[str, ...]:
        """Whatever has a spread of its own, or of a proxy."""
        proxied = [one for one in self.indices if one in self.listings and self.listings[one].proxy]
        return tuple(dict.fromkeys((*self.stocks, *proxied, *self.options)))

    @property
    def all_symbols(self) -> tuple[str, ...]:
        """Every instrument that is wanted, once."""
        lists = (getattr(self, name) for name in _KINDS)
        return tuple(dict.fromkeys(one for listed in lists for one in listed))

    def slips(self) -> Iterable[Slip]:
        """Symbols that the table does not have, or not of that kind."""
        if wrong := list(mistakes(self.contracts)):
            yield from wrong
            return
        for name, row in self.contracts.items():
            try:
                Listings({name: row.given()})
            except ValueError as error:
                yield Slip(("contracts", name), str(error))
                return
        yield from incomplete(self.contracts, self.listings)
        yield from self._unknown()
        yield from self._not_wanted()
        if self.client_id == self.order_client_id:
            said = "the connections for data and for orders have one id"
            yield Slip(("client_id",), said, "the second of one id is refused (error 326)")
        if self.limits.for_orders >= self.limits.messages:
            said = "orders have a part of the messages a second, and not all of them"
            yield Slip(("limits", "for_orders"), said)
        for at, group in enumerate(self.priority):
            if group not in GROUPS:
                yield Slip(("priority", at), f"no group '{group}'", f"there is {', '.join(GROUPS)}")

    def _unknown(self) -> Iterator[Slip]:
        for name, kinds in _KINDS.items():
            for at, symbol in enumerate(getattr(self, name)):
                found = self.listings.get(symbol)
                if found is None:
                    said = f"there is no instrument '{symbol}'"
                    yield Slip((name, at), said, self.listings.near(symbol))
                elif found.kind not in kinds:
                    said = f"{symbol} is of another kind: {found.kind}"
                    place = next(each for each, them in _KINDS.items() if found.kind in them)
                    yield Slip((name, at), said, f"its place is {place}")
        for at, symbol in enumerate(self.options):
            if symbol not in self.listings:
                said = f"there is no instrument '{symbol}'"
                yield Slip(("options", at), said, self.listings.near(symbol))
            elif symbol not in (*self.stocks, *self.indices):
                said = f"options of {symbol} need its price"
                yield Slip(("options", at), said, "list it below stocks or indices")

    def _not_wanted(self) -> Iterator[Slip]:
        """What is asked of an instrument that has none of it, or that is not wanted at all."""
        wanted = set(self.all_symbols)
        for name in ("depth", "ticks", "bars", "history"):
            for at, symbol in enumerate(getattr(self, name)):
                if symbol not in wanted:
                    hint = self.listings.near(symbol) if symbol not in self.listings else ""
                    said = f"{symbol} is in none of the lists of instruments"
                    yield Slip((name, at), said, hint or "list it there, too")
                    continue
                listing = self.listings.get(symbol)
                if listing is None:
                    continue
                if name == "depth" and not listing.book:
                    proxy = f": its proxy is {listing.proxy}" if listing.proxy else ""
                    yield Slip((name, at), f"{symbol} has no book{proxy}")
                if name == "ticks" and not listing.ticks:
                    yield Slip((name, at), f"{symbol} has no tick-by-tick data")
