"""What the library calls when something of the account or its orders has come."""
# ruff: noqa: N802  # the vendor's names

from __future__ import annotations

from typing import Any

from .contracts import Asked
from .port import Sink


class AccountWire:
    """Hands it to a sink, in our words."""

    def __init__(self, sink: Sink) -> None:
        self._sink: Sink | None = sink

    def updateAccountValue(self, name: str, value: str, currency: str, account: str) -> None:
        """One value."""
        if self._sink is not None:
            self._sink.account_value(account, name, value, currency)

    def updatePortfolio(
        self,
        contract: Any,
        quantity: float,
        price: float,
        value: float,
        average: float,
        unrealised: float,
        realised: float,
        account: str,
    ) -> None:
        """One holding."""
        if self._sink is not None:
            figures = {
                "quantity": quantity,
                "price": price,
                "value": value,
                "average_cost": average,
                "unrealised": unrealised,
                "realised": realised,
            }
            self._sink.holding(account, asked_of(contract), figures)

    def position(self, account: str, contract: Any, quantity: float, average: float) -> None:
        """One position."""
        if self._sink is not None:
            self._sink.position(account, asked_of(contract), quantity, average)

    def positionEnd(self) -> None:
        """That was all."""
        if self._sink is not None:
            self._sink.positions_end()

    def pnl(self, number: int, daily: float, unrealised: float, realised: float) -> None:
        """Profit and loss."""
        if self._sink is not None:
            self._sink.pnl(number, daily, unrealised, realised)

    # Orders, of all clients

    def openOrder(self, number: int, contract: Any, order: Any, state: Any) -> None:
        """One order at work, or one that has just ended."""
        if self._sink is not None:
            ids = {"order_id": number, "client_id": order.clientId}
            ids["parent_id"] = order.parentId or None
            terms = {**ids, **_terms(order), "status": state.status}
            self._sink.order(order.permId, asked_of(contract), terms)

    def orderStatus(
        self,
        number: int,
        status: str,
        filled: float,
        remaining: float,
        average: float,
        perm_id: int,
        parent: int,
        last: float,
        client: int,
        why: str,
        cap: float = 0.0,
    ) -> None:
        """How far it is."""
        if self._sink is not None:
            figures = {"filled": filled, "remaining": remaining, "average_price": average}
            why_held = {"why_held": why or None}
            self._sink.order_status(perm_id, {"status": status, **figures, **why_held})

    def openOrderEnd(self) -> None:
        """These are all that are at work."""
        if self._sink is not None:
            self._sink.orders_end()

    def completedOrder(self, contract: Any, order: Any, state: Any) -> None:
        """One order of the day that has ended."""
        if self._sink is not None:
            told = {"status": state.status, "filled": order.filledQuantity}
            terms = {**_terms(order), **told, "said": state.completedStatus or None}
            self._sink.ended_order(order.permId, asked_of(contract), terms)

    def completedOrdersEnd(self) -> None:
        """These are all."""
        if self._sink is not None:
            self._sink.ended_orders_end()


def _terms(order: Any) -> dict[str, Any]:
    return {
        "account": order.account,
        "side": order.action,
        "quantity": order.totalQuantity,
        "type": order.orderType,
        "limit": order.lmtPrice,
        "stop": order.auxPrice,
        "time_in_force": order.tif,
        "reference": order.orderRef or None,
    }


def asked_of(contract: Any) -> Asked:
    """A contract of the library's in our words."""
    return Asked(
        symbol=contract.symbol,
        sec_type=contract.secType,
        exchange=contract.exchange or contract.primaryExchange,
        currency=contract.currency,
        con_id=int(contract.conId or 0),
        expiry=contract.lastTradeDateOrContractMonth or "",
        strike=float(contract.strike or 0),
        right=contract.right or "",
        multiplier=str(contract.multiplier or ""),
        primary_exchange=contract.primaryExchange or "",
        local_symbol=contract.localSymbol or "",
        trading_class=contract.tradingClass or "",
    )
