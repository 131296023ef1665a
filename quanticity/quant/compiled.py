"""How the kernels are compiled: for the types that views hand out, once, and kept on disk.

A signature is given to each, so that it is compiled when its module is imported and never in the
midst of a run: a run has two seconds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from numba import types

_HOME = Path(__file__).parent

_UNKEPT = (
    "compiled kernels cannot be kept here, so each start waits for a compiler; "
    "NUMBA_CACHE_DIR may name a folder that can be written"
)

F = TypeVar("F", bound=Callable[..., Any])

FLOATS = types.Array(types.float64, 1, "C", readonly=True)
"""An array of float64 in one piece. Those of views are for reading only; others fit as well."""
BOOLS = types.Array(types.boolean, 1, "C", readonly=True)
"""An array of bool in one piece."""
INTS = types.Array(types.int64, 1, "C", readonly=True)
"""An array of int64 in one piece."""
OUT = types.Array(types.float64, 1, "C")
"""An array of float64 that the kernel writes to, or makes."""
FLOAT, INT, BOOL = types.float64, types.int64, types.boolean

# Not `fastmath=True`: it takes NaN and infinity for impossible, which breaks the exponential.
_FAST = {"contract", "nsz", "arcp"}


def compiled(signature: Any) -> Callable[[F], F]:
    """Compile a function of arrays and numbers: `@compiled(OUT(FLOATS, FLOAT))`.

    Numbers follow numpy: a division by zero gives infinity or NaN and raises nothing. Where
    nothing can be kept it is compiled for this process, with a warning.
    """
    options: dict[str, Any] = {"fastmath": _FAST, "error_model": "numpy", "nogil": True}

    def made(function: F) -> F:
        for _ in range(2):
            # What was kept may be damaged, by a full disk or a power cut; or the disk refuses.
            with suppress(Exception):
                return cast("F", numba.njit(signature, cache=True, **options)(function))
            with suppress(Exception):
                numba.njit(cache=True, **options)(function)._cache.flush()  # noqa: SLF001
        kernel = cast("F", numba.njit(signature, **options)(function))
        _tell_once()
        return kernel

    return made


@cache
def _tell_once() -> None:
    warnings.warn(_UNKEPT, RuntimeWarning, stacklevel=1)


def inlined(function: F) -> F:
    """A function that other kernels call, compiled into each of them."""
    made: Any = numba.njit(inline="always", fastmath=_FAST, error_model="numpy")(function)
    return cast("F", made)


def floats(given: Any) -> npt.NDArray[np.float64]:
    """As the kernels want it: float64 in one piece. What is so already is not copied."""
    return np.ascontiguousarray(given, dtype=np.float64)


def alike(*given: Any) -> list[npt.NDArray[np.float64]]:
    """The same of several that belong together. ValueError where they are not of one length.

    A kernel looks at no bounds: beyond the end of a shorter one it would read what lies there.
    """
    arrays = [floats(one) for one in given]
    shapes = {one.shape for one in arrays}
    if len(shapes) > 1 or arrays[0].ndim != 1:
        told = ", ".join(str(one.shape) for one in arrays)
        raise ValueError(f"arrays of one length are wanted, not of the shapes {told}")
    return arrays


def forget_stale(home: Path = _HOME) -> list[str]:
    """Delete kernels compiled before something that is `inlined` in kernels changed; their names.

    numba keeps a kernel for as long as its own file is the same, whatever it was made of.
    """
    inner = [path for path in home.glob("*.py") if b"\n@inlined" in path.read_bytes()]
    changed = max((path.stat().st_mtime for path in inner), default=0.0)
    gone = []
    for kept in sorted((home / "__pycache__").glob("*.nbi")):
        with suppress(OSError):  # another process was first, or may write here
            if kept.stat().st_mtime < changed:
                kept.unlink()
                gone.append(kept.name)
    return gone


forget_stale()
