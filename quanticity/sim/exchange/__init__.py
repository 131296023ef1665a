"""A simulated broker: orders, matching against the market, accounts. Pure, driven by time."""

from quanticity.sim.exchange.events import (
    AccountValue,
    Commission,
    Error,
    Event,
    Executed,
    Execution,
    Opened,
    PositionChanged,
    Settled,
    StatusChanged,
)
from quanticity.sim.exchange.exchange import Exchange, ExecutionFilter
from quanticity.sim.exchange.figures import Pnl
from quanticity.sim.exchange.model import ComboLeg, Contract, Fate, Order, OrderState
from quanticity.sim.exchange.ports import (
    Book,
    Cross,
    Level,
    Listing,
    Markets,
    Prints,
    Quote,
    Session,
)

__all__ = [
    "AccountValue",
    "Book",
    "ComboLeg",
    "Commission",
    "Contract",
    "Cross",
    "Error",
    "Event",
    "Exchange",
    "Executed",
    "Execution",
    "ExecutionFilter",
    "Fate",
    "Level",
    "Listing",
    "Markets",
    "Opened",
    "Order",
    "OrderState",
    "Pnl",
    "PositionChanged",
    "Prints",
    "Quote",
    "Session",
    "Settled",
    "StatusChanged",
]
