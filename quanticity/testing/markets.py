"""Chains, books and tapes that hypothesis makes up: as they are on a good day, and on a bad one.

    @given(body=chains(MONDAY))
    def test_it_bears_any_chain(body):
        harness = Harness(MyAnalytic, values={"symbol": "SPY"})
        harness.give("chain", body)
        harness.run()

Needs hypothesis (`make dev`, or `pip install hypothesis`). `hostile` bodies may be empty, have one
strike or one side, crossed and zero quotes, texts for numbers, missing and null figures, expired
and repeated contracts, adjusted roots.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from quanticity.clock import eastern

Body = dict[str, Any]
_NO_FIGURES: tuple[Any, ...] = (None, "", "-", "n/a", "NaN", "inf", "1e999", -1, 0, True, [], {})


@st.composite
def chains(
    draw: DrawFn, now: float, symbol: str = "SPY", *, hostile: bool = True, most: int = 30
) -> Body:
    """An option chain in the shape of the transforms, which `Chain` reads."""
    spot = draw(st.floats(1, 10_000))
    contracts = st.lists(_contracts(now, symbol, spot, hostile=hostile), max_size=most)
    rows: list[Body] = draw(contracts)
    if hostile and rows and draw(st.booleans()):
        rows.append(draw(st.sampled_from(rows)))
    body: Body = {"contracts": rows, "price": spot}
    if hostile and draw(st.booleans()):
        body["price"] = draw(st.sampled_from(_NO_FIGURES))
    return body


@st.composite
def books(draw: DrawFn, now: float, *, hostile: bool = True, most: int = 12) -> Body:
    """An order book, which `Book` reads; on a good day it is neither crossed nor one-sided."""
    mid = draw(st.floats(1, 10_000))
    least = 0 if hostile else 1
    # On a bad day a level may lie on the other side: the book is crossed.
    nearest = -0.05 if hostile else 0.01
    away = st.lists(
        st.tuples(st.floats(nearest, 0.5), st.integers(1, 100_000)), min_size=least, max_size=most
    )
    bids = [[mid * (1 - off), size] for off, size in sorted(draw(away))]
    asks = [[mid * (1 + off), size] for off, size in sorted(draw(away))]
    body: Body = {"time": now, "bids": bids, "asks": asks}
    if hostile:
        for side in ("bids", "asks"):
            for level in body[side]:
                if draw(_SELDOM):
                    level[draw(st.integers(0, 1))] = draw(st.sampled_from(_NO_FIGURES))
        if draw(_SELDOM):
            body[draw(st.sampled_from(("bids", "asks", "time")))] = None
    return body


@st.composite
def tapes(draw: DrawFn, now: float, *, hostile: bool = True, most: int = 30) -> list[Body]:
    """Prints of the last minute, which `Tape` reads; on a good day in the order of their times."""
    mid = draw(st.floats(1, 10_000))
    prints: list[Body] = draw(st.lists(_prints(now, mid), max_size=most))
    if not hostile:
        return sorted(prints, key=lambda one: float(one["time"]))
    for one in prints:
        _spoil(draw, one)
        if draw(_SELDOM):
            one["canceled"] = True
    return prints


@st.composite
def _prints(draw: DrawFn, now: float, mid: float) -> Body:
    price = mid * draw(st.floats(0.99, 1.01))
    return {
        "time": now - draw(st.floats(0, 60)),
        "price": price,
        "size": draw(st.integers(1, 100_000)),
        "bid": price * draw(st.floats(0.999, 1)),
        "ask": price * draw(st.floats(1, 1.001)),
        "venue": draw(st.sampled_from(("XNYS", "XNAS", "FINRA"))),
        "conditions": draw(st.lists(st.sampled_from(("T", "I", "Z")), max_size=2)),
    }


@st.composite
def _contracts(draw: DrawFn, now: float, symbol: str, spot: float, *, hostile: bool) -> Body:
    day = eastern(now) + timedelta(days=draw(st.integers(-3 if hostile else 1, 400)))
    strike = max(0.5, round(spot * draw(st.floats(0.5, 1.5)) * 2) / 2)
    is_call = draw(st.booleans())
    # A digit after the root marks a contract that does not deliver 100 plain shares.
    root = f"{symbol}1" if hostile and draw(_SELDOM) else symbol
    bid = draw(st.floats(0.01, spot))
    row: Body = {
        "option_symbol": f"{root}{day:%y%m%d}{'C' if is_call else 'P'}{round(strike * 1000):08}",
        "bid": bid,
        "ask": bid * draw(st.floats(0.9 if hostile else 1.0, 1.5)),
        "iv": draw(st.floats(0.01, 5)),
        "delta": draw(st.floats(0, 1)) * (1 if is_call else -1),
        "gamma": draw(st.floats(0, 1)),
        "theta": -draw(st.floats(0, 10)),
        "vega": draw(st.floats(0, 10)),
        "open_interest": draw(st.integers(0, 100_000)),
        "volume": draw(st.integers(0, 100_000)),
    }
    if hostile:
        _spoil(draw, row)
    return row


_SELDOM: SearchStrategy[bool] = st.integers(0, 9).map(lambda one: one == 9)


def _spoil(draw: DrawFn, row: Body) -> None:
    """One field is null, missing, no number, or a number written as text."""
    if not draw(_SELDOM):
        return
    name = draw(st.sampled_from(sorted(row)))
    how = draw(st.integers(0, 2))
    if how == 0:
        del row[name]
    elif how == 1:
        row[name] = draw(st.sampled_from(_NO_FIGURES))
    else:
        row[name] = str(row[name])
