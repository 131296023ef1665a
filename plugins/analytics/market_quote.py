"""The last price, quote, spread and imbalance of a stock, each in a key of its own."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from quanticity.api import Analytic, Book, Inputs, Key, Kind, OnChange, Tape, eastern, quant

# Here, so that what has to be compiled is when this file is loaded, and not in a run.
_tape = quant.tape
_LEVELS = 5
# A print that is further ahead of its time is another day's: a clock went back.
_AHEAD = 5.0
_OPENS = 9 * 3600 + 30 * 60


class Session(msgspec.Struct):
    """The session's tape so far. `last` and `size` are of the newest print, at epoch second `at`.

    `since` is when its first print was, 0 before there is one; `opened` the same of prints since
    09:30 Eastern, which alone are in `open_volume` and `turnover` (USD).
    """

    day: str = ""
    since: float = 0.0
    at: float = 0.0
    last: float = 0.0
    size: float = 0.0
    volume: float = 0.0
    prints: int = 0
    opened: float = 0.0
    open_volume: float = 0.0
    turnover: float = 0.0


class MarketQuote(Analytic):
    """What a screen shows of a stock, every second at the most.

    `imbalance` is (bids - asks) / (bids + asks) over the best five levels; for as many as you like
    see `analytics:book_imbalance`.
    """

    name = "market_quote"
    State = Session
    reads = {
        "book": Key("market:{symbol}:book", 5, view=Book, optional=True),
        "trades": Key("market:{symbol}:trades", kind=Kind.EVENTS, view=Tape, optional=True),
    }
    writes = {
        "last": Key("market:{symbol}:last", ttl=60),
        "ticker": Key("market:{symbol}:ticker", ttl=60),
        "spread": Key("market:{symbol}:spread", ttl=60),
        "imbalance": Key("market:{symbol}:imbalance", ttl=60),
        "timestamp": Key("market:{symbol}:timestamp", ttl=60),
    }
    trigger = OnChange("book", "trades", at_most_every=1.0)

    def compute(
        self, inputs: Inputs, state: Session, now: float
    ) -> tuple[Mapping[str, Any], Session]:
        """All five, each with its reason where a figure is null."""
        state = _added(state, inputs.trades, now)
        book = inputs.book
        newest = max(state.at, 0.0 if book is None else book.timestamp)
        traded = None if state.prints else "no print yet today"
        last = {
            "price": state.last if state.prints else None,
            "size": state.size if state.prints else None,
            "time": state.at if state.prints else None,
            "unit": "USD, shares, epoch seconds",
            "reason": traded,
        }
        spread = _spread(book)
        ticker = {
            "bid": None if book is None else book.bid,
            "ask": None if book is None else book.ask,
            "bid_size": _best(book, "bid"),
            "ask_size": _best(book, "ask"),
            "mid": spread["mid"],
            "last": last["price"],
            "volume": state.volume if state.prints else None,
            "vwap": state.turnover / state.open_volume if state.open_volume > 0 else None,
            "vwap_since": state.opened or None,
            "vwap_volume": state.open_volume or None,
            "prints": state.prints,
            "since": state.since if state.prints else None,
            "unit": "USD and shares; volume since `since`, vwap of prints since 09:30 Eastern",
            "reason": traded
            or spread["reason"]
            or (None if state.open_volume else "no print since the open for a vwap"),
        }
        found = {
            "last": last,
            "ticker": ticker,
            "spread": spread,
            "imbalance": _imbalance(book),
            "timestamp": {
                "milliseconds": round(newest * 1000) if newest else None,
                "unit": "epoch milliseconds of the newest book or print",
                "reason": None if newest else "neither a book nor a print",
            },
        }
        return found, state


def _added(state: Session, tape: Tape, now: float) -> Session:
    """The session with the new prints."""
    day = f"{eastern(now):%Y-%m-%d}"
    if day != state.day or state.at > now + _AHEAD:
        state = Session(day=day)
    midnight = eastern(now).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    fit = _tape.usable(tape.times, tape.prices, tape.sizes, midnight, now + _AHEAD)
    if not fit.any():
        return state
    times, prices, sizes = tape.times[fit], tape.prices[fit], tape.sizes[fit]
    # A print that came late is counted, but is not the last.
    if times[-1] >= state.at:
        state.at, state.last, state.size = (float(one[-1]) for one in (times, prices, sizes))
    state.since = min(state.since or np.inf, float(times[0]))
    state.volume += float(sizes.sum())
    state.prints += len(prices)
    open_ = times >= midnight + _OPENS
    if open_.any():
        state.opened = min(state.opened or np.inf, float(times[open_][0]))
        state.open_volume += float(sizes[open_].sum())
        state.turnover += float((prices * sizes)[open_].sum())
    return state


def _why(book: Book | None) -> str | None:
    if book is None:
        return "no book that is fresh"
    if book.bid is None or book.ask is None:
        return "the book has not both sides"
    return "crossed: the best bid is above the best ask" if book.is_crossed else None


def _spread(book: Book | None) -> dict[str, Any]:
    reason = _why(book)
    spread = relative = None
    if book is not None and reason is None:
        bid, ask = float(book.bid_prices[0]), float(book.ask_prices[0])
        spread, relative = ask - bid, quant.book.spread_bps(bid, ask)
    return {
        "spread": spread,
        "spread_bps": relative,
        "mid": book.mid if book is not None else None,
        "unit": "USD; bps of the bid",
        "reason": reason,
    }


def _imbalance(book: Book | None) -> dict[str, Any]:
    reason = _why(book)
    found = None
    if book is not None and reason is None:
        found = quant.book.imbalance(book.bid_sizes[:_LEVELS], book.ask_sizes[:_LEVELS])
    return {
        "imbalance": found,
        "levels": _LEVELS,
        "unit": "-1 (asks only) to 1 (bids only)",
        "reason": reason,
    }


def _best(book: Book | None, side: str) -> float | None:
    sizes = None if book is None else book.bid_sizes if side == "bid" else book.ask_sizes
    return float(sizes[0]) if sizes is not None and len(sizes) else None
