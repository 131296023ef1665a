"""Reading a large config anew when little of it changed.

Each endpoint is a block of lines of its own. A block whose lines were read before is not read
again: its place in the text is held by a word, the rest is composed, and the known value is put
where the word came out. Blocks with anchors or aliases are part of the rest. A text that does not
fit this shape (brackets left open across blocks, ...) is composed as a whole; the answer is the
same, only slower.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quanticity.config.compose import Place, compose
from quanticity.errors import Problem

_STAND_IN = "~quanticity-block~"
# Anchors, aliases, tags: they tie a block to others, so it is composed with them.
_TIED = re.compile(r"(^|[\s\[{,:])[&*!]\S")
# What ends a line, or a document, in ways of its own.
_ODD = ("\t", "\x85", "\u2028", "\u2029", "\ufeff", "\n---", "\n...", "\n%")
_ODD_START = ("---", "...", "%")
_ENDPOINTS = re.compile(r"^( +)endpoints:[ \r]*(?:#[^\n]*)?\n", re.MULTILINE)
_NEXT_LINE = re.compile(r"^( *)[^\s#]", re.MULTILINE)
_NAME = re.compile(r"([A-Za-z_][\w.-]*):(?=[ \r\n])")
SMALLEST = 4_000


@dataclass(frozen=True, slots=True)
class Moved:
    """Places of a block, counted from its own first line, which is line `first` of the file."""

    first: int
    inside: Any


@dataclass(frozen=True, slots=True)
class _Block:
    name: str
    start: int
    end: int
    line: int


class BlockReader:
    """Composes one file again and again. `plain` are ids of values that hold no `${`.

    A text of fewer than `smallest` characters is read as a whole: that is faster.
    """

    def __init__(self, smallest: int = SMALLEST) -> None:
        self._smallest = smallest
        self._known: dict[str, tuple[Any, Place] | None] = {}
        self.plain: frozenset[int] = frozenset()

    def compose(self, text: str, file: str) -> tuple[Any, Place, list[Problem]]:
        """The same as `compose(text, file)`, with `Moved` in the places of blocks."""
        fast = self._by_blocks(text, file) if len(text) >= self._smallest else None
        return compose(text, file) if fast is None else fast

    def _by_blocks(self, text: str, file: str) -> tuple[Any, Place, list[Problem]] | None:
        if _STAND_IN in text or _is_odd(text):
            return None
        known: dict[str, tuple[Any, Place] | None] = {}
        replaced: list[_Block] = []
        skeleton: list[str] = []
        end = 0
        for block in _split(text):
            lines = text[block.start : block.end]
            if lines not in known:
                known[lines] = self._known[lines] if lines in self._known else _read(block, lines)
            between = text[end : block.start]
            if _TIED.search(between):
                return None
            skeleton.append(between)
            end = block.end
            if known[lines] is None:
                skeleton.append(lines)
                continue
            replaced.append(block)
            indent = lines[: lines.index(block.name)]
            skeleton.append(f"{indent}{block.name}: {_STAND_IN}")
            skeleton.append("\n" * lines.count("\n"))
        if _TIED.search(text, end):
            return None
        tree, places, problems = compose("".join([*skeleton, text[end:]]), file)
        if problems or not _put(tree, places, text, replaced, known):
            return None
        self._known = known
        self.plain = frozenset(
            id(read[0]) for lines, read in known.items() if read is not None and "${" not in lines
        )
        return tree, places, problems


def _is_odd(text: str) -> bool:
    if text.startswith(_ODD_START) or any(mark in text for mark in _ODD):
        return True
    return text.count("\r") != text.count("\r\n")


def _split(text: str) -> Iterator[_Block]:
    """The entries of every `endpoints:` that is written in block style."""
    line, counted = 1, 0
    for head in _ENDPOINTS.finditer(text):
        first = _NEXT_LINE.search(text, head.end())
        if first is None or len(first[1]) <= len(head[1]):
            continue
        indent = len(first[1])
        starts = re.compile(rf"^( {{0,{indent}}})[^\s#]", re.MULTILINE)
        opened: tuple[str, int] | None = None
        for found in starts.finditer(text, first.start()):
            if opened is not None:
                name, start = opened
                line += text.count("\n", counted, start)
                counted = start
                yield _Block(name, start, found.start(), line)
                opened = None
            if len(found[1]) < indent:
                break
            named = _NAME.match(text, found.start() + indent)
            if named is not None:
                opened = (named[1], found.start())
        else:
            if opened is not None:
                name, start = opened
                line += text.count("\n", counted, start)
                counted = start
                yield _Block(name, start, len(text), line)


def _read(block: _Block, lines: str) -> tuple[Any, Place] | None:
    """A block by itself: its value and places; None where it is to be read with the rest."""
    if _TIED.search(lines):
        return None
    tree, places, problems = compose(lines, "")
    if problems or not isinstance(tree, dict) or list(tree) != [block.name]:
        return None
    return tree[block.name], places[2][block.name]


def _put(
    tree: Any,
    places: Place,
    text: str,
    blocks: list[_Block],
    known: dict[str, tuple[Any, Place] | None],
) -> bool:
    """Put the blocks where their stand-ins are; False where one came out elsewhere."""
    waiting = {block.line: block for block in blocks}
    sources = tree.get("data_sources") if isinstance(tree, dict) else None
    for source, settings in sources.items() if isinstance(sources, dict) else ():
        endpoints = settings.get("endpoints") if isinstance(settings, dict) else None
        if not isinstance(endpoints, dict):
            continue
        where = places[2]["data_sources"][2][source][2]["endpoints"][2]
        for name, value in endpoints.items():
            if value != _STAND_IN:
                continue
            line, column, _ = where[name]
            block = waiting.pop(line, None)
            read = known.get(text[block.start : block.end]) if block is not None else None
            if block is None or read is None or block.name != name:
                return False
            endpoints[name], place = read
            where[name] = (line, column, Moved(line, place[2]))
    return not waiting
