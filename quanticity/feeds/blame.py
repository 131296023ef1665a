"""Whose fault a failure is: the function, its file and line, and the cause, for error texts."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LONGEST = 200


def place(function: Callable[..., Any]) -> str:
    """`transform 'parse_gex' (transforms/parse_gex.py:12)`: where the function begins."""
    code = getattr(function, "__code__", None)
    if code is None:
        return f"transform '{_title(function)}'"
    return f"transform '{_title(function)}' ({_short(code.co_filename)}:{code.co_firstlineno})"


def where(function: Callable[..., Any], error: BaseException) -> str:
    """The place in the transform's own file at which `error` came up, innermost first."""
    code = getattr(function, "__code__", None)
    own = code.co_filename if code is not None else None
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == own
    ]
    if own is None or not lines:
        return place(function)
    return f"transform '{_title(function)}' ({_short(own)}:{lines[-1]})"


def _title(function: Callable[..., Any]) -> str:
    """How YAML calls it: a function named plainly `transform` goes by its file."""
    name: str = getattr(function, "__name__", repr(function))
    code = getattr(function, "__code__", None)
    return Path(code.co_filename).stem if name == "transform" and code is not None else name


def _short(file: str) -> str:
    path = Path(file)
    return "/".join(path.parts[-2:])


def cause(error: BaseException) -> str:
    """`KeyError: 'time'`, on one line."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  # code that is not ours: it may not even have words
        text = ""
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def described(value: Any) -> str:
    """What kind of thing this is, in a sentence."""
    if isinstance(value, tuple):
        return f"{len(value)} things"
    return "nothing" if value is None else f"a {type(value).__name__}"
