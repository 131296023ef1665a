"""The options that work with any transform.

The first is applied to what the transform is given:

`field_map`         `{price: last_price}` says which field of the vendor's stands for the one that
                    the transform asks for: a vendor that renames one is followed in YAML.

The others are applied to its value, in this order:

`flatten_nested`    objects inside a row become dotted names: `{"quote": {"bid": 1}}` gives
                    `{"quote.bid": 1}`. Lists stay lists, and their rows become flat.
`parse_timestamps`  moments under names of time become epoch seconds. Dates stay dates.
                    `{zone: America/New_York}` is for times that name no zone.
`numbers`           decimals written as text become numbers; `[strike, gamma]` names the fields,
                    and then reads `$1.20` and `($0.10)` too. What only looks like a number (ids,
                    leading zeros) stays text.
`calculate_deltas`  each figure gets a `delta_` beside it: its change since the same row's
                    previous value, null the first time. `{key: [...], fields: [...]}` says which
                    fields tell rows (and events) apart and which figures count.

All are pure. The value handed in may be changed in place; it is the caller's to give away.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from quanticity.parse import moment, number

_TIME_NAME = re.compile(
    r"(?i:(?:^|[_. ])(?:time|timestamp|datetime|date|ts|at|updated|created|published)$)"
    r"|[a-z0-9](?:Time|Timestamp|DateTime|Date|At)$|(?i:^time_)"
)
_ID_NAME = re.compile(
    r"(?i:(?:^|[_. ])(?:id|ids|cusip|cik|symbol|ticker|figi|isin|lei|zip)$)|Id$|ID$"
)
_PLAIN = re.compile(r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def rename(value: Any, field_map: Mapping[str, str]) -> None:
    """Give fields the names that are asked for, wherever the vendor's own names stand."""
    if isinstance(value, list):
        for item in value:
            rename(item, field_map)
    elif isinstance(value, dict):
        for item in value.values():
            rename(item, field_map)
        for wanted, given in field_map.items():
            if given in value and wanted not in value:
                value[wanted] = value.pop(given)


def flatten(value: Any) -> Any:
    """Dotted names for objects inside objects; one whose names would collide stays an object."""
    if isinstance(value, list):
        return [flatten(item) for item in value]
    if not isinstance(value, dict):
        return value
    flat: dict[str, Any] = {}
    for name, item in value.items():
        inner = flatten(item)
        if isinstance(inner, dict) and inner:
            dotted = {f"{name}.{deeper}": part for deeper, part in inner.items()}
            if not dotted.keys() & (value.keys() | flat.keys()):
                flat.update(dotted)
                continue
        flat[name] = inner
    still = any(isinstance(item, dict) and item for item in flat.values())
    # A name that stood in the way may have become a longer one.
    return flatten(flat) if still and flat.keys() != value.keys() else flat


def parse_timestamps(value: Any, option: Any) -> Any:
    """Epoch seconds (floats) for every moment under a name of time."""
    zone = str(option.get("zone", "UTC")) if isinstance(option, Mapping) else "UTC"
    return _stamp(value, zone)


def _stamp(value: Any, zone: str) -> Any:
    if isinstance(value, list):
        for item in value:
            _stamp(item, zone)
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, dict | list):
                _stamp(item, zone)
            elif is_time_name(name) and (at := moment(item, zone)) is not None:
                value[name] = at
    return value


@lru_cache(maxsize=4096)
def is_time_name(name: str) -> bool:
    """Whether a field of this name holds times: `time`, `tape_time`, `executed_at`, `lastDate`."""
    return _TIME_NAME.search(name) is not None


@lru_cache(maxsize=4096)
def is_id_name(name: str) -> bool:
    """Whether a field of this name holds names of things, though they may be all digits."""
    return _ID_NAME.search(name) is not None


def numbers(value: Any, option: Any) -> Any:
    """Numbers for decimals written as text, everywhere or in the fields that `option` names."""
    fields = frozenset(map(str, option)) if isinstance(option, list | tuple) else None
    return _count(value, fields)


def _count(value: Any, fields: frozenset[str] | None) -> Any:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, list) and fields is None:
                _count_row(item)
            _count(item, fields)
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, dict | list):
                _count(item, fields)
            elif isinstance(item, str) and fields is not None:
                value[name] = number(item) if name in fields else item
            elif isinstance(item, str) and is_decimal(item) and not is_id_name(name):
                value[name] = float(item)
    return value


def _count_row(row: list[Any]) -> None:
    """A row written as a list, as candles and books of exchanges are: its columns have no names."""
    for at, item in enumerate(row):
        if isinstance(item, str) and is_decimal(item):
            row[at] = float(item)


def is_decimal(text: str) -> bool:
    """Whether `text` is a plain decimal, as a number would be written, that a float can hold."""
    return _PLAIN.fullmatch(text) is not None and math.isfinite(float(text))
