"""What those who answer a client see: the client, what it subscribed to, and its host."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

from quanticity.clock import Clock
from quanticity.sim.exchange.exchange import Exchange
from quanticity.sim.exchange.model import Contract, Order
from quanticity.sim.exchange.ports import Markets
from quanticity.sim.faults.ports import Faults
from quanticity.sim.gateway.channel import Channel
from quanticity.sim.gateway.codes import Code
from quanticity.sim.gateway.counters import Counters
from quanticity.sim.gateway.limits import HistoryRate, Limits, TickRate
from quanticity.sim.gateway.ports import Market
from quanticity.sim.gateway.reels import Reels
from quanticity.sim.gateway.securities import Directory, Security
from quanticity.sim.gateway.wire import Value


class Session(Protocol):
    """One client. `client_id` is None until it has introduced itself.

    `streams` are what it subscribed to, by what they are and its own id; `follows` what it follows
    without an id ("positions", "account DU...").
    """

    client_id: int | None
    market_data_type: int
    streams: dict[tuple[str, int], Stream]
    follows: set[str]

    @property
    def gateway(self) -> Host:
        """What serves it."""
        ...

    @property
    def channel(self) -> Channel:
        """The connection, as far as it goes out."""
        ...

    def send(self, name: str, *fields: Value) -> None:
        """Send one message; `name` is what it is called in counters and by faults."""
        ...

    def send_plain(self, name: str, body: str) -> None:
        """Send a message whose fields are written already, each with its NUL."""
        ...

    def error(self, rid: int, code: Code, **about: object) -> None:
        """Send an error or a notice, about a request or (-1) about none."""
        ...


class Stream(ABC):
    """One subscription, under the client's own id: at each look it is told what came since."""

    kind: ClassVar[str]

    def __init__(self, session: Session, rid: int) -> None:
        self.session = session
        self.rid = rid
        self.since = session.gateway.clock.now()

    @abstractmethod
    def look(self, now: float) -> None:
        """Tell what came since the last look (and what is, at the first)."""

    def resume(self, now: float) -> None:
        """Go on from now: what came since the last look was lost."""
        self.since = now

    def end(self) -> None:
        """It is over, by the gateway's own doing."""
        self.session.streams.pop((self.kind, self.rid), None)


class Broker(Protocol):
    """Where orders go."""

    @property
    def exchange(self) -> Exchange:
        """What is known of orders, executions and accounts."""
        ...

    def place(self, session: Session, order_id: int, contract: Contract, order: Order) -> None:
        """Pass an order on."""
        ...

    def cancel(self, session: Session, order_id: int) -> None:
        """Ask for an order's end."""
        ...

    def cancel_all(self) -> None:
        """Ask for the end of every order."""
        ...


class Host(Protocol):
    """The gateway: what all its clients share."""

    clock: Clock
    faults: Faults
    limits: Limits
    counters: Counters
    market: Market
    directory: Directory
    reels: Reels
    accounts: tuple[str, ...]
    read_only: bool
    # Accounts in which something was traded since the last look.
    accounts_changed: set[str]
    tick_rate: TickRate
    history_rate: HistoryRate

    @property
    def markets(self) -> Markets:
        """The market as the exchange has it."""
        ...

    @property
    def desk(self) -> Broker:
        """Where orders go."""
        ...

    @property
    def sessions(self) -> Sequence[Session]:
        """Every client that is connected."""
        ...

    @property
    def is_cut_off(self) -> bool:
        """Whether the gateway has lost its servers."""
        ...

    @property
    def has_rival(self) -> bool:
        """Whether another session of the same login has the market data."""
        ...

    def client(self, client_id: int) -> Session | None:
        """The session of a client, where it is connected."""
        ...

    def next_order_id(self, client_id: int) -> int:
        """The next order id that a client can use."""
        ...

    def open_streams(self, kind: str) -> int:
        """How many subscriptions of a kind there are."""
        ...

    def open_lines(self) -> int:
        """How many lines of market data are in use."""
        ...

    def is_subscribed(self, security: Security) -> bool:
        """Whether there are live data of a contract."""
        ...
