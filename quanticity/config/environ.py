"""`${VAR}` and `${VAR:-default}` in the strings of a config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quanticity.spec import Path

_REFERENCE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


class FromEnvironment(str):
    """Text that came from the environment. Its `repr` shows what was written in its stead."""

    __slots__ = ("written",)
    written: str

    def __new__(cls, value: str, written: str) -> FromEnvironment:
        """Keep `written`, the text with its references, beside the value."""
        made = super().__new__(cls, value)
        made.written = written
        return made

    def __repr__(self) -> str:
        return repr(self.written)


@dataclass(slots=True)
class Filled:
    """A tree with its references filled in, and what was found on the way."""

    tree: Any
    used: dict[str, str] = field(default_factory=dict)
    missing: list[tuple[Path, str]] = field(default_factory=list)
    malformed: list[Path] = field(default_factory=list)
    paths: set[Path] = field(default_factory=set)


def fill(tree: Any, values: Mapping[str, str], stand_in: str | None = None) -> Filled:
    """Fill in every reference of `tree`; what holds none is shared with it, not copied.

    `used` are the values that came from `values`, by name; `missing` are references without value
    and default, left as written unless `stand_in` takes their place; `paths` is where references
    stood. `$${` is a plain `${`. An empty variable counts as missing, as in a shell's `:-`.
    """
    filled = Filled(tree)
    filled.tree = _fill(tree, values, stand_in, (), filled)
    return filled


def _fill(
    value: Any, values: Mapping[str, str], stand_in: str | None, path: Path, filled: Filled
) -> Any:
    if type(value) is str:
        return _text(value, values, stand_in, path, filled) if "${" in value else value
    changed: dict[Any, Any] = {}
    items = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        items = enumerate(value)  # type: ignore[assignment]  # the same loop serves both
    for name, item in items:
        if type(item) in (str, dict, list):
            made = _fill(item, values, stand_in, (*path, name), filled)
            if made is not item:
                changed[name] = made
    if not changed:
        return value
    if isinstance(value, list):
        return [changed.get(index, item) for index, item in enumerate(value)]
    return {**value, **changed}


def _text(
    text: str, values: Mapping[str, str], stand_in: str | None, path: Path, filled: Filled
) -> str:
    def one(match: re.Match[str]) -> str:
        escaped, name, default = match.groups()
        if escaped:
            return "${"
        if value := values.get(name):
            filled.used[name] = value
            return value
        if default is not None:
            return str(default)
        if stand_in is not None:
            return stand_in
        filled.missing.append((path, name))
        return match[0]

    filled.paths.add(path)
    if "${" in _REFERENCE.sub("", text):
        filled.malformed.append(path)
    return FromEnvironment(_REFERENCE.sub(one, text), text)
