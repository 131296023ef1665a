"""Bytes of a market's hour, as a digest: `python -m tests.sim.market.digest forwards|backwards`."""

from __future__ import annotations

import hashlib
import sys

from quanticity.sim.market import World
from tests.sim.market.markets import CALENDAR, CLOSE

SYMBOLS = ("SPY", "ES", "EUR.USD", "BTC.USD", "SPX", "TICK", "NVDA")
MINUTES = 6


def digest(order: str) -> str:
    """All events around the close, asked for minute by minute in some order."""
    world = World(7, CALENDAR, "crash")
    asked = [(symbol, CLOSE - 180 + 60 * number) for symbol in SYMBOLS for number in range(MINUTES)]
    found = {}
    for symbol, since in asked if order == "forwards" else asked[::-1]:
        parts = [
            column.tobytes() for column in world.tape.prints(symbol, since, since + 60).parts()
        ]
        parts.append(repr(world.books.changes(symbol, since, since + 60)).encode())
        parts.append(repr(world.books.book(symbol, since + 7)).encode())
        if symbol in ("SPY", "SPX", "NVDA"):
            trades = world.option_tape.trades(symbol, since, since + 60)
            parts += [column.tobytes() for column in trades.parts()]
            each = world.chain(symbol, since)[1]
            strike = float(each.strikes[len(each.strikes) // 2])
            quote = world.option_book.quote(symbol, each.expiry, strike, "put", since + 11.3)
            parts.append(repr(quote).encode())
            parts.append(repr(world.auctions.imbalance(symbol, since)).encode())
        found[symbol, since] = b"".join(parts)
    return hashlib.sha256(b"".join(found[each] for each in sorted(found))).hexdigest()


if __name__ == "__main__":
    print(digest(sys.argv[1]))
