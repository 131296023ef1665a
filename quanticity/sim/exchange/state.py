"""All that the exchange remembers, and how it is saved: what it does next follows from it alone."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import msgspec

from quanticity.sim.exchange.accounts import Account
from quanticity.sim.exchange.events import Commission, Event, Executed
from quanticity.sim.exchange.model import Contract, Fate, Order

VERSION = 1

# Where an order is. DRAFT waits for its family's `transmit`; TRANSIT is on its way; CHILD waits for
# its parent, CLOSED for the session, AUCTION for the cross; WORKING can fill; DONE never again.
DRAFT, TRANSIT, CHILD, CLOSED, AUCTION, WORKING, DONE = (
    "draft",
    "transit",
    "child",
    "closed",
    "auction",
    "working",
    "done",
)


class Working(msgspec.Struct, kw_only=True):
    """An order in the exchange, with all that happened to it.

    `quantity` is what it is for by now (an OCA may reduce it), `value` the sum of shares by price,
    `limit` and `stop` where it now stands, `ahead` what was displayed before it at its price (None:
    too far away to be seen), `far` whether the market is too far for a look each second, `rank` its
    time priority, `legs` con ids and signed ratios of a combo, `charged` the commission so far by
    con id, `begins` and `ends` when it may work, `fate` what goes wrong with it on purpose.
    """

    perm_id: int
    client: int
    order_id: int
    contract: Contract
    order: Order
    account: str
    quantity: float
    placed: float
    stage: str = DRAFT
    status: str = "PendingSubmit"
    why_held: str = ""
    filled: float = 0.0
    value: float = 0.0
    last_price: float = 0.0
    arrived: float = inf
    rank: int = 0
    limit: float | None = None
    stop: float | None = None
    extreme: float | None = None
    triggered: bool = True
    ahead: float | None = None
    resting: bool = False
    far: bool = False
    stepped: float = 0.0
    begins: float = inf
    ends: float = inf
    parent: int = 0
    oca: str = ""
    oca_type: int = 0
    legs: tuple[tuple[int, int], ...] = ()
    charged: dict[int, float] = msgspec.field(default_factory=dict)
    leg_values: dict[int, float] = msgspec.field(default_factory=dict)
    draws: int = 0
    done_at: float | None = None
    reason: str = ""
    fate: Fate = Fate()

    @property
    def remaining(self) -> float:
        """What is still to fill."""
        return round(self.quantity - self.filled, 8)

    @property
    def average(self) -> float:
        """The average price of its fills, 0 without any."""
        return self.value / self.filled if self.filled else 0.0

    @property
    def sign(self) -> int:
        """1 where it buys, -1 where it sells."""
        return self.order.sign

    @property
    def is_combo(self) -> bool:
        """Whether it is a BAG."""
        return bool(self.legs)

    def as_told(self) -> Order:
        """The order as `openOrder` shows it: with its quantity, stop and group as they now are."""
        order = self.order
        if order.total_quantity != self.quantity:
            order = replace(order, total_quantity=self.quantity)
        if self.extreme is not None and self.stop != order.trail_stop_price:
            order = replace(order, trail_stop_price=self.stop)
        if order.oca_group != self.oca:
            order = replace(order, oca_group=self.oca, oca_type=self.oca_type)
        if order.tif == "" or order.account == "":
            order = replace(order, tif=order.tif or "DAY", account=self.account)
        return order


class Taken(msgspec.Struct, kw_only=True):
    """What our orders have taken of a displayed book since it was last refreshed, by price."""

    until: float
    bids: dict[float, float] = msgspec.field(default_factory=dict)
    asks: dict[float, float] = msgspec.field(default_factory=dict)


class State(msgspec.Struct, kw_only=True):
    """The exchange at one moment."""

    seed: int
    now: float
    accounts: dict[str, Account]
    version: int = VERSION
    orders: dict[int, Working] = msgspec.field(default_factory=dict)
    timers: list[tuple[float, int, str, int]] = msgspec.field(default_factory=list)
    outbox: list[Event] = msgspec.field(default_factory=list)
    executions: list[Executed] = msgspec.field(default_factory=list)
    commissions: dict[str, Commission] = msgspec.field(default_factory=dict)
    taken: dict[int, Taken] = msgspec.field(default_factory=dict)
    counter: int = 0
    last_ids: dict[int, int] = msgspec.field(default_factory=dict)
    forgotten_ids: dict[int, int] = msgspec.field(default_factory=dict)
    expiring: set[int] = msgspec.field(default_factory=set)
    unsettled: int = 0


class _Version(msgspec.Struct):
    version: int


def encode(state: State) -> bytes:
    """The state as bytes (msgpack: numbers come back as exactly what they were)."""
    return msgspec.msgpack.encode(state)


def decode(saved: bytes) -> State:
    """A state from bytes. Raises ValueError, saying what is wrong, where they are none."""
    try:
        version = msgspec.msgpack.decode(saved, type=_Version).version
    except msgspec.MsgspecError as error:
        raise ValueError(f"this is no saved exchange: {error}; start with a new one") from error
    if version != VERSION:
        raise ValueError(
            f"the saved exchange is of version {version}, this program reads {VERSION}: "
            "start with a new one, or with the program that saved it"
        )
    try:
        return msgspec.msgpack.decode(saved, type=State)
    except msgspec.MsgspecError as error:
        raise ValueError(f"the saved exchange is damaged: {error}; start with a new one") from error
