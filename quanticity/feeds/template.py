"""Text with placeholders: `{symbol}` from the feed's values, `{today:%Y%m%d}` from the calendar."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from quanticity.clock import Calendar
from quanticity.feeds.dates import is_date_word, resolve

_BRACES = re.compile(r"\{([^{}]+)\}")
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


class Template:
    """One text, taken apart once. `names` are the values that it needs."""

    __slots__ = ("_pieces", "dated", "names", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._pieces: list[tuple[str, str]] = []
        end = 0
        for match in _BRACES.finditer(text):
            inside = match.group(1)
            if is_date_word(inside):
                kind = "date"
            elif _NAME.match(inside):
                kind = "value"
            else:
                continue
            if match.start() > end:
                self._pieces.append(("text", text[end : match.start()]))
            self._pieces.append((kind, inside))
            end = match.end()
        if end < len(text):
            self._pieces.append(("text", text[end:]))
        self.names = frozenset(inside for kind, inside in self._pieces if kind == "value")
        self.dated = any(kind == "date" for kind, _ in self._pieces)

    def render(
        self,
        values: Mapping[str, str],
        now: float,
        calendar: Calendar,
        quote: Callable[[str], str] = str,
    ) -> str:
        """The text with everything filled in; what is filled in goes through `quote`.

        KeyError where a value is missing.
        """
        written = []
        for kind, inside in self._pieces:
            if kind == "text":
                written.append(inside)
            elif kind == "value":
                written.append(quote(values[inside]))
            else:
                written.append(quote(resolve(inside, now, calendar)))
        return "".join(written)


class Tree:
    """A JSON value with placeholders in its strings: the body of a POST."""

    __slots__ = ("_tree", "dated", "names")

    def __init__(self, tree: Any) -> None:
        self.names: frozenset[str] = frozenset()
        self.dated = False
        self._tree = self._compile(tree)

    def _compile(self, node: Any) -> Any:
        if isinstance(node, Mapping):
            return {name: self._compile(item) for name, item in node.items()}
        if isinstance(node, (list, tuple)):
            return [self._compile(item) for item in node]
        if isinstance(node, str):
            template = Template(f"{{{node}}}" if is_date_word(node) else node)
            self.names |= template.names
            self.dated |= template.dated
            return template
        return node

    def render(self, values: Mapping[str, str], now: float, calendar: Calendar) -> Any:
        """The value with everything filled in."""

        def fill(node: Any) -> Any:
            if isinstance(node, dict):
                return {name: fill(item) for name, item in node.items()}
            if isinstance(node, list):
                return [fill(item) for item in node]
            if isinstance(node, Template):
                return node.render(values, now, calendar)
            return node

        return fill(self._tree)
