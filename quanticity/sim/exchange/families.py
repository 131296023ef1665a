"""Orders that hang on others: brackets (a parent and its children), and one-cancels-all groups.

A child waits until its parent is filled. Where the parent ends before, the children are for what it
did fill, and end with it where that is nothing. Children of one parent are a group of their own (as
TWS makes them one), unless they name another.

In a group of type 1 the first fill, even a partial one, cancels all others. In types 2 and 3 it
reduces the others in proportion, and a complete fill cancels them. (Types 1 and 2 say that only one
order is at an exchange at a time; here nothing fills at the same moment, so that is no difference.)
"""

from __future__ import annotations

from typing import Protocol

from quanticity.sim.exchange.floor import Floor
from quanticity.sim.exchange.state import CHILD, DONE, DRAFT, Working

CANCEL_ALL, REDUCE = 1, 3


class Living(Protocol):
    """What families need of the orders they are made of."""

    floor: Floor

    def alive(self) -> list[Working]:
        """Orders that may still fill."""
        ...

    def end(self, order: Working, status: str, at: float, reason: str) -> None:
        """End an order for good."""
        ...

    def show(self, order: Working, at: float) -> None:
        """Tell an order as it now stands."""
        ...

    def become(self, order: Working, status: str, why_held: str = "") -> None:
        """Change an order's status and tell it."""
        ...


def join(order: Working, parent: Working | None) -> None:
    """Put a new order into the group that it names, or that its parent makes."""
    asked = order.order
    if asked.oca_group:
        order.oca, order.oca_type = asked.oca_group, asked.oca_type or REDUCE
    elif parent is not None:
        order.oca, order.oca_type = str(parent.perm_id), REDUCE
    if parent is not None:
        order.parent = parent.perm_id


def after_fill(orders: Living, order: Working, before: float, at: float) -> None:
    """Reduce or cancel the rest of a group; release the children of a filled parent."""
    if order.oca:
        left = 0.0 if order.oca_type == CANCEL_ALL else order.remaining / before
        for other in _group(orders, order):
            _reduce(orders, other, left, at)
    if order.stage == DONE:
        _release(orders, order, at)


def after_end(orders: Living, order: Working, at: float) -> None:
    """Let the children of an ended parent follow."""
    if order.filled:
        _release(orders, order, at)
        return
    for child in _children(orders, order):
        orders.end(child, "Cancelled", at, "")


def _group(orders: Living, order: Working) -> list[Working]:
    return [
        each
        for each in orders.alive()
        if each is not order
        and each.oca == order.oca
        and each.account == order.account
        and each.stage != DRAFT
    ]


def _children(orders: Living, order: Working) -> list[Working]:
    return [each for each in orders.alive() if each.parent == order.perm_id]


def _reduce(orders: Living, other: Working, left: float, at: float) -> None:
    """Leave an order the share `left` of what it still had to fill, in whole lots."""
    lot = 1.0 if other.is_combo else orders.floor.known(other.contract.con_id).lot
    remaining = (other.remaining * left + 1e-9) // lot * lot
    if remaining <= 0:
        orders.end(other, "Cancelled", at, "")
        return
    other.quantity = round(other.filled + remaining, 8)
    orders.show(other, at)
    orders.become(other, other.status, other.why_held)


def _release(orders: Living, parent: Working, at: float) -> None:
    """Send the children of a parent that is done to work, for what it filled."""
    for child in _children(orders, parent):
        if parent.remaining > 0 and parent.filled < child.quantity:
            child.quantity = parent.filled
            orders.show(child, at)
        if child.stage == CHILD:
            orders.floor.schedule(at, "enter", child.perm_id)
