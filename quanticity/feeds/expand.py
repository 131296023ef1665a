"""One endpoint, many feeds: symbols and literal lists now, another feed's values at run time."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from quanticity.config.schema.endpoint import Endpoint, ExpandFrom
from quanticity.errors import QuanticityError
from quanticity.feeds.paths import MISSING, find
from quanticity.feeds.row_place import as_rows, place_of_rows, rows_at
from quanticity.spec import near
from quanticity.words import some

DEFAULT_CALLS = 20
"""Requests of one run of an endpoint that takes `all` values of another and has no max_calls."""

_EXPIRY_NAMES = ("expiry", "expires", "expiration", "expiration_date", "expiry_date")
_OPTION_NAMES = ("option_symbol", "contractID", "option_chain", "option", "symbol")
_OSI = re.compile(r"^[A-Z.^]{1,6} *(\d{6})[CP]\d{8}$")

Values = dict[str, str]
_FIELDS = 6


class NoSuchField(QuanticityError):
    """No row of the feed that gives values has the field: a mistake in the config."""


def bindings(endpoint: Endpoint) -> list[Values]:
    """One set of values for each feed: symbols times every literal list."""
    names, lists = [], []
    if endpoint.symbols:
        names.append("symbol")
        lists.append([str(symbol) for symbol in endpoint.symbols])
    for name, given in endpoint.expand.items():
        if not isinstance(given, ExpandFrom):
            names.append(name)
            lists.append([_text(value) for value in given])
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*lists)]


def borrowed(endpoint: Endpoint) -> dict[str, ExpandFrom]:
    """The placeholders whose values another feed gives."""
    return {name: given for name, given in endpoint.expand.items() if isinstance(given, ExpandFrom)}


def calls_per_run(endpoint: Endpoint) -> int:
    """The most requests of one run, retries left out: what a plan has to count with."""
    if endpoint.max_calls is not None:
        return endpoint.max_calls
    calls = endpoint.paging.max_pages if endpoint.paging else 1
    for given in borrowed(endpoint).values():
        calls *= _count(given) or DEFAULT_CALLS
    return calls


def products(
    values: Mapping[str, str], lists: Mapping[str, list[str]], most: int
) -> tuple[list[Values], int]:
    """All combinations, the first `most` of them; and how many there would have been."""
    # Two long lists of a vendor's make more combinations than any memory holds.
    combined = [
        {**values, **dict(zip(lists, picked, strict=True))}
        for picked in itertools.islice(itertools.product(*lists.values()), most)
    ]
    return combined, math.prod(map(len, lists.values()))


def chosen(name: str, given: ExpandFrom, lender: Endpoint, payload: Any, today: date) -> list[str]:
    """Values for the placeholder `name` out of another feed's body, each once.

    Dates come in order; `next:N` are the N nearest from `today` on. Rows stand where the lender
    says (`rows`, else its paging's), else at the root, under `data`, or in the body's only list;
    where there is none of these, `path` begins at the body's root.
    A field is found by `path`, by the placeholder's name, or by another name for an expiry;
    an option's symbol tells its expiry too.
    """
    rows = _rows(lender, payload) or _body_alone(given, lender, payload)
    found = list(dict.fromkeys(_values(name, given.path, rows)))
    dates = [value for value in found if _is_date(value)]
    if len(dates) == len(found):
        found = sorted(dates)
    rule, _, count = given.select.partition(":")
    if rule == "first":
        return found[: int(count)]
    if rule == "last":
        return found[-int(count) :]
    if rule == "next":
        return [value for value in sorted(dates) if value >= today.isoformat()][: int(count)]
    return found


def lacking_field(name: str, given: ExpandFrom, lender: Endpoint, payload: Any) -> str:
    """What is wrong where rows are there and none has the field for `name`; empty where nothing is.

    A field that is there and empty is the vendor's to fill, and so are rows.
    """
    rows = list(_rows(lender, payload))
    alone = _body_alone(given, lender, payload)
    if not rows and alone and str(given.path).partition(".")[0] not in alone[0]:
        # What stands on the way may be empty; where there is no way, the path is wrong.
        rows = alone
    if not rows or any(_has_field(name, given.path, row) for row in rows):
        return ""
    wanted = given.path or name
    fields = list(dict.fromkeys(key for row in rows if isinstance(row, Mapping) for key in row))
    if not fields:
        return f"has '{wanted}': they have no fields"
    hint = near(wanted, fields)
    return f"has '{wanted}'; they have {some(fields, _FIELDS)}" + (f"; {hint}" if hint else "")


def _has_field(name: str, path: str | None, row: Any) -> bool:
    if path is not None:
        return any(True for _ in find(row, path))
    if not isinstance(row, Mapping):
        return isinstance(row, (str, int, float))
    return any(own in row for own in _names(name)) or any(_values(name, None, [row]))


def _names(name: str) -> tuple[str, ...]:
    return (name, *_EXPIRY_NAMES) if name in _EXPIRY_NAMES else (name,)


def _count(given: ExpandFrom) -> int | None:
    _, _, count = given.select.partition(":")
    return int(count) if count else None


def _body_alone(given: ExpandFrom, lender: Endpoint, payload: Any) -> list[Any]:
    """The body as its only row, where nothing says where rows stand and no list is at hand."""
    if given.path is None or place_of_rows(lender) is not None or not isinstance(payload, Mapping):
        return []
    return [payload] if payload and "data" not in payload else []


def _rows(lender: Endpoint, payload: Any) -> Sequence[Any]:
    where = place_of_rows(lender)
    if where is not None:
        return as_rows(rows_at(lender, where, payload))
    if isinstance(payload, list):
        return payload
    if isinstance(payload, Mapping):
        data = payload.get("data")
        if isinstance(data, list):
            return data
        lists = [value for value in payload.values() if isinstance(value, list)]
        if len(lists) == 1:
            return lists[0]
    return []


def _values(name: str, path: str | None, rows: Iterable[Any]) -> Iterable[str]:
    names = _names(name)
    for row in rows:
        if path is not None and isinstance(row, (Mapping, list)):
            for value in find(row, path):
                # A field may hold a list of values, or of one the value alone.
                values = value if isinstance(value, list) else [value]
                yield from (_text(each) for each in values if each not in (None, ""))
        elif isinstance(row, Mapping):
            value = next((row[own] for own in names if own in row), MISSING)
            if value is MISSING and name in _EXPIRY_NAMES:
                value = _expiry_of_row(row)
            if value not in (MISSING, None, ""):
                yield _text(value)
        elif isinstance(row, (str, int, float)):
            expiry = _expiry_of(str(row)) if name in _EXPIRY_NAMES else None
            yield expiry or _text(row)


def _expiry_of_row(row: Mapping[str, Any]) -> Any:
    for name in _OPTION_NAMES:
        expiry = _expiry_of(str(row.get(name, "")))
        if expiry:
            return expiry
    return MISSING


def _expiry_of(option: str) -> str | None:
    match = _OSI.match(option)
    if match is None:
        return None
    digits = match.group(1)
    return f"20{digits[:2]}-{digits[2:4]}-{digits[4:]}"


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == len("2026-01-05")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
