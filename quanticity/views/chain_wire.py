"""Option chains as vendors write them: Alpha Vantage, Unusual Whales, Cboe, and our own shape.

One decoder reads them all, straight from bytes to numbers; no dict is made. What it refuses is
read again row by row, so that one bad figure costs that figure and not the chain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import nan
from operator import attrgetter
from typing import Any, Generic, TypeVar, cast

import msgspec
import orjson

from quanticity.parse import number


class Row(msgspec.Struct, gc=False):
    """One contract; its name under any of the three names, a figure under any of its two.

    A figure that was not given is NaN, one that was given as null is None: ten thousand NaN are an
    array at once.
    """

    contractID: str | None = None  # noqa: N815 the vendor's word
    option_symbol: str | None = None
    option: str | None = None
    bid: float | None = nan
    nbbo_bid: float | None = nan
    ask: float | None = nan
    nbbo_ask: float | None = nan
    implied_volatility: float | None = nan
    iv: float | None = nan
    delta: float | None = nan
    gamma: float | None = nan
    open_interest: float | None = nan


class FullRow(Row, gc=False):
    """With the figures that few ask for: numbers that are not read cost next to nothing."""

    theta: float | None = nan
    vega: float | None = nan
    rho: float | None = nan
    vanna: float | None = nan
    charm: float | None = nan
    volume: float | None = nan


R = TypeVar("R", bound=Row)


class _Options(msgspec.Struct, Generic[R]):
    options: list[R | str] | None = None
    current_price: float | None = None


class _Body(msgspec.Struct, Generic[R]):
    data: list[R | str] | _Options[R] | None = None
    contracts: list[R | str] | None = None
    price: float | None = None


_BODIES: dict[Any, Any] = {
    Row: msgspec.json.Decoder(_Body[Row], strict=False),
    FullRow: msgspec.json.Decoder(_Body[FullRow], strict=False),
}
_ROWS: dict[Any, Any] = {kind: msgspec.json.Decoder(kind, strict=False) for kind in _BODIES}
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])
# No underlying costs less or more: what does is a slip.
_LEAST_USD, _MOST_USD = 1e-4, 1e7
_PAIR = b'"call_option_symbol"'
_NAMES = ("contractID", "option_symbol", "option")
_MISSING = ("", "-", ".", "n/a", "na", "none", "null", "nan")


@dataclass(slots=True)
class Decoded:
    """Rows as they were given, the underlying's price where a body has it, and what was refused."""

    rows: list[Row]
    given: int
    spot: float | None = None
    bad: Counter[str] = field(default_factory=Counter)


def decode(data: bytes | msgspec.Raw, kind: type[Row] = Row) -> Decoded:
    """Read a chain. ValueError where the bytes are no chain at all, in none of its shapes.

    Rows come in the order of the bytes, whatever the `kind`.
    """
    if _PAIR in bytes(memoryview(data)[:4096]):
        return _pairs(data, kind)
    try:
        body: _Body[Row] = _BODIES[kind].decode(data)
    except msgspec.ValidationError:
        return _row_by_row(data, kind)
    except msgspec.DecodeError as error:
        raise ValueError(f"this is no JSON ({error})") from None
    given, spot = body.contracts, body.price
    if isinstance(body.data, _Options):
        given, spot = body.data.options, body.data.current_price
    elif body.data is not None:
        given = body.data
    if given is None:
        raise ValueError("this is no option chain: it has neither rows in 'data' nor 'contracts'")
    return _named(given, kind, Decoded([], len(given), _price(spot)))


def _named(given: Sequence[Row | str], kind: type[Row], found: Decoded) -> Decoded:
    if set(map(type, given)) <= {kind}:
        found.rows = cast(list[Row], given)
    else:
        # Unusual Whales lists names alone, asked without Greeks.
        found.rows = [kind(option_symbol=row) if isinstance(row, str) else row for row in given]
    return found


def names_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """The option symbols as written, empty where there is none."""
    for name in _NAMES:
        if rows and getattr(rows[0], name):
            names = tuple(map(attrgetter(name), rows))
            if all(names):
                return names
    return tuple(row.contractID or row.option_symbol or row.option or "" for row in rows)


def _row_by_row(data: bytes | msgspec.Raw, kind: type[Row]) -> Decoded:
    given, spot = _raw_rows(data)
    found = Decoded([], len(given), spot)
    return _named(list(_salvaged(given, kind, found.bad)), kind, found)


def _raw_rows(data: bytes | msgspec.Raw) -> tuple[list[msgspec.Raw], float | None]:
    try:
        body = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        rows = body.get("data", body.get("contracts", msgspec.Raw(b"null")))
        spot = _loads(body.get("price"))
        if bytes(memoryview(rows)[:1]) == b"{":
            options = msgspec.json.decode(rows, type=dict[str, msgspec.Raw])
            rows = options.get("options", msgspec.Raw(b"null"))
            spot = _loads(options.get("current_price"))
        return _RAWS.decode(rows), _price(number(spot))
    except msgspec.DecodeError as error:
        raise ValueError(f"this is no option chain ({error})") from None


def _loads(raw: msgspec.Raw | None) -> Any:
    return None if raw is None else orjson.loads(memoryview(raw))


def _salvaged(
    given: Sequence[msgspec.Raw], kind: type[Row], bad: Counter[str]
) -> Iterator[Row | str]:
    decoder = _ROWS[kind]
    for raw in given:
        try:
            yield decoder.decode(raw)
        except msgspec.ValidationError:
            row = orjson.loads(memoryview(raw))
            if isinstance(row, str):
                yield row
            elif isinstance(row, dict):
                yield _read(row, kind, bad)
            else:
                bad["not a row"] += 1


def _read(row: dict[str, Any], kind: type[Row], bad: Counter[str], prefix: str = "") -> Row:
    """A row of which some figure is no number: that figure is None, and counted."""
    read: dict[str, Any] = {name: row[name] for name in _NAMES if isinstance(row.get(name), str)}
    for name in kind.__struct_fields__:
        if name in _NAMES:
            continue
        figure = row.get(prefix + name)
        read[name] = number(figure)
        if read[name] is None and not _is_missing(figure):
            bad[f"{name} unreadable"] += 1
    return kind(**read)


def _is_missing(figure: Any) -> bool:
    return figure is None or (isinstance(figure, str) and figure.strip().lower() in _MISSING)


def _pairs(data: bytes | msgspec.Raw, kind: type[Row]) -> Decoded:
    """Unusual Whales' Greeks of one expiry: a call and a put in each row; a few hundred rows."""
    try:
        body = orjson.loads(memoryview(data))
    except orjson.JSONDecodeError as error:
        raise ValueError(f"this is no JSON ({error})") from None
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise ValueError("this is no option chain: it has no rows in 'data'")
    found = Decoded([], 2 * len(rows))
    for row in rows:
        for side in ("call_", "put_"):
            name = row.get(f"{side}option_symbol") if isinstance(row, dict) else None
            if not isinstance(name, str):
                found.bad["no option symbol"] += 1
                continue
            one = _read(row, kind, found.bad, side)
            one.option_symbol, one.implied_volatility = name, number(row.get(f"{side}volatility"))
            found.rows.append(one)
    return found


def _price(given: float | None) -> float | None:
    return given if given is not None and _LEAST_USD <= given < _MOST_USD else None
