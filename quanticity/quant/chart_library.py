"""TA-Lib without what it would bring along."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import Any

# It takes their series too where they are installed, and imports them to know one; ours are
# arrays, and a process that runs plugins has 30 MB to spare for something better.
_SERIES = ("pandas", "polars")


@cache
def talib() -> Any:
    """The module; its functions take arrays.

    Whoever imports `talib` himself gets one of his own that takes what else it can.
    """
    if "talib" in sys.modules:
        return sys.modules["talib"]
    hidden = [name for name in _SERIES if name not in sys.modules]
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(hidden))
    try:
        found = import_module("talib")
    finally:
        for name in hidden:
            del sys.modules[name]
    if hidden:
        del sys.modules["talib"]
    return found
