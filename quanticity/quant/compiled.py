"""How the kernels are compiled: for the types that views hand out, once, and kept on disk.

A signature is given to each, so that nothing is compiled anew for other types in the midst of a
run. What is kept is loaded when a kernel is first called, or before by `kernels.load`: a process
that calls none loads no compiler, which takes half a second and 100 MB.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, update_wrapper
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

_HOME = Path(__file__).parent

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Type:
    """The type of an argument or a result; called with those of arguments, a signature."""

    name: str

    def __call__(self, *given: Type) -> Signature:
        """The signature of a function of such arguments that gives this."""
        return Signature(self, given)


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function is given, and what it gives."""

    gives: Type
    given: tuple[Type, ...]


FLOATS = Type("floats")
"""An array of float64 in one piece. Those of views are for reading only; others fit as well."""
BOOLS = Type("bools")
"""An array of bool in one piece."""
INTS = Type("ints")
"""An array of int64 in one piece."""
OUT = Type("out")
"""An array of float64 that the kernel writes to, or makes."""
MATRIX = Type("matrix")
"""A matrix of float64 in one piece, row by row, that the kernel may write to."""
FLOAT, INT, BOOL = Type("float"), Type("int"), Type("bool")


class Kernel:
    """A function that is compiled, or loaded from where it is kept, when it is first called.

    Without a signature it is part of other kernels, and compiled into each of them.
    """

    __wrapped__: Callable[..., Any]

    def __init__(self, function: Callable[..., Any], signature: Signature | None) -> None:
        self.signature = signature
        self._ready: Callable[..., Any] | None = None
        update_wrapper(self, function)

    def __call__(self, *given: Any) -> Any:
        """What the function gives."""
        ready = self._ready
        return self.ready()(*given) if ready is None else ready(*given)

    def ready(self) -> Callable[..., Any]:
        """The compiled function, from now on without waiting for it."""
        if self._ready is None:
            from quanticity.quant.compiler import made  # brings numba along

            _forget_once()
            function = cast("FunctionType", self.__wrapped__)
            if self.signature is None:
                self._ready = made(function, _inner(function), None)
            else:
                given = [one.name for one in self.signature.given]
                self._ready = made(function, _inner(function), self.signature.gives.name, given)
        return self._ready


def _inner(function: FunctionType) -> dict[str, Callable[..., Any]]:
    """The kernels that a function calls, ready, by the names under which it does."""
    names, used = function.__globals__, function.__code__.co_names
    for module in (names[name] for name in used if isinstance(names.get(name), ModuleType)):
        for name in used:
            if isinstance(vars(module).get(name), Kernel):
                said = f"{function.__qualname__} calls {name} of {module.__name__}"
                raise TypeError(f"{said}: a kernel is imported by its name where it is called")
    return {name: names[name].ready() for name in used if isinstance(names.get(name), Kernel)}


def compiled(signature: Signature) -> Callable[[F], F]:
    """Compile a function of arrays and numbers: `@compiled(OUT(FLOATS, FLOAT))`.

    Numbers follow numpy: a division by zero gives infinity or NaN and raises nothing. Where
    nothing can be kept it is compiled for this process, with a warning.
    """

    def made(function: F) -> F:
        return cast("F", Kernel(function, signature))

    return made


def inlined(function: F) -> F:
    """A function that other kernels call, compiled into each of them."""
    return cast("F", Kernel(function, None))


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


@cache
def _forget_once() -> None:
    forget_stale()
