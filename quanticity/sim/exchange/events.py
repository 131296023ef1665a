"""What the simulated broker tells: one frozen record for each thing that happened.

Times are epoch seconds. `client` is the API client whose order it is; `order_id` its own number.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from quanticity.sim.exchange.model import Contract, Order, OrderState


class Opened(msgspec.Struct, frozen=True, tag=True):
    """An order as it now stands (`openOrder`), also after each change; the answer to a what-if."""

    time: float
    client: int
    order_id: int
    perm_id: int
    contract: Contract
    order: Order
    state: OrderState


class StatusChanged(msgspec.Struct, frozen=True, tag=True):
    """`orderStatus`. Statuses and `why_held` ("child", "trigger", ...) are TWS's own texts."""

    time: float
    client: int
    order_id: int
    status: str
    filled: float
    remaining: float
    average_price: float
    perm_id: int
    parent_id: int = 0
    last_price: float = 0.0
    why_held: str = ""


class Execution(msgspec.Struct, frozen=True):
    """One fill. `side` is BOT or SLD; `last_liquidity` 1 added, 2 took, 3 auction."""

    exec_id: str
    time: float
    account: str
    exchange: str
    side: str
    shares: float
    price: float
    perm_id: int
    client: int
    order_id: int
    cumulative: float
    average_price: float
    order_ref: str = ""
    last_liquidity: int = 0

    @property
    def signed(self) -> float:
        """Shares, below zero where they were sold."""
        return self.shares if self.side == "BOT" else -self.shares


class Executed(msgspec.Struct, frozen=True, tag=True):
    """`execDetails`. A combo has one for itself (its contract a BAG) and one for each leg."""

    time: float
    client: int
    order_id: int
    contract: Contract
    execution: Execution


class Commission(msgspec.Struct, frozen=True, tag=True):
    """`commissionReport`. `realized_pnl` is None where the fill closed nothing."""

    time: float
    client: int
    exec_id: str
    commission: float
    currency: str
    realized_pnl: float | None = None


class Error(msgspec.Struct, frozen=True, tag=True):
    """`error`: TWS's code and text, for errors, warnings and information alike."""

    time: float
    client: int
    order_id: int
    code: int
    text: str


class PositionChanged(msgspec.Struct, frozen=True, tag=True):
    """A position after a fill; `average_cost` per contract, with multiplier and commissions."""

    time: float
    account: str
    contract: Contract
    quantity: float
    average_cost: float


class AccountValue(msgspec.Struct, frozen=True, tag=True):
    """One figure of an account, as TWS names and writes it."""

    time: float
    account: str
    key: str
    value: str
    currency: str


class Settled(msgspec.Struct, frozen=True, tag=True):
    """A position changed by expiry, not by an order.

    `reason` is expired, exercised, assigned, settled (in cash) or delivered (an option's shares).
    `quantity` is what was added to the position, signed, at `price`.
    """

    time: float
    account: str
    contract: Contract
    quantity: float
    price: float
    reason: str


Event: TypeAlias = (
    Opened
    | StatusChanged
    | Executed
    | Commission
    | Error
    | PositionChanged
    | AccountValue
    | Settled
)
