"""What the vendor's error codes mean for us, and what a person can do about each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Means(StrEnum):
    """What follows from a message."""

    NEWS = "news"
    LOST = "lost"
    BACK_WITHOUT_DATA = "back_without_data"
    BACK = "back"
    FARM_DOWN = "farm_down"
    FARM_UP = "farm_up"
    REFUSED = "refused"
    TOO_MANY = "too_many"
    AGAIN = "again"
    RESET_BOOK = "reset_book"
    PACING = "pacing"
    UNKNOWN_CONTRACT = "unknown_contract"
    ID_IN_USE = "id_in_use"
    READ_ONLY = "read_only"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means; `limit` is the one that it says is full, `do` is for a person."""

    means: Means
    said: str
    do: str = ""
    limit: str = ""


_SUBSCRIBE = "subscribe to its market data in the account's management, or leave it out of ibkr"
_NEWS = Meaning(Means.NEWS, "news of a connection that is well")
MEANINGS: dict[int, Meaning] = {
    100: Meaning(Means.PACING, "more than 50 messages in a second"),
    101: Meaning(Means.TOO_MANY, "all market-data lines are taken", limit="lines"),
    162: Meaning(Means.REFUSED, "history was refused"),
    165: _NEWS,
    200: Meaning(Means.UNKNOWN_CONTRACT, "the vendor knows no such contract", "see ibkr.contracts"),
    202: Meaning(Means.NEWS, "an order was cancelled"),
    300: Meaning(Means.NEWS, "it knows nothing of that subscription"),
    309: Meaning(Means.TOO_MANY, "all depth books are taken", limit="books"),
    310: Meaning(Means.NEWS, "it knows nothing of that book"),
    316: Meaning(Means.AGAIN, "depth was halted: it is asked for again"),
    317: Meaning(Means.RESET_BOOK, "the book begins anew"),
    320: Meaning(Means.WARNING, "it could not read a message"),
    321: Meaning(Means.REFUSED, "it refuses the request"),
    322: Meaning(Means.REFUSED, "it refuses the request"),
    326: Meaning(
        Means.ID_IN_USE,
        "another connection has our client id",
        "end the other program, or an earlier run of this one, or set ibkr.client_id",
    ),
    354: Meaning(Means.REFUSED, "no subscription to its market data", _SUBSCRIBE),
    366: Meaning(Means.NEWS, "it knows nothing of that history"),
    420: Meaning(Means.PACING, "history was asked for too often"),
    456: Meaning(Means.TOO_MANY, "too many real-time bars", limit="bars"),
    502: Meaning(Means.LOST, "the port is closed", "start TWS or the Gateway"),
    504: Meaning(Means.LOST, "not connected"),
    507: Meaning(Means.LOST, "the line broke in the middle of a message"),
    1100: Meaning(Means.LOST, "TWS lost its connection to the vendor", "it comes back by itself"),
    1101: Meaning(Means.BACK_WITHOUT_DATA, "it is back, and forgot what we subscribed to"),
    1102: Meaning(Means.BACK, "it is back, and remembers what we subscribed to"),
    1300: Meaning(Means.LOST, "TWS moved to another port", "set ibkr.port"),
    2100: _NEWS,
    2103: Meaning(Means.FARM_DOWN, "a market-data farm is down", "it comes back by itself"),
    2104: Meaning(Means.FARM_UP, "a market-data farm is well"),
    2105: Meaning(Means.FARM_DOWN, "a farm of history is down", "it comes back by itself"),
    2106: Meaning(Means.FARM_UP, "a farm of history is well"),
    2107: _NEWS,
    2108: _NEWS,
    2109: _NEWS,
    2110: Meaning(Means.LOST, "TWS lost its connection to the vendor", "it comes back by itself"),
    2119: _NEWS,
    2137: _NEWS,
    2150: _NEWS,
    2152: Meaning(Means.NEWS, "depth is of some venues only: others want a subscription"),
    2157: Meaning(Means.FARM_DOWN, "the farm of contracts is down", "it comes back by itself"),
    2158: Meaning(Means.FARM_UP, "the farm of contracts is well"),
    2176: _NEWS,
    10089: Meaning(Means.REFUSED, "only delayed data without a subscription", _SUBSCRIBE),
    10090: Meaning(Means.WARNING, "a part of what was asked for is not subscribed", _SUBSCRIBE),
    10091: Meaning(Means.WARNING, "a part of what was asked for is not subscribed", _SUBSCRIBE),
    10092: Meaning(Means.REFUSED, "no depth of market of it", "leave it out of ibkr.depth"),
    10167: Meaning(Means.WARNING, "it sends delayed data instead", _SUBSCRIBE),
    10168: Meaning(Means.REFUSED, "no data of it without a subscription", _SUBSCRIBE),
    10182: Meaning(Means.AGAIN, "it lost the subscription: it is asked for again"),
    10186: Meaning(Means.REFUSED, "no delayed data of it either", _SUBSCRIBE),
    10187: Meaning(Means.REFUSED, "no tick-by-tick data of it"),
    10189: Meaning(Means.REFUSED, "no tick-by-tick data of it", "leave it out of ibkr.ticks"),
    10190: Meaning(Means.TOO_MANY, "all tick-by-tick streams are taken", limit="ticks"),
    10197: Meaning(
        Means.REFUSED,
        "another session of the login has the market data",
        "log out there, or use a second user for the API",
    ),
}
_TICKS_TOO_OFTEN = Meaning(Means.PACING, "tick-by-tick was asked for too often")
_READ_ONLY = Meaning(
    Means.READ_ONLY,
    "the API is read-only: it takes no orders, and tells of none",
    "before anything is traded, uncheck 'Read-Only API' in Configure, API, Settings",
)
_UNKNOWN = Meaning(Means.WARNING, "see the vendor's list of API error codes")


def meaning(code: int, text: str) -> Meaning:
    """What follows; of a code that nobody knows it is told, and nothing else."""
    found = MEANINGS.get(code, _UNKNOWN)
    if code == 162 and ("pacing" in text.lower() or "violation" in text.lower()):
        return MEANINGS[420]
    if code == 321 and "read-only" in text.lower():
        return _READ_ONLY
    if code == 10189 and "15 seconds" in text:
        return _TICKS_TOO_OFTEN
    return found
