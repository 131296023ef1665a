"""One connection to TWS or the Gateway, as this plugin sees it, whichever library carries it.

Numbers are those of requests: chosen by us, and told back with every answer. Each request is one
message on the wire. Nothing here waits but `connect`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .contracts import Asked


class LineError(Exception):
    """No connection, and why. `code` is the vendor's; `opened` says that the port is open."""

    def __init__(self, said: str, code: int = 0, *, opened: bool = False) -> None:
        super().__init__(said)
        self.code, self.opened = code, opened


@dataclass(frozen=True, slots=True)
class Details:
    """What contract details tell. `magnifier` divides prices of options and futures of some."""

    contract: Asked
    contract_month: str = ""
    min_tick: float = 0.0
    magnifier: int = 1
    long_name: str = ""
    zone: str = ""
    trading_hours: str = ""
    liquid_hours: str = ""
    under_con_id: int = 0


class Line(Protocol):
    """Requests. All of them raise LineError where the connection is gone."""

    @property
    def accounts(self) -> Sequence[str]:
        """Accounts of the login."""
        ...

    @property
    def version(self) -> int:
        """The server's version; 0 before there is a connection."""
        ...

    async def connect(self, host: str, port: int, client_id: int, patience: float) -> None:
        """Connect and log in, within `patience` seconds. Raises LineError."""
        ...

    async def listens(self, host: str, port: int) -> bool:
        """Whether somebody is there; nothing is said to him."""
        ...

    def close(self) -> None:
        """Let go of it; nothing is told of after that."""
        ...

    def market_data(self, number: int, contract: Asked, generic: str) -> None:
        """Stream quotes; `generic` are numbers of further ticks, by commas."""
        ...

    def cancel_market_data(self, number: int) -> None:
        """End it."""
        ...

    def depth(self, number: int, contract: Asked, rows: int, *, smart: bool) -> None:
        """Stream depth of market; `smart` for all venues together."""
        ...

    def cancel_depth(self, number: int, *, smart: bool) -> None:
        """End it."""
        ...

    def ticks(self, number: int, contract: Asked, kind: str) -> None:
        """Stream tick by tick: AllLast, Last, BidAsk or MidPoint."""
        ...

    def cancel_ticks(self, number: int) -> None:
        """End it."""
        ...

    def bars(self, number: int, contract: Asked, what: str) -> None:
        """Stream bars of five seconds."""
        ...

    def cancel_bars(self, number: int) -> None:
        """End it."""
        ...

    def history(self, number: int, contract: Asked, span: str, bar: str, what: str) -> None:
        """Bars up to now; their times come as epoch seconds."""
        ...

    def cancel_history(self, number: int) -> None:
        """End it."""
        ...

    def details(self, number: int, contract: Asked) -> None:
        """All contracts that fit."""
        ...

    def option_parameters(self, number: int, contract: Asked) -> None:
        """Expiries and strikes of an underlying that is qualified."""
        ...

    def smart_components(self, number: int, exchange: str) -> None:
        """What the letters of venues mean."""
        ...

    def account_updates(self, account: str) -> None:
        """Stream values and holdings of an account."""
        ...

    def positions(self) -> None:
        """Stream positions of all accounts."""
        ...

    def pnl(self, number: int, account: str) -> None:
        """Stream the day's profit and loss of an account."""
        ...

    def orders(self) -> None:
        """The orders at work of all clients, once."""
        ...

    def ended_orders(self) -> None:
        """The orders of the day that have ended, of all clients, once."""
        ...

    def time(self) -> None:
        """The server's time: proof that it is there."""
        ...


class Sink(Protocol):
    """Answers, in the order in which they came."""

    def price(self, number: int, tick: int, price: float, size: float) -> None:
        """A price with its size."""
        ...

    def size(self, number: int, tick: int, size: float) -> None:
        """A size, or the day's volume."""
        ...

    def text(self, number: int, tick: int, value: str) -> None:
        """A tick of text: RTVolume, last stamp, last venue."""
        ...

    def generic(self, number: int, tick: int, value: float) -> None:
        """A figure."""
        ...

    def model(self, number: int, tick: int, values: tuple[float, ...]) -> None:
        """Greeks: iv, delta, price, dividends, gamma, vega, theta, price of the underlying."""
        ...

    def data_kind(self, number: int, kind: int) -> None:
        """1 live, 2 frozen, 3 delayed, 4 both."""
        ...

    def quoted_at(self, number: int, exchange: str) -> None:
        """The table of letters that its venues are told in."""
        ...

    def smart_component(self, number: int, letters: Mapping[str, str]) -> None:
        """Venues by letter."""
        ...

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
        ...

    def tick(
        self, number: int, time: float, price: float, size: float, venue: str, codes: str
    ) -> None:
        """One print."""
        ...

    def quote_tick(
        self, number: int, bid: float, ask: float, bid_size: float, ask_size: float
    ) -> None:
        """One change of a quote."""
        ...

    def bar(self, number: int, time: float, figures: tuple[float, ...]) -> None:
        """Five seconds: open, high, low, close, volume, average price, count of trades."""
        ...

    def history_bar(self, number: int, time: str, figures: tuple[float, ...]) -> None:
        """One bar of the past, figures as above."""
        ...

    def history_end(self, number: int) -> None:
        """That was all."""
        ...

    def details(self, number: int, details: Details) -> None:
        """One contract."""
        ...

    def details_end(self, number: int) -> None:
        """That was all."""
        ...

    def option_parameters(
        self,
        number: int,
        exchange: str,
        trading_class: str,
        multiplier: str,
        expiries: Sequence[str],
        strikes: Sequence[float],
    ) -> None:
        """Expiries and strikes of one class at one exchange."""
        ...

    def option_parameters_end(self, number: int) -> None:
        """That was all."""
        ...

    def account_value(self, account: str, name: str, value: str, currency: str) -> None:
        """One value of an account."""
        ...

    def holding(self, account: str, contract: Asked, figures: Mapping[str, float]) -> None:
        """One holding with its value."""
        ...

    def position(self, account: str, contract: Asked, quantity: float, average: float) -> None:
        """One position; quantity 0 where it was closed."""
        ...

    def positions_end(self) -> None:
        """That was all; changes follow."""
        ...

    def pnl(self, number: int, daily: float, unrealised: float, realised: float) -> None:
        """Profit and loss of an account."""
        ...

    def order(self, perm_id: int, contract: Asked, terms: Mapping[str, Any]) -> None:
        """One order at work, by the vendor's number of it."""
        ...

    def order_status(self, perm_id: int, status: Mapping[str, Any]) -> None:
        """How far it is."""
        ...

    def orders_end(self) -> None:
        """That was all."""
        ...

    def ended_order(self, perm_id: int, contract: Asked, terms: Mapping[str, Any]) -> None:
        """One order that has ended."""
        ...

    def ended_orders_end(self) -> None:
        """That was all."""
        ...

    def server_time(self, seconds: float) -> None:
        """The server's epoch second."""
        ...

    def error(self, number: int, code: int, text: str) -> None:
        """An error, a warning or news of the connection; number -1 belongs to no request."""
        ...

    def undecoded(self, text: str) -> None:
        """A message that the library could not read."""
        ...

    def received(self) -> None:
        """A batch of data was decoded."""
        ...

    def closed(self, reason: str) -> None:
        """The connection ended by itself."""
        ...


LineFor = Any
"""Makes a Line for a Sink."""
