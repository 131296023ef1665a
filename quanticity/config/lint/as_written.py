"""Values that YAML reads as something else than the text that stands there.

A vendor is sent text. `country: NO` is false to YAML, and `1.10` is 1.1: what goes out is neither
what was written nor, often, what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from quanticity.config.lint.context import Checked, Place, endpoint_path
from quanticity.config.scalars import resolve
from quanticity.config.schema import Endpoint
from quanticity.errors import Problem
from quanticity.plain_file import read_plain
from quanticity.spec import Path

_PLAIN = re.compile(r"[^\s,\[\]{}#&*!|>'\"%@`][^\s,\[\]{}#]*")
_NAME = r"""(?P<quote>["']?){}(?P=quote)\s*:\s+"""


def check_written(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    """Parameters and values of `expand` that are sent in other letters than they are written."""
    found: list[tuple[Path, str, Any]] = []
    for field, given in (("params", endpoint.params), ("expand", endpoint.expand)):
        for name, value in given.items():
            at = endpoint_path(*place, field, name)
            if isinstance(value, list | tuple):
                found += [((*at, index), "", item) for index, item in enumerate(value)]
            else:
                found.append((at, name, value))
    files: dict[str, list[str]] = {}
    for path, name, value in found:
        # Text is as it was written, and a whole number nearly always: no file is read for those.
        if isinstance(value, bool | int | float):
            text = _written(config, path, name, value, files)
            sent = str(value).lower() if isinstance(value, bool) else str(value)
            same = text.lower() if isinstance(value, bool) else text
            if text and same != sent:
                said = f"{text} is sent as '{sent}': so YAML reads it"
                yield config.warning(path, said, f'write "{text}" in quotes to send these letters')


def _written(
    config: Checked, path: Path, name: str, value: object, files: dict[str, list[str]]
) -> str:
    """The letters that stand for a value; empty where they cannot be told."""
    file, line, column = config.locate(path)
    if file not in files:
        try:
            raw = read_plain(config.folder / file)
        except OSError:
            raw = b""  # it went away after it was read: there is nothing to compare with
        # The parser ends lines as YAML does, not as Python does.
        files[file] = re.split(r"\r\n|[\n\r\x85\u2028\u2029]", raw.decode("utf-8-sig", "replace"))
    lines = files[file]
    rest = lines[line - 1][column - 1 :] if 0 < line <= len(lines) else ""
    if name:
        named = re.match(_NAME.format(re.escape(name)), rest)
        rest = rest[named.end() :] if named else ""
    plain = _PLAIN.match(rest)
    if plain is None:
        return ""
    text = plain[0]
    read = resolve(text)
    return text if type(read) is type(value) and read == value else ""
