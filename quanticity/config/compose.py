"""YAML text to plain dicts, lists and scalars, with the place of each, in one pass.

It reads libyaml's events itself: yaml's own composer builds a node with two marks for every
value, which costs as much again as all the rest of a reload.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from quanticity.config.scalars import resolve, tagged
from quanticity.config.yaml_words import explain
from quanticity.errors import Problem

# Line and column counted from 1, and the places inside: by key, by index, or None for a scalar.
Place = tuple[int, int, Any]

DEEPEST = 64
MOST_FROM_ALIASES = 200_000

_UNTAGGED = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class _Stop(Exception):
    """The text cannot be read further; its problem is already told."""


class _Frame:
    """A mapping or list under construction."""

    __slots__ = ("anchor", "column", "count", "key", "line", "merges", "places", "value")

    def __init__(self, value: Any, places: Any, line: int, column: int, anchor: str | None) -> None:
        self.value = value
        self.places = places
        self.line = line
        self.column = column
        self.anchor = anchor
        self.key: tuple[str, int, int] | None = None
        self.merges: list[tuple[Any, Place]] = []
        self.count = 0


class _Composer:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.root: Any = None
        self.places: Place = (1, 1, None)
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, Place, int] | None] = {}
        self.count = 0
        self.aliased = 0
        self.documents = 0

    def run(self, next_event: Callable[[], Any]) -> None:
        """Take events to the end of the text."""
        take: dict[type, Callable[[Any], None]] = {
            ScalarEvent: self.scalar,
            MappingStartEvent: lambda event: self.open(event, {}, {}),
            SequenceStartEvent: lambda event: self.open(event, [], []),
            MappingEndEvent: self.close_mapping,
            SequenceEndEvent: lambda _: self.close(self.stack.pop()),
            AliasEvent: self.alias,
            DocumentStartEvent: self.start,
            DocumentEndEvent: lambda _: None,
            StreamStartEvent: lambda _: None,
        }
        while (event := next_event()) is not None and type(event) is not StreamEndEvent:
            take[type(event)](event)

    def start(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise self.stop(event.start_mark, "a second document starts here", "keep one")

    def scalar(self, event: Any) -> None:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.key is None and type(frame.value) is dict:
            self.key(frame, event, line, column)
            return
        if event.tag is None:
            text = event.value
            value: Any = resolve(text) if event.implicit[0] else text
        else:
            try:
                value = tagged(event.tag, event.value)
            except ValueError as error:
                value = None
                self.tell(line, column, str(error))
        self.count += 1
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, (line, column, None), 1)
        if frame is None:
            self.root, self.places = value, (line, column, None)
        else:
            self.put(frame, value, line, column, None)

    def key(self, frame: _Frame, event: Any, line: int, column: int) -> None:
        # A key keeps its text: `on:` and `1:` are names here, not a boolean and a number.
        text = event.value
        if not text:
            self.tell(line, column, "a name is missing before the colon")
        elif text in frame.places:
            first = frame.places[text]
            said = f"'{text}' is written twice, first in line {first[0]} column {first[1]}"
            self.tell(line, column, said, "keep one of them")
        if event.anchor is not None:
            self.anchors[event.anchor] = (text, (line, column, None), 1)
        frame.key = (text, line, column)

    def put(self, frame: _Frame, value: Any, line: int, column: int, inside: Any) -> None:
        """Hang a finished value into the mapping or list it stands in."""
        if type(frame.value) is list:
            frame.value.append(value)
            frame.places.append((line, column, inside))
            return
        if frame.key is None:
            self.tell(line, column, "a name before a colon cannot be a list or a mapping")
            frame.key = ("", line, column)
            return
        text, key_line, key_column = frame.key
        frame.key = None
        if text == "<<":
            frame.merges.append((value, (key_line, key_column, inside)))
        else:
            frame.value[text] = value
            frame.places[text] = (key_line, key_column, inside)

    def open(self, event: Any, value: Any, places: Any) -> None:
        mark = event.start_mark
        if len(self.stack) >= DEEPEST:
            raise self.stop(mark, f"nested more than {DEEPEST} levels deep")
        if event.tag not in _UNTAGGED:
            try:
                tagged(event.tag, "")
            except ValueError as error:
                self.tell(mark.line + 1, mark.column + 1, str(error))
        frame = _Frame(value, places, mark.line + 1, mark.column + 1, event.anchor)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        frame.count = self.count
        self.stack.append(frame)

    def close_mapping(self, _: Any) -> None:
        frame = self.stack.pop()
        if frame.merges:
            self.merge(frame)
        self.close(frame)

    def close(self, frame: _Frame) -> None:
        self.count += 1
        if frame.anchor is not None:
            size = self.count - frame.count
            self.anchors[frame.anchor] = (
                frame.value,
                (frame.line, frame.column, frame.places),
                size,
            )
        if self.stack:
            self.put(self.stack[-1], frame.value, frame.line, frame.column, frame.places)
        else:
            self.root, self.places = frame.value, (frame.line, frame.column, frame.places)

    def merge(self, frame: _Frame) -> None:
        """Fill in what `<<` brings; what the mapping says itself stands."""
        for value, (line, column, inside) in frame.merges:
            brought = value if isinstance(value, list) else [value]
            places = inside if isinstance(value, list) else [(line, column, inside)]
            for mapping, place in zip(brought, places, strict=True):
                if not isinstance(mapping, dict):
                    self.tell(line, column, "'<<' needs a mapping, or a list of mappings")
                    continue
                for name, item in mapping.items():
                    if name not in frame.value:
                        frame.value[name] = item
                        frame.places[name] = place[2][name]

    def alias(self, event: Any) -> None:
        mark = event.start_mark
        if event.anchor not in self.anchors:
            raise self.stop(mark, f"'*{event.anchor}' has no anchor '&{event.anchor}' before it")
        known = self.anchors[event.anchor]
        if known is None:
            raise self.stop(mark, f"'*{event.anchor}' stands inside its own anchor")
        value, place, size = known
        self.count += size
        self.aliased += size
        if self.aliased > MOST_FROM_ALIASES:
            raise self.stop(mark, f"aliases stand for more than {MOST_FROM_ALIASES:,} values")
        line, column = mark.line + 1, mark.column + 1
        frame = self.stack[-1] if self.stack else None
        if frame is None:
            return
        if frame.key is None and type(frame.value) is dict and isinstance(value, str):
            frame.key = (value, line, column)
        else:
            self.put(frame, value, line, column, place[2])

    def tell(self, line: int, column: int, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.file, line, column, message, hint))

    def stop(self, mark: Any, message: str, hint: str = "") -> _Stop:
        self.tell(mark.line + 1, mark.column + 1, message, hint)
        return _Stop()


def compose(text: str, file: str) -> tuple[Any, Place, list[Problem]]:
    """The values of `text`, their places, and every mistake of YAML found on the way.

    Broken YAML ends the reading at its place: then the tree is None and the last problem says so.
    """
    composer = _Composer(file)
    try:
        loader = yaml.CSafeLoader(text)
        try:
            composer.run(loader.get_event)
        finally:
            loader.dispose()
    except _Stop:
        return None, (1, 1, None), composer.problems
    except yaml.YAMLError as error:
        composer.problems.append(explain(error, text, file))
        return None, (1, 1, None), composer.problems
    return composer.root, composer.places, composer.problems
