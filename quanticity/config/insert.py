"""Putting a block of lines into a YAML file, every other byte left as it was."""

from __future__ import annotations

import re
from typing import Any

from quanticity.config.document import Document, parse

_ENTRY = re.compile(rb"^( *)[^\s#]")
# How an empty mapping is written on the line of its key: `data_sources: {}`.
_EMPTY = re.compile(rb":\s*\{\s*\}")


def insert_endpoint(raw: bytes, document: Document, source: str, block: str) -> bytes | None:
    """`raw` with `block` as the last endpoint of a source; None where there is no safe place."""
    return _insert(raw, document, ("data_sources", source, "endpoints"), block)


def insert_source(raw: bytes, document: Document, block: str) -> bytes | None:
    """`raw` with `block` as the last source; None where there is no safe place."""
    if "data_sources" not in document.tree:
        end = b"" if raw.endswith(b"\n") or not raw else b"\n"
        added = raw + end + b"data_sources:\n" + _shifted(block, 2, _newline(raw))
        return _checked(added, document, ("data_sources",), block)
    return _insert(raw, document, ("data_sources",), block)


def _insert(raw: bytes, document: Document, at: tuple[str, ...], block: str) -> bytes | None:
    """After the last entry of the mapping at `at`, which is written in block style."""
    if document.find(at)[1] != len(at):
        return None
    (line, column), _ = document.find(at)
    lines = raw.splitlines(keepends=True)
    inside = document.value(at)
    indent = column - 1 + 2
    if inside:
        if not isinstance(inside, dict):
            return None
        (first, own), _ = document.find((*at, next(iter(inside))))
        if first <= line:
            return None
        indent = own - 1
    elif isinstance(inside, dict):
        lines[line - 1] = _EMPTY.sub(b":", lines[line - 1], count=1)
    end = _end(lines, line, indent)
    newline = _newline(raw)
    before = b"".join(lines[:end])
    if not before.endswith((b"\n", b"\r")):
        before += newline
    added = before + _shifted(block, indent, newline) + b"".join(lines[end:])
    return _checked(added, document, at, block)


def _end(lines: list[bytes], begin: int, indent: int) -> int:
    """Behind the last entry, from line `begin` on, that is as deep as `indent` or deeper."""
    end = begin
    for number in range(begin, len(lines)):
        entry = _ENTRY.match(lines[number])
        if entry is None:
            continue
        if len(entry[1]) < indent:
            break
        end = number + 1
    # Comments that are as deep as the entries belong to the last of them.
    while end < len(lines) and re.match(rb" {%d,}#" % indent, lines[end]):
        end += 1
    return end


def _shifted(block: str, indent: int, newline: bytes) -> bytes:
    lines = (" " * indent + line for line in block.splitlines())
    return b"".join(line.encode() + newline for line in lines)


def _newline(raw: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in raw else b"\n"


def _checked(added: bytes, document: Document, at: tuple[str, ...], block: str) -> bytes | None:
    """`added` where it says exactly what was said before, and the block."""
    after = parse(added, document.file)
    entry = parse(block.encode(), "").tree
    wanted: Any = _with(document.tree, at, entry)
    return added if not after.problems and after.tree == wanted else None


def _with(tree: Any, at: tuple[str, ...], entry: Any) -> Any:
    inside = tree if isinstance(tree, dict) else {}
    if not at:
        return {**inside, **entry}
    return {**inside, at[0]: _with(inside.get(at[0]), at[1:], entry)}
