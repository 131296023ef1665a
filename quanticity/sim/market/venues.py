"""Where things trade, and what is said of a trade: codes as Interactive Brokers writes them."""

from __future__ import annotations

from quanticity.sim.market.listing import Listed

VENUES = (
    "NASDAQ", "ARCA", "NYSE", "BATS", "BYX", "DRCTEDGE", "EDGEA", "IEX", "MEMX", "FINRA",
    "CME", "CBOT", "CFE", "NYMEX", "COMEX", "NYBOT", "IDEALPRO", "PAXOS", "CBOE", "EUREX",
    "LIFFE", "MONEP", "MEFFRV", "OSE.JPN", "HKFE", "ASX", "KSE", "BVMF", "TSE",
    "AMEX", "BOX", "CBOE2", "EDGX", "EMERALD", "GEMINI", "ISE", "MERCURY", "MIAX", "NASDAQOM",
    "PEARL", "PHLX", "PSE",
)  # fmt: skip
"""Codes of venues; `FINRA` stands for all trades away from the exchanges."""

DARK = VENUES.index("FINRA")
LIT = 9
"""The first so many venues are the lit ones of stocks and funds."""
OPTIONS = tuple(range(VENUES.index("AMEX"), len(VENUES)))
"""Exchanges of options, beside CBOE."""

LIT_SHARES = (0.26, 0.19, 0.14, 0.12, 0.05, 0.1, 0.05, 0.04, 0.05)
"""How much of the lit trading each of the first venues has."""

CONDITIONS = ("", "I", "F", "FI", "4", "T", "TI", "O", "6")
"""What is said of a trade: nothing, odd lot, intermarket sweep, sweep of an odd lot, derivatively
priced, extended hours, both of an odd lot in them, opening and closing cross."""

REGULAR, ODD, SWEEP, SWEEP_ODD, DERIVED, EXTENDED, EXTENDED_ODD, OPENING, CLOSING = range(9)


def is_stock(each: Listed) -> bool:
    """Whether it trades at many venues, in lots, and away from them."""
    return each.kind in ("stock", "etf")


def home(each: Listed, primary: str) -> int:
    """The venue that alone has it, or of a stock that has its auctions."""
    return VENUES.index(primary if is_stock(each) else each.exchange)
