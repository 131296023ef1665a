"""Contracts and bodies for the tests of contracts."""

from __future__ import annotations

from typing import Any

import orjson
import xxhash

DECIMAL = {"type": ["string", "null"], "format": "decimal"}
CHAIN = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["strike", "option_type"],
                "properties": {
                    "strike": {"type": "string", "format": "decimal"},
                    "option_type": {"enum": ["call", "put"]},
                    "volume": {"type": "integer"},
                    "nbbo_bid": DECIMAL,
                    "last_tape_time": {"type": ["string", "null"], "format": "date-time"},
                },
            },
        }
    },
}


def row(number: int = 0, **changed: Any) -> dict[str, Any]:
    given = {
        "strike": str(100 + number),
        "option_type": "call",
        "volume": 12,
        "nbbo_bid": "1.05",
        "last_tape_time": "2026-01-05T15:00:00Z",
    }
    return {name: item for name, item in (given | changed).items() if item is not ...}


def chain(count: int = 5, **changed: Any) -> dict[str, Any]:
    return {"data": [row(index, **changed) for index in range(count)]}


def text(payload: Any) -> tuple[bytes, str]:
    body = orjson.dumps(payload)
    return body, xxhash.xxh3_64_hexdigest(body)
