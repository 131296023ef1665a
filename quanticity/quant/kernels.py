"""Loads every kernel: what is compiled is loaded from disk, what is not is compiled, once.

Until then the first plugin that asks for one would wait for a compiler, and a run has two seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import quanticity.quant


def load() -> Iterator[str]:
    """Import each module of `quanticity.quant`, and give its name when it is there."""
    for one in iter_modules(quanticity.quant.__path__):
        if not one.name.startswith("__"):
            import_module(f"{quanticity.quant.__name__}.{one.name}")
            yield one.name
