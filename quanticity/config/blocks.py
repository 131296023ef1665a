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
from typing import Any, NamedTuple

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


class _Block(NamedTuple):
    """An entry of `endpoints:`: from `start` to `end`, `height` lines from `line` on."""

    name: str
    start: int
    end: int
    line: int
    height: int


class _Read(NamedTuple):
    """What a block says, and where in it; `plain` where it holds no `${`."""

    value: Any
    place: Place
    plain: bool


# Blocks that follow each other without a line between: one stand-in is enough for all of them.
_Run = list[tuple[_Block, _Read]]


class BlockReader:
    """Composes one file again and again. `plain` are ids of values that hold no `${`.

    A text of fewer than `smallest` characters is read as a whole: that is faster.
    """

    def __init__(self, smallest: int = SMALLEST) -> None:
        self._smallest = smallest
        self._known: dict[str, _Read | None] = {}
        self.plain: frozenset[int] = frozenset()

    def compose(self, text: str, file: str) -> tuple[Any, Place, list[Problem]]:
        """The same as `compose(text, file)`, with `Moved` in the places of blocks."""
        fast = self._by_blocks(text, file) if len(text) >= self._smallest else None
        return compose(text, file) if fast is None else fast

    def _by_blocks(self, text: str, file: str) -> tuple[Any, Place, list[Problem]] | None:
        if _STAND_IN in text or _is_odd(text):
            return None
        known: dict[str, _Read | None] = {}
        runs: list[_Run] = []
        skeleton: list[str] = []
        end = 0
        for block in _split(text):
            lines = text[block.start : block.end]
            if lines not in known:
                known[lines] = self._known[lines] if lines in self._known else _read(block, lines)
            read = known[lines]
            if block.start > end:
                skeleton.append(text[end : block.start])
                if _TIED.search(skeleton[-1]):
                    return None
            if read is None:
                skeleton.append(lines)
            elif runs and runs[-1][-1][0].end == block.start:
                runs[-1].append((block, read))
                skeleton.append("\n" * block.height)
            else:
                runs.append([(block, read)])
                indent = lines[: lines.index(block.name)]
                skeleton.append(f"{indent}{block.name}: {_STAND_IN}" + "\n" * block.height)
            end = block.end
        if _TIED.search(text, end):
            return None
        tree, places, problems = compose("".join([*skeleton, text[end:]]), file)
        if problems or not _put(tree, places, runs):
            return None
        self._known = known
        self.plain = frozenset(
            id(read.value) for read in known.values() if read is not None and read.plain
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
        if head.start() < counted:
            continue  # within an endpoint
        if first is None or len(first[1]) <= len(head[1]):
            continue
        for name, start, end in _entries(text, first.start(), len(first[1])):
            line += text.count("\n", counted, start)
            height = text.count("\n", start, end)
            yield _Block(name, start, end, line, height)
            line += height
            counted = end


def _entries(text: str, begin: int, indent: int) -> Iterator[tuple[str, int, int]]:
    """Name, start and end of each entry of a mapping whose names are so far in."""
    starts = re.compile(rf"^( {{0,{indent}}})[^\s#]", re.MULTILINE)
    opened: tuple[str, int] | None = None
    for found in starts.finditer(text, begin):
        if opened is not None:
            yield (*opened, found.start())
            opened = None
        if len(found[1]) < indent:
            return
        named = _NAME.match(text, found.start() + indent)
        if named is not None:
            opened = (named[1], found.start())
    if opened is not None:
        yield (*opened, len(text))


def _read(block: _Block, lines: str) -> _Read | None:
    """A block by itself: its value and places; None where it is to be read with the rest."""
    if _TIED.search(lines):
        return None
    tree, places, problems = compose(lines, "")
    if problems or not isinstance(tree, dict) or list(tree) != [block.name]:
        return None
    return _Read(tree[block.name], places[2][block.name], "${" not in lines)


def _put(tree: Any, places: Place, runs: list[_Run]) -> bool:
    """Put the blocks where their stand-ins are; False where one came out elsewhere, or twice."""
    waiting = {run[0][0].line: run for run in runs}
    sources = tree.get("data_sources") if isinstance(tree, dict) else None
    for source, settings in sources.items() if isinstance(sources, dict) else ():
        endpoints = settings.get("endpoints") if isinstance(settings, dict) else None
        if not isinstance(endpoints, dict):
            continue
        where = places[2]["data_sources"][2][source][2]["endpoints"][2]
        written, count = list(endpoints.items()), len(endpoints)
        endpoints.clear()
        for name, value in written:
            if value != _STAND_IN:
                endpoints[name] = value
                continue
            line, column, _ = where[name]
            run = waiting.pop(line, None)
            if run is None or run[0][0].name != name:
                return False
            count += len(run) - 1
            for block, read in run:
                endpoints[block.name] = read.value
                where[block.name] = (block.line, column, Moved(block.line, read.place[2]))
        if len(endpoints) != count:
            return False
    return not waiting
