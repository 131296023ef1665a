"""As much of a terminal as it takes to see what a program drew."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b[()][A-Z0-9]|([\r\n])|([^\x1b\r\n]+)", re.DOTALL
)
_PLAIN = ""
Cell = tuple[str, str]


class Terminal:
    """Keeps everything that was drawn, scrolled away or not: `feed` text, then take `ansi`."""

    def __init__(self) -> None:
        self._lines: list[list[Cell]] = [[]]
        self._row = self._column = 0
        self._style = _PLAIN

    def feed(self, text: str) -> None:
        """Draw what a program wrote."""
        for found in _TOKEN.finditer(text):
            if found[4]:
                self._write(found[4])
            elif found[3] == "\r":
                self._column = 0
            elif found[3] == "\n":
                self._move(self._row + 1)
            elif found[2]:
                self._control(found[2], found[1])

    def ansi(self) -> str:
        """The lines that stand, with their colours."""
        drawn = ["".join(self._coloured(line)) for line in self._lines]
        while drawn and not drawn[-1].strip():
            drawn.pop()
        return "\n".join(drawn)

    def _coloured(self, line: list[Cell]) -> list[str]:
        parts, style = [], _PLAIN
        for character, wanted in line:
            if wanted != style:
                parts.append(f"\x1b[0m{wanted}")
                style = wanted
            parts.append(character)
        return [*parts, "\x1b[0m"] if style else parts

    def _write(self, text: str) -> None:
        line = self._lines[self._row]
        line.extend((" ", _PLAIN) for _ in range(self._column - len(line)))
        line[self._column : self._column + len(text)] = [(char, self._style) for char in text]
        self._column += len(text)

    def _move(self, row: int) -> None:
        self._row = max(0, row)
        while len(self._lines) <= self._row:
            self._lines.append([])

    def _control(self, name: str, given: str) -> None:
        count = int(given) if given.isdigit() else 1
        if name == "m":
            self._style = _PLAIN if given in ("", "0") else f"{self._style}\x1b[{given}m"
        elif name == "A":
            self._move(self._row - count)
        elif name == "B":
            self._move(self._row + count)
        elif name == "K":
            del self._lines[self._row][0 if given == "2" else self._column :]
        elif name == "J":
            del self._lines[self._row][self._column :], self._lines[self._row + 1 :]
