"""The account: values, positions, profit and loss, margin, orders, since the connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .account_rows import known, named
from .contracts import Asked
from .orders import Orders

_MARGIN = (
    "InitMarginReq",
    "MaintMarginReq",
    "AvailableFunds",
    "ExcessLiquidity",
    "BuyingPower",
    "EquityWithLoanValue",
    "Cushion",
    "Leverage",
    "FullInitMarginReq",
    "FullMaintMarginReq",
    "LookAheadInitMarginReq",
    "LookAheadMaintMarginReq",
)
# Products are margined in two segments, and what the whole is called has an end for each.
_SEGMENTS = {"securities": "-S", "commodities": "-C"}
_BASE = "BASE"
_NAMED = 5


def listed(names: Sequence[str]) -> str:
    """Names for people: the first few, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


class Accounts:
    """All accounts of the login. `time` is of the newest word, 0 before there is one."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.time = 0.0
        self.whole = False
        self.orders = Orders()
        self._values: dict[str, dict[str, dict[str, str]]] = {}
        self._holdings: dict[str, dict[int, dict[str, Any]]] = {}
        self._positions: dict[tuple[str, int], dict[str, Any]] = {}
        self._pnl: dict[str, dict[str, float | None]] = {}
        self._asked: dict[int, str] = {}

    def reset(self) -> None:
        """The line is gone: nothing is known."""
        self.time, self.whole = 0.0, False
        self.orders = Orders()
        for each in (self._values, self._holdings, self._positions, self._pnl, self._asked):
            each.clear()

    def ask_pnl(self, number: int, account: str) -> None:
        """The request of that number is for this account."""
        self._asked[number] = account

    def value(self, now: float, account: str, name: str, value: str, currency: str) -> None:
        """One value in one currency."""
        self.time = now
        self._values.setdefault(account, {}).setdefault(name, {})[currency or _BASE] = value

    def holding(
        self, now: float, account: str, contract: Asked, figures: Mapping[str, float]
    ) -> None:
        """One holding, valued."""
        self.time = now
        row = {**named(contract), **{name: known(each) for name, each in figures.items()}}
        self._holdings.setdefault(account, {})[contract.con_id] = row

    def position(
        self, now: float, account: str, contract: Asked, quantity: float, average: float
    ) -> None:
        """One position; one of 0 is over."""
        self.time = now
        if quantity == 0:
            self._positions.pop((account, contract.con_id), None)
            return
        row = {"account": account, **named(contract)}
        row |= {"quantity": quantity, "average_cost": known(average)}
        self._positions[account, contract.con_id] = row

    def positions_whole(self, now: float) -> None:
        """All positions were told: none is known to be none."""
        self.time, self.whole = now, True

    def pnl(
        self, now: float, number: int, daily: float, unrealised: float, realised: float
    ) -> None:
        """Of the account that the request was for."""
        account = self._asked.get(number)
        if account is not None:
            self.time = now
            figures = {"daily": daily, "unrealised": unrealised, "realised": realised}
            self._pnl[account] = {name: known(value) for name, value in figures.items()}

    # What is written

    def values(self) -> dict[str, Any]:
        """Every value by account, name and currency, as the vendor words them."""
        return {"accounts": _plain(self._values), "reason": self._why(self._values)}

    def positions(self) -> dict[str, Any]:
        """All that is held, once it was told whole."""
        told = [self._valued(row, one) for (_, one), row in sorted(self._positions.items())]
        reason = None if self.whole else "positions have not been told whole since the connection"
        return {"positions": told if self.whole else None, "reason": reason}

    def profit(self) -> dict[str, Any]:
        """The day's, the open and the realised profit and loss of each account."""
        return {
            "accounts": {account: dict(row) for account, row in self._pnl.items()},
            "unit": "the account's own currency; daily since its last reset",
            "reason": self._why(self._pnl),
        }

    def margin(self) -> dict[str, Any]:
        """Margin, buying power and cash by account, as figures by currency; margin by product.

        Products are `securities` (shares, funds, options) and `commodities` (futures and their
        options), as IBKR margins them.
        """
        told: dict[str, Any] = {}
        for account, values in self._values.items():
            figures: dict[str, Any] = {"CashBalance": {}}
            figures |= _figures(values, (*_MARGIN, "CashBalance"))
            figures["products"] = {
                product: _figures(values, _MARGIN, end) for product, end in _SEGMENTS.items()
            }
            told[account] = figures
        return {"accounts": told, "reason": self._why(self._values)}

    def _valued(self, row: Mapping[str, Any], con_id: int) -> dict[str, Any]:
        held = self._holdings.get(row["account"], {}).get(con_id, {})
        names = ("price", "value", "unrealised", "realised")
        return {**row, **{name: held.get(name) for name in names}}

    def _why(self, what: Mapping[str, Any]) -> str | None:
        return None if what else "nothing was told since the connection"


def _figures(
    values: Mapping[str, Mapping[str, str]], names: Sequence[str], end: str = ""
) -> dict[str, dict[str, float | None]]:
    return {
        name: {currency: _figure(text) for currency, text in values[name + end].items()}
        for name in names
        if name + end in values
    }


def _figure(text: str) -> float | None:
    try:
        return known(float(text))
    except ValueError:
        return None


def _plain(values: Mapping[str, Mapping[str, Mapping[str, str]]]) -> dict[str, Any]:
    return {
        account: {name: dict(each) for name, each in rows.items()}
        for account, rows in values.items()
    }
