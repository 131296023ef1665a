"""How a book leans, and how well it can be traded."""

from collections.abc import Mapping
from typing import Any

from quanticity.api import Analytic, Book, Inputs, Key, OnChange, Spec, field, quant

# Of a side with these nobody knows what is there; one that is an empty list is empty.
_UNREADABLE = frozenset(("level without price or size", "not a list of levels", "side not given"))


class BookQualityParams(Spec):
    """How deep the book is looked into."""

    levels: int = field(
        10, help="levels of each side that imbalance counts", unit="levels", ge=1, example=5
    )


class BookQuality(Analytic):
    """Imbalance and liquidity grade of one book, at most every two seconds."""

    name = "book_quality"
    Params = BookQualityParams
    reads = {"book": Key("market:{symbol}:book", 5, view=Book)}
    writes = {
        "imbalance": Key("analytics:book_imbalance:{symbol}", ttl=60),
        "liquidity": Key("analytics:liquidity:{symbol}", ttl=60),
    }
    trigger = OnChange("book", at_most_every=2.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Both, each with its reason where a figure is null."""
        book = inputs.book
        return {"imbalance": self._imbalance(book), "liquidity": _liquidity(book)}, state

    def _imbalance(self, book: Book) -> dict[str, Any]:
        levels = self.params.levels
        bid, ask = book.bid_sizes[:levels], book.ask_sizes[:levels]
        # One side only leans wholly to it. Of a crossed book one side is already gone.
        unsure = book.is_crossed or not len(bid) + len(ask) or _is_half_read(book)
        return {
            "imbalance": None if unsure else quant.book.imbalance(bid, ask),
            "bid_size": float(bid.sum()),
            "ask_size": float(ask.sum()),
            "levels": levels,
            "unit": "-1 (asks only) to 1 (bids only)",
            "left_out": dict(book.bad),
            "reason": _why(book) if unsure else None,
        }


def _is_half_read(book: Book) -> bool:
    """Whether a side seems empty only because its levels cannot be read."""
    return (book.bid is None or book.ask is None) and not _UNREADABLE.isdisjoint(book.bad)


def _why(book: Book) -> str | None:
    if book.bid is None and book.ask is None:
        return "no level that can be read" if _is_half_read(book) else "the book is empty"
    if book.bid is None or book.ask is None:
        side = "bids" if book.bid is None else "asks"
        return f"no {side} that can be read" if _is_half_read(book) else f"no {side}: one side only"
    return "crossed: the best bid is above the best ask" if book.is_crossed else None


def _liquidity(book: Book) -> dict[str, Any]:
    found: dict[str, Any] = {
        "grade": None,
        "spread_bps": None,
        "depth": None,
        "mid": book.mid,
        "bid": book.bid,
        "ask": book.ask,
        "unit": f"spread in bps of the bid; depth is the smaller side's best {quant.book.TOP}",
        "reason": _why(book),
    }
    if book.bid is None and book.ask is None:
        return found
    depth = quant.book.depth(book.bid_sizes, book.ask_sizes)
    if book.bid is None or book.ask is None:
        known = None if _is_half_read(book) else depth
        return found | {"grade": quant.book.Grade.D.value, "depth": known}
    spread = quant.book.spread_bps(book.bid, book.ask)
    if spread is None:
        return found
    grade = quant.book.liquidity_grade(spread, depth)
    return found | {"grade": grade.value, "spread_bps": spread, "depth": depth}
