"""What stands in braces, in paths, parameters and keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from quanticity.config.lint.context import Checked, Place, endpoint_path
from quanticity.config.schema import Endpoint
from quanticity.config.schema.endpoint import ExpandFrom
from quanticity.errors import Problem
from quanticity.model import placeholders
from quanticity.spec import Path, near
from quanticity.words import some

# The words for dates that requests may hold; `feeds/dates.py` gives them their meaning.
DATE_WORD = re.compile(r"(today|last_trading_day|(last|next)_n_days:[1-9]\d{0,3})(:%.+)?")
DATE_WORDS = ("today", "last_trading_day", "last_n_days", "next_n_days")
_BRACES = re.compile(r"(?<!\$)\{([^{}]*)\}")
_FILLED = re.compile(r"\$?\{[^{}]+\}")
_HALF = re.compile(r"\{[^{}/?& ]*\}?|[^{}/?& ]*\}")
_NAME = re.compile(r"[A-Za-z_]\w*")
_ASKING = ("path", "url", "params", "headers", "body", "join")
# In others a brace may be meant: what is asked for can be JSON.
_ADDRESSES = ("path", "url")
_KEYS = ("redis_key", "output_key", "timestamp_key")
HOLD_PLACEHOLDERS = frozenset({*_ASKING, *_KEYS})


def check_placeholders(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    """Placeholders without a value, and values that nothing tells apart."""
    have = given(endpoint)
    asked: set[str] = set()
    if endpoint.path is not None:
        asked.update(_BRACES.findall(config.root.data_sources[place[0]].base_url))
    for field in _ASKING:
        for path, text in _texts(getattr(endpoint, field), (field,)):
            inside = _BRACES.findall(text)
            asked.update(inside)
            if field in _ADDRESSES:
                yield from _half_braces(config, endpoint_path(*place, *path), text)
            for name in inside:
                yield from _in_request(config, endpoint_path(*place, *path), name, have)
    yield from _keys(config, place, endpoint, have)
    if endpoint.transport == "websocket":
        yield from _frames(config, place, endpoint, have)
    if endpoint.transport == "http":
        for name in sorted(have - asked):
            at = endpoint_path(*place, "symbols" if name == "symbol" else "expand")
            said = f"{{{name}}} is nowhere in the request: every value would ask the same"
            yield config.warning(at, said)


def given(endpoint: Endpoint) -> set[str]:
    """Names that have values: `symbol`, and what `expand` brings."""
    return {*endpoint.expand, *(("symbol",) if endpoint.symbols else ())}


def check_base_url(config: Checked, source: str) -> Iterator[Problem]:
    """Placeholders in the address of a source, which its endpoints with a path must fill."""
    mine = config.effective.sources[source]
    for name in _BRACES.findall(mine.source.base_url):
        lacking = [
            one.name
            for one in mine.endpoints.values()
            if one.endpoint.path is not None and name not in given(one.endpoint)
        ]
        if lacking and _NAME.fullmatch(name) and not DATE_WORD.fullmatch(name):
            said = f"{{{name}}} has no value in {some(lacking, 3)}"
            yield config.error(("data_sources", source, "base_url"), said, _meant(name, set()))


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        if "{" in value or "}" in value:
            yield path, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, (*path, name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def _in_request(config: Checked, at: Path, name: str, have: set[str]) -> Iterator[Problem]:
    if name in have or DATE_WORD.fullmatch(name):
        return
    if _NAME.fullmatch(name):
        yield config.error(at, f"{{{name}}} has no value", _meant(name, have))
    elif ":%" in name or name.partition(":")[0] in DATE_WORDS:
        yield config.warning(at, f"'{{{name}}}' is sent as it stands", near(name, DATE_WORDS))


def _half_braces(config: Checked, at: Path, text: str) -> Iterator[Problem]:
    """A brace that lost its other, and braces around nothing: the vendor would get them."""
    rest = _FILLED.sub(" ", text)
    if found := _HALF.search(rest):
        said = f"'{found[0]}' is sent as it stands"
        yield config.warning(at, said, "a value stands in two braces, as {symbol}")


def _meant(name: str, have: set[str]) -> str:
    if name == "symbol":
        return near(name, have) or "give symbols"
    return near(name, {*have, *DATE_WORDS}) or "give it in expand"


def _keys(config: Checked, place: Place, endpoint: Endpoint, have: set[str]) -> Iterator[Problem]:
    streamed = (
        set(endpoint.frame.values) | {"symbol"} if endpoint.transport == "websocket" else set()
    )
    for field in _KEYS:
        key = getattr(endpoint, field)
        if key is None:
            continue
        at = endpoint_path(*place, field)
        for name in _BRACES.findall(key):
            if not _NAME.fullmatch(name) or name not in have | streamed:
                yield config.error(at, f"{{{name}}} has no value", _meant(name, have | streamed))
        if field == "timestamp_key" or endpoint.transport == "websocket":
            continue
        for name in sorted(have - set(placeholders(key))):
            if _values(endpoint, name) != 1:
                said = f"'{field}' lacks {{{name}}}: all its values would share one key"
                yield config.error(at, said)


def _frames(config: Checked, place: Place, endpoint: Endpoint, have: set[str]) -> Iterator[Problem]:
    """Values of one connection that nothing in its frames tells apart."""
    frame = endpoint.frame
    apart = {*frame.values, *_BRACES.findall(endpoint.url or endpoint.path or "")}
    if frame.channel is not None:
        apart.update(
            name for _, text in _texts(endpoint.join, ()) for name in _BRACES.findall(text)
        )
    for name in sorted(have - apart):
        if _values(endpoint, name) == 1:
            continue
        field = ("frame", "values") if frame.values else ("frame",)
        said = f"nothing in a frame tells the values of {{{name}}} apart"
        # Where a frame holds several messages, paths begin in one of them.
        found = name if frame.each is not None else f"data.{name}"
        hint = f"say in frame.values where a frame has it, as 'values: {{{name}: {found}}}'"
        yield config.error(endpoint_path(*place, *field), said, hint)


def _values(endpoint: Endpoint, name: str) -> int:
    """How many values a placeholder has; 0 where only a run will tell."""
    if name == "symbol":
        return len(endpoint.symbols) if isinstance(endpoint.symbols, tuple) else 0
    values = endpoint.expand[name]
    if isinstance(values, ExpandFrom):
        return 1 if values.select.endswith(":1") else 0
    return len(values)
