"""Whole numbers of more than 64 bits, where rows are taken out of a body and written anew.

orjson reads them as floats: two ids of twenty digits would be one. What stays in one piece keeps
its own text and needs none of this.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from quanticity.feeds.json_text import decode
from quanticity.heap import exact

# Below so many digits every whole number has 64 bits.
_DIGITS = 19
_TO_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_ZEROS = b"0" * _DIGITS
_LOWEST, _HIGHEST = -(2**63), 2**64 - 1


class LongNumber(float):
    """The float that it is to whoever reckons with it, and the digits that the vendor wrote."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> LongNumber:
        """`text` are digits, with a sign or without."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        """The digits as they came."""
        return self.text


def decode_rows(body: bytes, max_depth: int) -> Any:
    """As `decode`, and whole numbers of more than 64 bits keep their digits."""
    payload = decode(body, max_depth)
    if _ZEROS not in body.translate(_TO_ZEROS):
        return payload
    try:
        return json.loads(body, parse_int=_whole)
    except (ValueError, RecursionError):
        # The two parsers agree on all but what is nested very deep.
        return payload


def dumps(value: Any, option: int = 0) -> bytes:
    """JSON text of what was decoded."""
    return exact(orjson.dumps(value, default=digits, option=option))


def digits(value: Any) -> orjson.Fragment:
    """What stands for a long number in JSON text. TypeError where it is none."""
    if isinstance(value, LongNumber):
        return orjson.Fragment(value.text)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _whole(text: str) -> int | float:
    if len(text) < _DIGITS:
        return int(text)
    if len(text) <= _DIGITS + 2 and _LOWEST <= (whole := int(text)) <= _HIGHEST:
        return whole
    return LongNumber(text)
