"""The page docs/reference/quant.md: every public name of the kernels, from their docstrings."""

from __future__ import annotations

import enum
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import quanticity.quant

_HEAD = """# Kernels

Generated from the docstrings of `quanticity.quant`; [the library](../quant.md) shows it at work.
Each module can be imported alone, knows nothing of keys or time, and takes arrays.
"""
_ALIASES = (
    (re.compile(r"numpy\.ndarray\[tuple\[[^]]*\], numpy\.dtype\[numpy\.float64\]\]"), "Floats"),
    (re.compile(r"(?:npt\.)?NDArray\[np\.float64\]"), "Floats"),
    (re.compile(r"'"), ""),
    (re.compile(r"npt\.ArrayLike"), "array or number"),
)


def quant_page() -> str:
    """The page, as Markdown."""
    parts = [_HEAD]
    for name in quanticity.quant.__all__:
        parts += _module(name, import_module(f"quanticity.quant.{name}"))
    return "".join(parts)


def _module(name: str, module: ModuleType) -> Iterator[str]:
    yield f"\n## {name}\n\n{_text(module)}\n"
    for each, thing in vars(module).items():
        if each.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
            continue
        if inspect.isclass(thing):
            yield f"\n### {each}\n\n{_text(thing)}\n"
            if issubclass(thing, enum.Enum):
                yield "\n" + "".join(f"- `{one.name}`: {one.value}\n" for one in thing)
            else:
                yield from _methods(thing)
        elif callable(thing) and thing.__doc__:
            yield f"\n### {each}\n\n{_call(each, thing)}\n\n{_text(thing)}\n"


def _methods(thing: type[Any]) -> Iterator[str]:
    for each, method in vars(thing).items():
        if not each.startswith("_") and inspect.isfunction(method) and method.__doc__:
            yield f"\n{_call(f'{thing.__name__}.{each}', method)}\n\n{_text(method)}\n"


def _call(name: str, function: Any) -> str:
    shown = f"{name}{inspect.signature(inspect.unwrap(function))}"
    for pattern, plain in _ALIASES:
        shown = pattern.sub(plain, shown)
    return f"```text\n{shown}\n```"


def _text(thing: Any) -> str:
    """Its docstring; an example in it becomes a block of code that is no snippet of a page."""
    lines: list[str] = []
    inside = False
    for line in inspect.cleandoc(thing.__doc__ or "").splitlines():
        example = line.startswith((">>>", "...")) or (inside and line.strip() != "")
        if example != inside:
            lines.append("```text" if example else "```")
            inside = example
        lines.append(line)
    return "\n".join([*lines, "```"] if inside else lines)
