"""Views of values that a test writes down."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import orjson

from quanticity.views import Stored, View

V = TypeVar("V", bound=View)
NOW = 1_767_625_200.0  # 2026-01-05 10:00 Eastern


def stored_as(data: Any, timestamp: float = NOW, seq: str = "1-0") -> Stored:
    """An envelope around `data`: bytes as they are, anything else as JSON."""
    if not isinstance(data, bytes):
        data = orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY)
    return Stored(timestamp, timestamp, "test.feed", seq, "", msgspec.Raw(data))


def view_of(kind: type[V], data: Any, timestamp: float = NOW) -> V:
    """A view of a latest value."""
    return kind.of(stored_as(data, timestamp))


def contract(name: str, **figures: Any) -> dict[str, Any]:
    """A row of Alpha Vantage's, whose figures are texts; None is left out."""
    given = {
        "open_interest": 100,
        "gamma": 0.01,
        "delta": -0.5 if name[-9:-8] in ("P", "p") else 0.5,
        "implied_volatility": 0.2,
        "bid": 1.0,
        "ask": 1.1,
    } | figures
    texts = {key: str(value) for key, value in given.items() if value is not None}
    return {"contractID": name} | texts


def body(*rows: Any) -> dict[str, Any]:
    """Alpha Vantage's body."""
    return {"endpoint": "Realtime Options", "message": "success", "data": list(rows)}
