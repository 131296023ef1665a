"""What Interactive Brokers calls the instruments of the simulated market."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from quanticity.sim.exchange.model import Contract
from quanticity.sim.market.cash import primary
from quanticity.sim.market.expiries import is_monthly
from quanticity.sim.market.listing import Listed

SEC_TYPES = {
    "stock": "STK",
    "etf": "STK",
    "index": "IND",
    "internal": "IND",
    "future": "FUT",
    "fx": "CASH",
    "crypto": "CRYPTO",
}
# The exchanges whose indexes and futures have tick-by-tick data.
CME_GROUP = frozenset({"CME", "CBOT", "NYMEX", "COMEX"})
# Where options and stocks can be routed to.
OPTION_EXCHANGES = ("SMART", "CBOE", "AMEX", "ISE", "PHLX", "BOX", "NASDAQOM", "MIAX", "PEARL")
STOCK_EXCHANGES = (
    *("SMART", "AMEX", "NYSE", "CBOE", "PHLX", "ISE", "CHX", "ARCA", "ISLAND", "NASDAQ", "BATS"),
    *("DRCTEDGE", "BEX", "EDGEA", "BYX", "IEX", "FOXRIVER", "PEARL", "NYSENAT", "LTSE", "MEMX"),
)
# Where standard monthly options have another class than all others.
_WEEKLY_CLASS = {"SPX": "SPXW", "NDX": "NDXP", "VIX": "VIXW", "RUT": "RUTW"}


class Name(NamedTuple):
    """How an instrument is asked for: `local` is its local symbol where it has only one."""

    sec_type: str
    symbol: str
    exchange: str
    primary: str
    trading_class: str
    local: str


def name_of(listed: Listed) -> Name:
    """What IBKR calls a listed instrument."""
    ours, symbol = listed.symbol, listed.broker_symbol
    sec_type = SEC_TYPES[listed.kind]
    if sec_type == "STK":
        home = primary(ours)
        return Name(sec_type, symbol, "SMART", home, "NMS" if home == "NASDAQ" else symbol, symbol)
    if sec_type in ("CASH", "CRYPTO"):
        return Name(sec_type, symbol, listed.exchange, "", ours, ours)
    trading_class = listed.continuous or symbol
    return Name(sec_type, symbol, listed.exchange, "", trading_class, symbol)


def option_class(symbol: str, expiry: date) -> str:
    """The trading class of an underlying's options of one expiry."""
    return symbol if is_monthly(expiry) else _WEEKLY_CLASS.get(symbol, symbol)


def exchanges_of(contract: Contract) -> tuple[str, ...]:
    """Where a contract can be routed to."""
    if contract.sec_type == "OPT":
        return OPTION_EXCHANGES
    if contract.sec_type == "STK":
        return STOCK_EXCHANGES
    return (contract.exchange,)
