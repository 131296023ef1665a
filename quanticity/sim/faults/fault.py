"""What a fault is: a name, its parameters, and the places in which it can strike."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from quanticity.spec import Spec


class Where(StrEnum):
    """The places in which something can go wrong."""

    HTTP = "http"  # a vendor's answer to a request
    SOCKET = "socket"  # a vendor's websocket
    WIRE = "wire"  # the gateway's connections
    ORDERS = "orders"  # what the gateway's broker does and says of orders


# The first words of what the gateway says is happening (`Faults.fire`, its `kind`).
CONNECT = "connect"  # wire: a client introduces itself
TIME = "time"  # wire: nothing but that time has passed; see `Faults.next_at`
SEND = "send"  # wire: a message goes out, its name follows: "send tick price"
PLACE = "place"  # orders: an order comes in
STATUS = "status"  # orders: an order's status is about to be told
OPEN_ORDER = "open order"  # orders: an order's own description is about to be told
EXECUTION = "execution"  # orders: a fill is about to be told
COMMISSION = "commission"  # orders: a fill's commission is about to be told


class Fault(Spec):
    """One way for something to go wrong, with its parameters.

    `strikes` are the places where it can, each with the kinds of event by their first words; none
    stands for every event of the place. Whoever is handed a fault does what its class says.
    """

    name: ClassVar[str]
    strikes: ClassVar[Mapping[Where, tuple[str, ...]]]

    @classmethod
    def can_strike(cls, where: Where, kind: str) -> bool:
        """Whether it applies to an event of this kind in this place."""
        starts = cls.strikes.get(where)
        return starts is not None and (not starts or kind.startswith(starts))
