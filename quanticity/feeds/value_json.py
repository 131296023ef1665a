"""JSON text for what transforms return: numpy, Decimal and times included, NaN as null."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from quanticity.feeds.blame import described
from quanticity.feeds.long_numbers import LongNumber, digits
from quanticity.heap import exact

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def to_json(value: Any) -> bytes:
    """The text. TypeError, ValueError or RecursionError where `value` has no JSON form."""
    return exact(orjson.dumps(value, default=_plain, option=_OPTIONS))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "item") and hasattr(value, "dtype"):
        return value.item()
    if isinstance(value, LongNumber):
        return digits(value)
    raise TypeError(f"{described(value)} has no JSON form")


def count_lost(value: Any) -> int:
    """How many figures in `value` are NaN or infinite, and so become null."""
    lost = 0
    waiting: list[Any] = [(value,)]
    # A chain holds a hundred thousand figures: no call for each.
    while waiting:
        for each in waiting.pop():
            kind = type(each)
            if kind in _HARMLESS:
                continue
            if kind is float:
                if each - each != 0:
                    lost += 1
            elif kind is dict:
                waiting.append(each.values())
            elif isinstance(each, list | tuple):
                waiting.append(each)
            elif isinstance(each, Mapping):
                waiting.append(list(each.values()))
            elif isinstance(each, float | Decimal):
                lost += not math.isfinite(each)
    return lost


_HARMLESS = frozenset((str, int, bool, type(None)))
