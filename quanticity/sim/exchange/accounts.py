"""What an account holds: cash for each currency, and positions with what they cost."""

from __future__ import annotations

import msgspec

from quanticity.sim.exchange.model import Contract

DUST = 1e-9


class Position(msgspec.Struct, kw_only=True):
    """One contract held. Money is in the contract's currency, signed: what was paid is above zero.

    `cost` has commissions in it, as TWS's average cost has; `paid` has not. `day_value` is what it
    was worth when the broker's day began (None: it could not be valued), `day_flow` what buying
    more has cost since.
    """

    contract: Contract
    multiplier: float
    quantity: float = 0.0
    cost: float = 0.0
    paid: float = 0.0
    realized: float = 0.0
    day_value: float | None = 0.0
    day_flow: float = 0.0

    @property
    def average_cost(self) -> float:
        """Cost per contract, with multiplier and commissions; 0 for nothing."""
        return self.cost / self.quantity if self.quantity else 0.0

    def value(self, price: float) -> float:
        """What it is worth at a price: for a future its whole notional."""
        return self.quantity * price * self.multiplier

    def trade(self, signed: float, price: float, commission: float) -> tuple[float, float] | None:
        """Add a fill. Returns what it realised, with and without commissions; None: it closed none.

        A fill beyond zero closes all and opens the rest, the commission shared by quantity.
        """
        notional = price * self.multiplier
        closing = 0.0
        if self.quantity * signed < 0:
            closing = min(abs(signed), abs(self.quantity)) * (1 if signed > 0 else -1)
        opening = signed - closing
        self.day_flow += signed * notional + commission
        realized = None
        if closing:
            share = -closing / self.quantity
            fee = commission * closing / signed
            net = -closing * notional - self.cost * share - fee
            gross = -closing * notional - self.paid * share
            self.cost -= self.cost * share
            self.paid -= self.paid * share
            self.realized += net
            realized = (net, gross)
        self.cost += opening * notional + commission * opening / signed
        self.paid += opening * notional
        self.quantity = round(self.quantity + signed, 8)
        if abs(self.quantity) < DUST:
            self.quantity = self.cost = self.paid = 0.0
        return realized


class Account(msgspec.Struct, kw_only=True):
    """One account.

    `realized` is this day's, by currency; `day_equity` what it was worth when the broker's day
    began, in USD (None: it could not be valued).
    """

    name: str
    cash: dict[str, float]
    positions: dict[int, Position] = msgspec.field(default_factory=dict)
    realized: dict[str, float] = msgspec.field(default_factory=dict)
    day_equity: float | None = None

    def pay(self, currency: str, amount: float) -> None:
        """Take cash (give it, below zero)."""
        self.cash[currency] = self.cash.get(currency, 0.0) - amount

    def trade(
        self, contract: Contract, multiplier: float, signed: float, price: float, commission: float
    ) -> float | None:
        """Book a fill: cash, position, profit. Returns what it realised after commissions.

        A future pays only profits and losses, when they are realised; spot currency exchanges one
        cash balance for another; all else is paid in full.
        """
        held = self.positions.get(contract.con_id)
        if held is None:
            held = Position(contract=contract, multiplier=multiplier)
            self.positions[contract.con_id] = held
        realized = held.trade(signed, price, commission)
        self.pay(contract.currency, commission)
        if contract.sec_type == "FUT":
            self.pay(contract.currency, -realized[1] if realized else 0.0)
        else:
            self.pay(contract.currency, signed * price * multiplier)
            if contract.sec_type == "CASH":
                self.pay(contract.symbol, -signed)
        if realized is None:
            return None
        before = self.realized.get(contract.currency, 0.0)
        self.realized[contract.currency] = before + realized[0]
        return realized[0]

    def copy(self) -> Account:
        """An account to try things on."""
        return msgspec.msgpack.decode(msgspec.msgpack.encode(self), type=Account)
