"""Problems of one component class, each at the line that it is about."""

from __future__ import annotations

import inspect
import re
import sys
from functools import cached_property
from pathlib import Path

from quanticity.component import Component
from quanticity.errors import Problem


class Said:
    """Where a class says what: its file as shown, and its lines."""

    def __init__(self, component: type[Component], shown: str, title: str = "") -> None:
        """`title` is what messages call it; its class's name by default."""
        self.title = title or component.__name__
        self.file = _file(component, shown)
        self._component = component

    @cached_property
    def _source(self) -> tuple[list[str], int]:
        """Its lines and the number of the first; looked up only where something is wrong."""
        try:
            lines, first = inspect.getsourcelines(self._component)
        except (OSError, TypeError, SyntaxError):
            # Made by a function, or its file changed under us: then the file is all there is.
            return [], 1
        return lines, max(1, first)

    @property
    def line(self) -> int:
        """Its first line."""
        return self._source[1]

    def problem(self, message: str, hint: str = "", *, word: str = "", at: int = 0) -> Problem:
        """At line `at`, else at the first line of the class that holds `word`, else at its head."""
        line, column = (at, 1) if at else self._find(word)
        return Problem(self.file, line, column, f"{self.title}{message}", hint)

    def _find(self, word: str) -> tuple[int, int]:
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)" if word.isidentifier() else "")
        for number, line in enumerate(self._source[0] if word else ()):
            if word.isidentifier():
                found = pattern.search(line)
                column = found.start() if found else -1
            else:
                column = line.find(word)
            if column >= 0:
                return self.line + number, column + 1
        return self.line, 1


def _file(component: type[Component], shown: str) -> str:
    """Of a package, the file in it."""
    if shown.endswith(".py"):
        return shown
    module = sys.modules.get(component.__module__)
    path = Path(getattr(module, "__file__", None) or "")
    folder = shown.rpartition("/")[2]
    if path.suffix == ".py" and folder in path.parts:
        below = path.parts[len(path.parts) - path.parts[::-1].index(folder) :]
        return "/".join((shown, *below))
    return shown
