"""Outputs and state as bytes: the same value gives the same bytes, and no NaN slips through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from math import isfinite
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import orjson


def _plain_number(value: Any) -> Any:
    if isinstance(value, np.longdouble):
        return float(value)  # its item is one again
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a {type(value).__name__} is no plain data")


def _plain_in_state(value: Any) -> Any:
    # What an input gave is read-only all the way down, and may be remembered as it is.
    return dict(value) if isinstance(value, Mapping) else _plain_number(value)


_OPTIONS = orjson.OPT_SERIALIZE_NUMPY
# Arrays of objects, as pandas makes them, and of records.
_MIXED = "OV"
# What columns hold: names, or figures with nulls among them.
_COLUMN = {str, int, bool, float, type(None)}
# What is stored with each run, and read by everybody who is behind.
MOST_OUTPUT, MOST_STATE = 100_000_000, 50_000_000
_STATE = msgspec.msgpack.Encoder(order="deterministic", enc_hook=_plain_in_state)


def encode(value: Any, shape: Any = None) -> bytes:
    """JSON text of an output. ValueError says what cannot be said, and where in the value.

    No output is larger than 100 MB, and no state than 50 MB.
    """
    try:
        data = orjson.dumps(value, default=_plain, option=_OPTIONS)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"it cannot be written as JSON: {error.__cause__ or error}") from None
    _bounded("it", data, MOST_OUTPUT)
    # orjson says null for NaN: only where there is a null can there have been one.
    if b"null" in data and (place := not_finite(value)) is not None:
        raise ValueError(f"{place} is not a finite number; say null, and why beside it")
    if shape is not None:
        try:
            _decoder(shape).decode(data)
        except msgspec.ValidationError as error:
            raise ValueError(f"it has not the declared shape: {error}") from None
    return data


def encode_state(state: Any) -> bytes:
    """The bytes that are saved. ValueError where it holds what cannot be saved."""
    try:
        data = _STATE.encode(state)
    except (TypeError, ValueError, NotImplementedError, OverflowError, RecursionError) as error:
        said = "a dict in it has keys that are no text" if "str keys" in str(error) else error
        raise ValueError(f"its state cannot be saved: {said}") from None
    _bounded("its state", data, MOST_STATE)
    return data


def _bounded(what: str, data: bytes, most: int) -> None:
    if len(data) > most:
        size = f"{len(data) / 1e6:,.0f} MB"
        raise ValueError(f"{what} is {size}, and at most {most / 1e6:,.0f} MB are kept")


def decode_state(data: bytes, kind: Any) -> Any:
    """What `encode_state` saved, as a value of its own. ValueError where it is no `kind`."""
    try:
        return _state_decoder(kind).decode(data)
    except (msgspec.MsgspecError, TypeError) as error:
        raise ValueError(
            f"what it saved is no {getattr(kind, '__name__', kind)}: {error}"
        ) from None


def not_finite(value: Any, place: str = "$") -> str | None:
    """Where in a value the first NaN or infinity stands, as `$.a[3]`; None where there is none."""
    if isinstance(value, float | np.floating):
        return None if isfinite(value) else place
    if isinstance(value, np.ndarray):
        return _in_array(value, place)
    if isinstance(value, Enum):
        return not_finite(value.value, place)
    if isinstance(value, Mapping):
        pairs = [(f"{place}.{name}", item) for name, item in value.items()]
    elif isinstance(value, list | tuple):
        if set(map(type, value)) <= _COLUMN:
            return _in_column(value, place)
        pairs = [(f"{place}[{number}]", item) for number, item in enumerate(value)]
    elif isinstance(value, msgspec.Struct):
        names = value.__struct_fields__
        pairs = [(f"{place}.{name}", getattr(value, name)) for name in names]
    elif is_dataclass(value):
        pairs = [(f"{place}.{one.name}", getattr(value, one.name)) for one in fields(value)]
    else:
        return None
    found = (not_finite(item, where) for where, item in pairs)
    return next((where for where in found if where is not None), None)


def _in_array(values: npt.NDArray[Any], place: str) -> str | None:
    if values.dtype.kind in _MIXED:
        return not_finite(values.tolist(), place)
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return None
    index = np.unravel_index(int(np.argmin(np.isfinite(values))), values.shape)
    return place + "".join(f"[{number}]" for number in index)


def _in_column(values: Sequence[Any], place: str) -> str | None:
    """`not_finite` of ten thousand, without a call for each."""
    bad = (at for at, one in enumerate(values) if type(one) is float and not isfinite(one))
    return next((f"{place}[{at}]" for at in bad), None)


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.ndarray):
        return value.tolist()  # orjson takes none that is not contiguous
    return _plain_number(value)


@lru_cache(maxsize=256)
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


@lru_cache(maxsize=256)
def _state_decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)
