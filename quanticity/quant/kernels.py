"""Loads every kernel: what is compiled is loaded from disk, what is not is compiled, once.

Until then the first plugin that asks for one would wait for a compiler, and a run has two seconds.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import quanticity.quant
from quanticity.quant.chart_library import talib
from quanticity.quant.compiled import Kernel

_HOME = Path(__file__).parent
_COMPILED = re.compile(rb"^@compiled\(", re.MULTILINE)
_INLINED = re.compile(rb"^@inlined", re.MULTILINE)


def load() -> Iterator[str]:
    """Import each module of `quanticity.quant` with its kernels, and give its name once there."""
    talib()
    for name in _modules():
        module = import_module(f"{quanticity.quant.__name__}.{name}")
        for found in vars(module).values():
            if isinstance(found, Kernel) and found.signature is not None:
                found.ready()
        yield name


def uncompiled(home: Path = _HOME) -> list[str]:
    """Modules that a `load` would have to compile first, as far as can be seen beside them."""
    if not os.access(home, os.W_OK) or "NUMBA_CACHE_DIR" in os.environ:
        return []  # they are kept elsewhere
    texts = {path: path.read_bytes() for path in sorted(home.glob("*.py"))}
    inner = [path.stat().st_mtime for path, text in texts.items() if _INLINED.search(text)]
    return [
        path.stem
        for path, text in texts.items()
        if _COMPILED.search(text) and not _is_kept(path, max([path.stat().st_mtime, *inner]))
    ]


def _is_kept(path: Path, changed: float) -> bool:
    """Whether a module's kernels were compiled since `changed`, by this version of Python."""
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    made = (path.parent / "__pycache__").glob(f"{path.stem}.*{version}.nbi")
    return any(one.stat().st_mtime >= changed for one in made)


def _modules() -> list[str]:
    found = (one.name for one in iter_modules(quanticity.quant.__path__))
    return [name for name in found if not name.startswith("__")]
