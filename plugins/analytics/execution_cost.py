"""What it costs to trade so many shares now: walking the book, level by level."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import Analytic, Book, Inputs, Key, OnChange, Spec, field, quant


class ExecutionCostParams(Spec):
    """For which sizes, and how much slippage is bearable."""

    sizes: tuple[float, ...] = field(
        (100.0, 500.0, 1_000.0, 5_000.0, 10_000.0),
        help="sizes whose cost is told",
        unit="shares",
        example=[100, 1000],
        min_length=1,
    )
    bearable: float = field(
        5.0, help="the slippage against the middle within which `capacity` lies", unit="bps", gt=0
    )


class ExecutionCost(Analytic):
    """Expected slippage against the middle, by size, of an order that takes what is shown.

    Implementation shortfall with the middle as the price decided on (Perold, The Implementation
    Shortfall, Journal of Portfolio Management 14, 1988). It is a lower bound: what the order does
    to the price after it is not in it; and an upper one where hidden size stands inside the quote.
    """

    name = "execution_cost"
    Params = ExecutionCostParams
    reads = {"book": Key("market:{symbol}:book", 5, view=Book)}
    writes = {"cost": Key("analytics:execution_cost:{symbol}", ttl=60)}
    trigger = OnChange("book", at_most_every=5.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """A row for each size, and the size that costs no more than is bearable."""
        book, mid = inputs.book, inputs.book.mid
        reason = _why(book)
        amounts = np.array([size for size in self.params.sizes if size > 0])
        buy = sell = np.full(len(amounts), np.nan)
        if mid is not None:
            walk = quant.book.sweep_price
            buy = (walk(book.ask_prices, book.ask_sizes, amounts) / mid - 1) * 1e4
            sell = (1 - walk(book.bid_prices, book.bid_sizes, amounts) / mid) * 1e4
        rows = [
            self._row(*figures, book, reason)
            for figures in zip(amounts.tolist(), buy.tolist(), sell.tolist(), strict=True)
        ]
        cost = {
            "sizes": rows,
            "capacity": self._capacity(book, mid),
            "grade": _grade(book),
            "half_spread_bps": (book.ask - book.bid) / 2 / mid * 1e4 if mid is not None else None,
            "mid": mid,
            "unit": "bps of the middle, above zero is a cost; shares",
            "method": "walking the visible book",
            "convention": "no fees, no impact after the order, nothing hidden",
            "reason": reason,
        }
        return {"cost": cost}, state

    def _row(
        self, size: float, buy: float, sell: float, book: Book, why: str | None
    ) -> dict[str, Any]:
        short = []
        for side, cost, sizes in (("asks", buy, book.ask_sizes), ("bids", sell, book.bid_sizes)):
            if why is None and not np.isfinite(cost):
                short.append(f"{side} show {sizes.sum():,.0f} shares")
        return {
            "size": size,
            "buy_bps": buy if np.isfinite(buy) else None,
            "sell_bps": sell if np.isfinite(sell) else None,
            "round_trip_bps": buy + sell if np.isfinite(buy + sell) else None,
            "reason": why or "; ".join(short) or None,
        }

    def _capacity(self, book: Book, mid: float | None) -> dict[str, Any]:
        """Shares whose worst level is within what is bearable: all of them cost no more."""
        limit = self.params.bearable
        if mid is None:
            return {"buy": None, "sell": None, "bps": limit}
        reach = mid * limit / 1e4
        return {
            "buy": float(book.ask_sizes[book.ask_prices <= mid + reach].sum()),
            "sell": float(book.bid_sizes[book.bid_prices >= mid - reach].sum()),
            "bps": limit,
        }


def _grade(book: Book) -> str | None:
    """The liquidity grade, as `analytics:liquidity` has it; None without both sides."""
    spread = None
    if book.bid is not None and book.ask is not None:
        spread = quant.book.spread_bps(book.bid, book.ask)
    if spread is None:
        return None
    depth = quant.book.depth(book.bid_sizes, book.ask_sizes)
    return quant.book.liquidity_grade(spread, depth).value


def _why(book: Book) -> str | None:
    if book.bid is None or book.ask is None:
        missing = [side for side in ("bid", "ask") if getattr(book, side) is None]
        return f"no {' and no '.join(missing)}: there is no middle to cost against"
    return "crossed: the best bid is above the best ask" if book.is_crossed else None
