"""`${VAR}` and `${VAR:-default}` in the strings of a config."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from quanticity.spec import Path

_REFERENCE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_PAST_THE_HOST = re.compile(r"[^/?#]*://[^/?#]*[/?#]|[^?#]*[?#]")
_BEFORE_A_USER, _BEFORE_THE_HOST = re.compile(r"[^/?#]*://[^/?#@]*"), re.compile(r"[^/?#]*@")


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

    def __reduce__(self) -> tuple[type[FromEnvironment], tuple[str, str]]:
        # What goes to another process with the config has to be made again there.
        return FromEnvironment, (str(self), self.written)


@dataclass(slots=True)
class Filled:
    """A tree with its references filled in, and what was found on the way."""

    tree: Any
    used: dict[str, str] = field(default_factory=dict)
    missing: list[tuple[Path, str]] = field(default_factory=list)
    stood_for: list[tuple[Path, str]] = field(default_factory=list)
    malformed: list[Path] = field(default_factory=list)
    paths: set[Path] = field(default_factory=set)


def fill(
    tree: Any,
    values: Mapping[str, str],
    stand_in: str | None = None,
    plain: Collection[int] = (),
) -> Filled:
    """Fill in every reference of `tree`; what holds none is shared with it, not copied.

    `used` are the values that came from `values`, by name; `missing` are references without value
    and default, left as written unless `stand_in` takes their place, which is in `stood_for`;
    `paths` is where references stood. `$${` is a plain `${`. An empty variable counts as missing,
    as in a shell's `:-`. In the address of a vendor a value is percent-encoded where it stands
    after the host, or before it as a user or a password: `+` and `#` in a key are the key's own.
    Values whose `id` is in `plain` hold no reference and are not looked through.
    """
    filler = _Filler(values, stand_in, plain)
    filler.filled.tree = filler.fill(tree, ())
    return filler.filled


class _Filler:
    def __init__(
        self, values: Mapping[str, str], stand_in: str | None, plain: Collection[int]
    ) -> None:
        self._values = values
        self._stand_in = stand_in
        self._plain = plain
        self.filled = Filled(None)

    def fill(self, value: Any, path: Path) -> Any:
        if type(value) is str:
            return self._text(value, path) if "${" in value else value
        if id(value) in self._plain:
            return value
        if isinstance(value, list):
            made = [self.fill(item, (*path, index)) for index, item in enumerate(value)]
            same = all(one is other for one, other in zip(made, value, strict=True))
            return value if same else made
        if not isinstance(value, dict):
            return value
        changed = {
            name: made
            for name, item in value.items()
            if type(item) in (str, dict, list)
            and (made := self.fill(item, (*path, name))) is not item
        }
        return {**value, **changed} if changed else value

    def _text(self, text: str, path: Path) -> str:
        self.filled.paths.add(path)
        if "${" in _REFERENCE.sub("", text):
            self.filled.malformed.append(path)
        made, end = "", 0
        for match in _REFERENCE.finditer(text):
            made += text[end : match.start()]
            after = _REFERENCE.sub("", text[match.end() :])
            made += self._one(match, path, _left_as_it_is(path, made, after))
            end = match.end()
        return FromEnvironment(made + text[end:], text)

    def _one(self, match: re.Match[str], path: Path, safe: str | None) -> str:
        filled = self.filled
        escaped, name, default = match.groups()
        if escaped:
            return "${"
        if value := self._values.get(name):
            filled.used[name] = value
            return value if safe is None else quote(value, safe=safe, errors="surrogatepass")
        if default is not None:
            return str(default)
        if self._stand_in is not None:
            filled.stood_for.append((path, name))
            return self._stand_in
        filled.missing.append((path, name))
        return match[0]


def _left_as_it_is(path: Path, before: str, after: str) -> str | None:
    """What of a value between `before` and `after` is not percent-encoded; None where nothing is.

    What begins an address may be the whole of it, and what is before its end the host.
    """
    match path:
        case ("data_sources", _, "endpoints", _, "path"):
            return "" if before else None
        case ("data_sources", _, "base_url") | ("data_sources", _, "endpoints", _, "url"):
            if _PAST_THE_HOST.match(before):
                return ""
            if _BEFORE_A_USER.fullmatch(before) and _BEFORE_THE_HOST.match(after):
                return ":"  # one variable may hold both
    return None
