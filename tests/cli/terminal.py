"""As much of a terminal as the live table needs, one that breaks its lines anew when narrowed."""

from __future__ import annotations

import io
import re

_PART = re.compile(r"\x1b\[(?P<given>[?0-9;]*)(?P<word>[A-Za-z])|(?P<sign>.)", re.DOTALL)


class Terminal(io.StringIO):
    """What was written to it stands in `rows`, from the top of the screen on."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.rows = [""]
        self._row = self._column = 0

    def narrow(self, width: int) -> None:
        """Become so wide: what stands there is broken into lines of that width."""
        self.width = width
        above = self.rows[: self._row]
        broken = [line[at : at + width] for line in above for at in range(0, len(line) or 1, width)]
        self.rows = [*broken, *self.rows[self._row :]]
        self._row = len(broken)

    def write(self, text: str) -> int:
        for part in _PART.finditer(text):
            if part["sign"] is None:
                self._obey(part["word"], part["given"])
            else:
                self._show(part["sign"])
        return len(text)

    def _show(self, sign: str) -> None:
        if sign == "\r":
            self._column = 0
            return
        if sign == "\n" or self._column >= self.width:
            self._row, self._column = self._row + 1, 0
        while len(self.rows) <= self._row:
            self.rows.append("")
        if sign != "\n":
            line = self.rows[self._row].ljust(self._column)
            self.rows[self._row] = line[: self._column] + sign + line[self._column + 1 :]
            self._column += 1

    def _obey(self, word: str, given: str) -> None:
        if word == "A":
            self._row = max(0, self._row - int(given or 1))
        elif word == "H":
            self._row = self._column = 0
        elif word == "J":
            self.rows = [""]
        elif word == "K":
            self.rows[self._row] = ""
