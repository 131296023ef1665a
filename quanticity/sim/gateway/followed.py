"""Accounts as clients follow them: their figures again as they change, profits each second."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from quanticity.sim.exchange.accounts import Position
from quanticity.sim.exchange.figures import Pnl
from quanticity.sim.gateway.contract_fields import held
from quanticity.sim.gateway.session import Session, Stream
from quanticity.sim.gateway.stamps import clock_time
from quanticity.sim.gateway.wire import UNSET_DOUBLE, Value, size

# How often figures are told that only the market has moved, seconds. TWS takes three minutes.
_FIGURES = 60.0
_PROFIT = 1.0

Tell = Callable[[str, str, str], None]


class Figures(Stream):
    """An account's figures by name: all at once, then those that changed."""

    kind: ClassVar = "figures"

    def __init__(self, session: Session, rid: int, account: str, tell: Tell) -> None:
        super().__init__(session, rid)
        self.account = account
        self._tell = tell
        self._sent: dict[tuple[str, str], str] = {}
        self._due = 0.0

    def look(self, now: float) -> None:
        """Tell what changed: at once after a trade, else each minute."""
        changed = self.account in self.session.gateway.accounts_changed
        if now < self._due and not changed:
            return
        self._due = now + _FIGURES
        for each in self.session.gateway.desk.exchange.values(self.account):
            key = (each.key, each.currency)
            if self._sent.get(key) != each.value:
                self._sent[key] = each.value
                self._tell(each.key, each.value, each.currency)


class Portfolio(Figures):
    """Figures, positions at their prices, and the time of both (requests 6)."""

    kind: ClassVar = "account"

    def __init__(self, session: Session, account: str) -> None:
        super().__init__(session, 0, account, self._figure)
        self._held: dict[int, tuple[Value, ...]] = {}

    def look(self, now: float) -> None:
        """Tell what changed."""
        changed = self.account in self.session.gateway.accounts_changed
        if now < self._due and not changed:
            return
        super().look(now)
        for position in self.session.gateway.desk.exchange.positions(self.account):
            self._position(position, now)
        self._gone(now)
        self.session.send("account time", 8, 1, clock_time(now))

    def _figure(self, key: str, value: str, currency: str) -> None:
        self.session.send("account value", 6, 2, key, value, currency, self.account)

    def _position(self, position: Position, now: float) -> None:
        quote = self.session.gateway.markets.quote(position.contract, now)
        price = quote.mid if quote is not None else None
        if price is None:
            figures: tuple[Value, ...] = (UNSET_DOUBLE, UNSET_DOUBLE)
            open_profit = UNSET_DOUBLE
        else:
            worth = position.value(price)
            figures = (round(price, 6), round(worth, 6))
            open_profit = round(worth - position.cost, 6)
        self._row(
            position, position.quantity, *figures, position.average_cost, open_profit,
            round(position.realized, 6),
        )  # fmt: skip

    def _gone(self, now: float) -> None:
        """Tell that positions are closed which were told before."""
        del now
        exchange = self.session.gateway.desk.exchange
        still = {each.contract.con_id for each in exchange.positions(self.account)}
        for con_id in [each for each in self._held if each not in still]:
            known = self.session.gateway.directory.by_id(con_id)
            del self._held[con_id]
            if known is not None:
                nothing = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
                contract = held(known.contract)
                self.session.send("portfolio", 7, 8, *contract, *nothing, self.account)

    def _row(self, position: Position, *figures: Value) -> None:
        con_id = position.contract.con_id
        if self._held.get(con_id) != figures:
            self._held[con_id] = figures
            contract = held(position.contract)
            self.session.send("portfolio", 7, 8, *contract, *figures, self.account)


class Profit(Stream):
    """Profit and loss of an account, or of one position, as it changes."""

    kind: ClassVar = "profit"

    def __init__(self, session: Session, rid: int, account: str, con_id: int | None) -> None:
        super().__init__(session, rid)
        self._account = account
        self._con_id = con_id
        self._due = 0.0
        self._sent: Pnl | None = None

    def look(self, now: float) -> None:
        """Tell it, where it changed."""
        if now < self._due:
            return
        self._due = now + _PROFIT
        try:
            found = self.session.gateway.desk.exchange.pnl(self._account, self._con_id)
        except KeyError:
            # Not held today: there is nothing to tell until it is.
            return
        if found == self._sent:
            return
        self._sent = found
        three = (_unset(found.daily), _unset(found.unrealized), _unset(found.realized))
        if self._con_id is None:
            self.session.send("profit", 94, self.rid, *three)
        else:
            whole = size(abs(found.quantity)) * (1 if found.quantity >= 0 else -1)
            self.session.send("position profit", 95, self.rid, whole, *three, _unset(found.value))


def _unset(figure: float | None) -> float:
    return UNSET_DOUBLE if figure is None else round(figure, 6)
