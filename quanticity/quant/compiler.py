"""numba at work: functions become machine code, kept beside their source. Import it late."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from types import FunctionType
from typing import Any, cast

import numba
from numba import types

_UNKEPT = (
    "compiled kernels cannot be kept here, so each start waits for a compiler; "
    "NUMBA_CACHE_DIR may name a folder that can be written"
)

# By the names that `compiled` gives them.
_TYPES = {
    "floats": types.Array(types.float64, 1, "C", readonly=True),
    "bools": types.Array(types.boolean, 1, "C", readonly=True),
    "ints": types.Array(types.int64, 1, "C", readonly=True),
    "out": types.Array(types.float64, 1, "C"),
    "matrix": types.Array(types.float64, 2, "C"),
    "float": types.float64,
    "int": types.int64,
    "bool": types.boolean,
}

# Not `fastmath=True`: it takes NaN and infinity for impossible, which breaks the exponential.
_FAST = {"contract", "nsz", "arcp"}


def made(
    function: FunctionType, inner: Mapping[str, Any], gives: str | None, given: Sequence[str] = ()
) -> Callable[..., Any]:
    """The machine code of a function, from where it is kept if it is there.

    `inner` are what it calls by these names. Without a type that it gives it is made for being
    compiled into others.
    """
    options: dict[str, Any] = {"fastmath": _FAST, "error_model": "numpy"}
    function = _standing_alone(function, inner)
    if gives is None:
        return cast("Callable[..., Any]", numba.njit(inline="always", **options)(function))
    options["nogil"] = True
    signature = _TYPES[gives](*(_TYPES[one] for one in given))
    for _ in range(2):
        # What was kept may be damaged, by a full disk or a power cut; or the disk refuses.
        with suppress(Exception):
            return cast(
                "Callable[..., Any]", numba.njit(signature, cache=True, **options)(function)
            )
        with suppress(Exception):
            numba.njit(cache=True, **options)(function)._cache.flush()  # noqa: SLF001
    unkept = cast("Callable[..., Any]", numba.njit(signature, **options)(function))
    _tell_once()
    return unkept


def _standing_alone(function: FunctionType, inner: Mapping[str, Any]) -> FunctionType:
    """The function with the compiled form of what it calls."""
    if not inner:
        return function
    alone = FunctionType(
        function.__code__,
        {**function.__globals__, **inner},
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    alone.__module__, alone.__qualname__ = function.__module__, function.__qualname__
    return alone


@cache
def _tell_once() -> None:
    warnings.warn(_UNKEPT, RuntimeWarning, stacklevel=1)
