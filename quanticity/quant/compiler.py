"""numba at work: kernels become machine code, kept beside their source. Import it late."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, cast

import numba
from numba import types

from quanticity.quant import compiled
from quanticity.quant.compiled import Kernel, Signature, forget_stale

_UNKEPT = (
    "compiled kernels cannot be kept here, so each start waits for a compiler; "
    "NUMBA_CACHE_DIR may name a folder that can be written"
)

_TYPES = {
    compiled.FLOATS: types.Array(types.float64, 1, "C", readonly=True),
    compiled.BOOLS: types.Array(types.boolean, 1, "C", readonly=True),
    compiled.INTS: types.Array(types.int64, 1, "C", readonly=True),
    compiled.OUT: types.Array(types.float64, 1, "C"),
    compiled.MATRIX: types.Array(types.float64, 2, "C"),
    compiled.FLOAT: types.float64,
    compiled.INT: types.int64,
    compiled.BOOL: types.boolean,
}

# Not `fastmath=True`: it takes NaN and infinity for impossible, which breaks the exponential.
_FAST = {"contract", "nsz", "arcp"}


def made(kernel: Kernel) -> Callable[..., Any]:
    """The machine code of a kernel, from where it is kept if it is there."""
    options: dict[str, Any] = {"fastmath": _FAST, "error_model": "numpy"}
    function = _standing_alone(cast("FunctionType", kernel.__wrapped__))
    if kernel.signature is None:
        return cast("Callable[..., Any]", numba.njit(inline="always", **options)(function))
    options["nogil"] = True
    signature = _signature(kernel.signature)
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


def _standing_alone(function: FunctionType) -> FunctionType:
    """The function with the compiled form of those kernels that it calls."""
    names, used = function.__globals__, function.__code__.co_names
    inner = {name: names[name].ready() for name in used if isinstance(names.get(name), Kernel)}
    for module in (names[name] for name in used if isinstance(names.get(name), ModuleType)):
        for name in used:
            if isinstance(vars(module).get(name), Kernel):
                said = f"{function.__qualname__} calls {name} of {module.__name__}"
                raise TypeError(f"{said}: a kernel is imported by its name where it is called")
    if not inner:
        return function
    alone = FunctionType(
        function.__code__,
        {**names, **inner},
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    alone.__module__, alone.__qualname__ = function.__module__, function.__qualname__
    return alone


def _signature(signature: Signature) -> Any:
    return _TYPES[signature.gives](*(_TYPES[one] for one in signature.given))


@cache
def _tell_once() -> None:
    warnings.warn(_UNKEPT, RuntimeWarning, stacklevel=1)


forget_stale()
