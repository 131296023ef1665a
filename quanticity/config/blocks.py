"""Reading a large config anew when little of it changed.

Each endpoint is a block of lines of its own. A block whose lines were read before is not read
again: its place in the text is held by a word, the rest is composed, and the known value is put
where the word came out. What does not fit this shape (anchors, tags, brackets left open across
blocks, ...) is composed as a whole; the answer is the same, only slower.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quanticity.config.compose import Place, compose
from quanticity.errors import Problem

_STAND_IN = "~quanticity-block~"
_NOT_PLAIN = re.compile(
    r"(^|[\s\[{,:])[&*!]\S|\t|^---|^\.\.\.|^%|[\x85\u2028\u2029\ufeff]|\r(?!\n)", re.MULTILINE
)
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
        self._known: dict[str, tuple[Any, Place]] = {}
        self.plain: frozenset[int] = frozenset()

    def compose(self, text: str, file: str) -> tuple[Any, Place, list[Problem]]:
        """The same as `compose(text, file)`, with `Moved` in the places of blocks."""
        fast = self._by_blocks(text, file) if len(text) >= self._smallest else None
        return compose(text, file) if fast is None else fast

    def _by_blocks(self, text: str, file: str) -> tuple[Any, Place, list[Problem]] | None:
        if _STAND_IN in text:
            return None
        blocks = list(_split(text))
        known: dict[str, tuple[Any, Place]] = {}
        skeleton: list[str] = []
        end = 0
        for block in blocks:
            lines = text[block.start : block.end]
            read = self._known.get(lines) or _read(block, lines, file)
            if read is None:
                return None
            known[lines] = read
            indent = lines[: lines.index(block.name)]
            skeleton += (text[end : block.start], f"{indent}{block.name}: {_STAND_IN}")
            skeleton.append("\n" * lines.count("\n"))
            end = block.end
        skeleton.append(text[end:])
        rest = "".join(skeleton)
        if _NOT_PLAIN.search(rest):
            return None
        tree, places, problems = compose(rest, file)
        if problems or not _put(tree, places, text, blocks, known):
            return None
        self._known = known
        self.plain = frozenset(id(read[0]) for lines, read in known.items() if "${" not in lines)
        return tree, places, problems


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


def _read(block: _Block, lines: str, file: str) -> tuple[Any, Place] | None:
    """A block by itself: its value and places; None where it is not one whole entry."""
    if _NOT_PLAIN.search(lines):
        return None
    tree, places, problems = compose(lines, file)
    if problems or not isinstance(tree, dict) or list(tree) != [block.name]:
        return None
    return tree[block.name], places[2][block.name]


def _put(
    tree: Any,
    places: Place,
    text: str,
    blocks: list[_Block],
    known: dict[str, tuple[Any, Place]],
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
            if block is None or block.name != name:
                return False
            endpoints[name], place = known[text[block.start : block.end]]
            where[name] = (line, column, Moved(line, place[2]))
    return not waiting
