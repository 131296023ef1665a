"""Takes what comes of the account and its orders to where it is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from .contracts import Asked
from .desk import Desk


class AccountReceiver:
    """That part of a `port.Sink`."""

    def __init__(self, desk: Desk) -> None:
        self.now = desk.now
        self.accounts = desk.accounts
        self.counts: Counter[str] = Counter()
        self.on_orders_ended: Callable[[], None] = lambda: None

    def account_value(self, account: str, name: str, value: str, currency: str) -> None:
        """One value of an account."""
        self.counts["account"] += 1
        self.accounts.value(self.now(), account, name, value, currency)

    def holding(self, account: str, contract: Asked, figures: Mapping[str, float]) -> None:
        """One holding with its value."""
        self.counts["account"] += 1
        self.accounts.holding(self.now(), account, contract, figures)

    def position(self, account: str, contract: Asked, quantity: float, average: float) -> None:
        """One position."""
        self.counts["account"] += 1
        self.accounts.position(self.now(), account, contract, quantity, average)

    def positions_end(self) -> None:
        """That was all."""
        self.accounts.positions_whole(self.now())

    def pnl(self, number: int, daily: float, unrealised: float, realised: float) -> None:
        """Profit and loss."""
        self.counts["account"] += 1
        self.accounts.pnl(self.now(), number, daily, unrealised, realised)

    def order(self, perm_id: int, contract: Asked, terms: Mapping[str, Any]) -> None:
        """One order at work."""
        self.counts["account"] += 1
        self.accounts.orders.order(perm_id, contract, terms)

    def order_status(self, perm_id: int, status: Mapping[str, Any]) -> None:
        """How far it is."""
        self.counts["account"] += 1
        self.accounts.orders.status(perm_id, status)

    def orders_end(self) -> None:
        """That was all that are at work; where one is gone, somebody asks how it ended."""
        if self.accounts.orders.whole(self.now()):
            self.on_orders_ended()

    def ended_order(self, perm_id: int, contract: Asked, terms: Mapping[str, Any]) -> None:
        """One order that has ended."""
        self.counts["account"] += 1
        self.accounts.orders.ended(perm_id, contract, terms)

    def ended_orders_end(self) -> None:
        """That was all."""
        self.accounts.orders.ended_whole(self.now())
