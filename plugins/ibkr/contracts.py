"""Our names of instruments, and what Interactive Brokers calls each: `contracts.yaml`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

TABLE = Path(__file__).with_name("contracts.yaml")
KINDS = {
    "STK": "stock",
    "IND": "index",
    "FUT": "future",
    "CASH": "fx",
    "CRYPTO": "crypto",
}


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One instrument as the table has it.

    `multiplier` is in units of the underlying a contract, `roll` in days before the last trading
    day. `proxy` is our name of the instrument whose book stands for its own. `quotes_only` says
    that its ticks are quotes, not prints.
    """

    symbol: str
    family: str
    sec_type: str
    exchange: str
    currency: str
    ib_symbol: str = ""
    primary_exchange: str = ""
    trading_class: str = ""
    multiplier: float = 0.0
    months: str = ""
    roll: int = 0
    book: bool = False
    ticks: bool = False
    quotes_only: bool = False
    route: str = ""
    proxy: str = ""
    option_class: str = ""
    option_exchange: str = "SMART"
    zone: str = "America/New_York"

    @property
    def name(self) -> str:
        """What Interactive Brokers calls it."""
        return self.ib_symbol or self.symbol

    @property
    def kind(self) -> str:
        """stock, index, internal, future, fx or crypto."""
        return "internal" if self.family == "internal" else KINDS[self.sec_type]


class Asked(msgspec.Struct, frozen=True):
    """A contract to ask the gateway for, in its own words; `con_id` 0 where nobody knows it yet.

    `expiry` is YYYYMMDD or YYYYMM, `strike` in the currency, `right` C, P or empty.
    """

    symbol: str
    sec_type: str
    exchange: str
    currency: str
    con_id: int = 0
    expiry: str = ""
    strike: float = 0.0
    right: str = ""
    multiplier: str = ""
    primary_exchange: str = ""
    local_symbol: str = ""
    trading_class: str = ""


class Listings(Mapping[str, Listing]):
    """The table by our names. `more` are further rows, or other words for those that are there."""

    def __init__(self, more: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """ValueError, with the name and what is wrong, where a row is none."""
        table = _table()
        rows: dict[str, dict[str, Any]] = {
            name: dict(row) for name, row in table["instruments"].items()
        }
        for name, row in (more or {}).items():
            rows[name] = {**rows.get(name, {}), **row}
        self._rows = {name: _listing(name, row, table["families"]) for name, row in rows.items()}

    def __getitem__(self, symbol: str) -> Listing:
        return self._rows[symbol]

    def __iter__(self) -> Any:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def near(self, symbol: str) -> str:
        """`did you mean 'SPY'?`, or what to do where nothing is near."""
        found = difflib.get_close_matches(symbol.upper(), self._rows, n=1)
        if found:
            return f"did you mean '{found[0]}'?"
        return "say what it is below ibkr.contracts"


def asked(listing: Listing) -> Asked:
    """How to ask for an instrument; for a future: for all of its months."""
    number = f"{listing.multiplier:g}" if listing.sec_type == "FUT" and listing.multiplier else ""
    return Asked(
        symbol=listing.name,
        sec_type=listing.sec_type,
        exchange=listing.exchange,
        currency=listing.currency,
        multiplier=number,
        primary_exchange=listing.primary_exchange,
        trading_class=listing.trading_class,
    )


def option(listing: Listing, expiry: str, strike: float, right: str, currency: str = "") -> Asked:
    """How to ask for one option of an instrument, `expiry` as YYYYMMDD."""
    return Asked(
        symbol=listing.name,
        sec_type="OPT",
        exchange=listing.option_exchange,
        currency=currency or listing.currency,
        expiry=expiry,
        strike=strike,
        right=right,
        multiplier="100",
        trading_class=listing.option_class or listing.name,
    )


def families() -> Mapping[str, Mapping[str, Any]]:
    """What the members of each family share."""
    return _table()["families"]


@cache
def _table() -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = msgspec.yaml.decode(TABLE.read_bytes())
    return found


def _listing(name: str, row: Mapping[str, Any], families: Mapping[str, Any]) -> Listing:
    family = row.get("family", "stock")
    if family not in families:
        raise ValueError(f"{name}: there is no family '{family}'; {', '.join(sorted(families))}")
    whole = {"family": family, **families[family], **row, "symbol": name}
    try:
        found = msgspec.convert(whole, Listing, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{name}: {error}") from None
    if found.sec_type not in KINDS:
        raise ValueError(f"{name}: sec_type '{found.sec_type}'; there is {', '.join(KINDS)}")
    return found
