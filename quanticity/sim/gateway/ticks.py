"""The kinds of ticks that market data has, and where they go when they are delayed."""

from __future__ import annotations

BID_SIZE, BID, ASK, ASK_SIZE, LAST, LAST_SIZE, HIGH, LOW, VOLUME, CLOSE = range(10)
BID_OPTION, ASK_OPTION, LAST_OPTION, MODEL_OPTION, OPEN = range(10, 15)
LAST_TIME = 45
HALTED = 49
RT_VOLUME, RT_TRADE_VOLUME = 48, 77
BID_EXCHANGE, ASK_EXCHANGE, LAST_EXCHANGE = 32, 33, 84
AUCTION_VOLUME, AUCTION_PRICE, AUCTION_IMBALANCE = 34, 35, 36
MARK_PRICE = 37
TRADE_COUNT = 54
IMPLIED_VOLATILITY = 24
CALL_INTEREST, PUT_INTEREST, CALL_VOLUME, PUT_VOLUME = 27, 28, 29, 30
SHORTABLE, SHORTABLE_SHARES = 46, 89

DELAYED = {
    BID: 66,
    ASK: 67,
    LAST: 68,
    BID_SIZE: 69,
    ASK_SIZE: 70,
    LAST_SIZE: 71,
    HIGH: 72,
    LOW: 73,
    VOLUME: 74,
    CLOSE: 75,
    OPEN: 76,
    BID_OPTION: 80,
    ASK_OPTION: 81,
    LAST_OPTION: 82,
    MODEL_OPTION: 83,
    LAST_TIME: 88,
    HALTED: 90,
}
DELAY = 900.0
_SIZE_OF = {BID: BID_SIZE, ASK: ASK_SIZE, LAST: LAST_SIZE}


def size_of(kind: int) -> int:
    """The kind of the size that belongs to a price."""
    return _SIZE_OF[kind]


# Generic tick lists that may be asked for, by type of contract.
_COMMON = frozenset({100, 101, 104, 105, 106, 165, 221, 225, 232, 233, 236, 293, 294, 295, 318})
GENERIC = {
    "STK": _COMMON | {258, 292, 375, 411, 456, 460, 595, 619},
    "OPT": frozenset({100, 101, 104, 106, 165, 221, 225, 232, 233, 236, 293, 375}),
    "FUT": _COMMON | {162, 292, 375, 411, 588, 595},
    "IND": frozenset({100, 101, 104, 106, 162, 165, 221, 225, 232, 233, 236, 292, 293, 318}),
    "CASH": frozenset({165, 221, 232, 233, 292, 293, 318, 411}),
    "CRYPTO": frozenset({165, 221, 232, 233, 292, 293, 318, 375, 411}),
    "BAG": frozenset({100, 101, 104, 106, 165, 221, 225, 232, 233, 236}),
}
