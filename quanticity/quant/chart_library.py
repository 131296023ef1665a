"""TA-Lib without what it would bring along."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

# It takes what is of these too where they are installed, and imports them to know it; ours are
# arrays, and a process that runs plugins has 30 MB to spare for something better.
_PACKAGES = ("pandas", "polars")
_CLASSES = ("Series", "DataFrame")


class _Later(type):
    """The type of what stands for a class of a package that somebody may import later."""

    package: str

    def _meant(cls) -> Any:
        return getattr(sys.modules.get(cls.package), cls.__name__, None)

    def __instancecheck__(cls, one: object) -> bool:
        meant = cls._meant()
        return meant is not None and isinstance(one, meant)

    def __call__(cls, *given: Any, **named: Any) -> Any:
        """One of that class: only who was given one makes another, so it is there."""
        return cls._meant()(*given, **named)


@cache
def talib() -> Any:
    """The module.

    A plugin that imports it has the same one, and pandas' series and frames go in and come out of
    it once somebody has imported pandas.
    """
    if "talib" in sys.modules:
        return sys.modules["talib"]
    standing_in = {name: _stand_in(name) for name in _PACKAGES if name not in sys.modules}
    sys.modules.update(standing_in)
    try:
        return import_module("talib")
    finally:
        for name in standing_in:
            del sys.modules[name]


def _stand_in(package: str) -> ModuleType:
    found = ModuleType(package)
    for name in _CLASSES:
        setattr(found, name, _Later(name, (), {"package": package}))
    return found
