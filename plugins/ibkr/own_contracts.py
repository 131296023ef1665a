"""Instruments of one's own: rows below `ibkr.contracts`, and every mistake in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from quanticity.api import Slip, Spec, field

from .contracts import KINDS, Listings, families

# A name is a part of keys.
_NAME = re.compile(r"[A-Za-z0-9_.+@^=/-]+")


class IbkrContract(Spec):
    """An instrument. What is not written is as its family has it, or the shipped table."""

    family: str = field("stock", help="what it has in common with others", example="cme")
    sec_type: str = field("", help="STK, IND, FUT, CASH or CRYPTO")
    exchange: str = field("", help="where it is asked for", example="SMART")
    currency: str = field("", help="what it is quoted in", example="USD")
    ib_symbol: str = field("", help="what the vendor calls it, where not by our name")
    primary_exchange: str = field("", help="where it is listed", example="ARCA")
    trading_class: str = field("", help="the vendor's class, where a symbol has several")
    multiplier: float = field(0.0, help="units of the underlying in a contract", ge=0)
    months: str = field("", help="months of a future that trade, by their letters", example="HMUZ")
    roll: int = field(
        0,
        help="from when the next month is the front one",
        unit="days before the last",
        ge=0,
        le=365,
    )
    book: bool = field(False, help="whether there is depth of market")
    ticks: bool = field(False, help="whether there is tick-by-tick")
    quotes_only: bool = field(False, help="whether its ticks are quotes, not prints")
    route: str = field("", help="`smart` where rows of its book carry venues")
    proxy: str = field("", help="whose book stands for its own", example="SPY")
    option_class: str = field("", help="the vendor's class of its options", example="SPXW")
    option_exchange: str = field("SMART", help="where its options are asked for")
    zone: str = field("America/New_York", help="the zone of its hours")

    def given(self) -> dict[str, Any]:
        """What was written, and nothing else."""
        return self.model_dump(exclude_unset=True)


def mistakes(contracts: Mapping[str, IbkrContract]) -> Iterator[Slip]:
    """What is wrong with the rows, each with its place below the section."""
    known = families()
    for name, row in contracts.items():
        if not _NAME.fullmatch(name):
            yield Slip(
                ("contracts", name), f"'{name}' cannot be a name", "letters and digits will do"
            )
        if row.family not in known:
            near = get_close_matches(row.family, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else ", ".join(sorted(known))
            said = f"there is no family '{row.family}'"
            yield Slip(("contracts", name, "family"), said, hint)
        if row.sec_type and row.sec_type not in KINDS:
            said = f"there is no sec_type '{row.sec_type}'"
            yield Slip(("contracts", name, "sec_type"), said, f"there is {', '.join(KINDS)}")
        if not _is_zone(row.zone):
            said = f"there is no zone '{row.zone}'"
            yield Slip(("contracts", name, "zone"), said, "for example Europe/Berlin")


def incomplete(contracts: Mapping[str, IbkrContract], listings: Listings) -> Iterator[Slip]:
    """What is wrong with the rows among all instruments."""
    for name, row in contracts.items():
        if row.proxy and row.proxy not in listings:
            said = f"there is no instrument '{row.proxy}'"
            yield Slip(("contracts", name, "proxy"), said, listings.near(row.proxy))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
