"""A table of a web page to rows: for vendors that show what they know and hand out no data."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from quanticity.errors import BadBody
from quanticity.feeds.tables import Row, apart

_UNSEEN = frozenset({"script", "style", "template", "noscript"})
# More than any table that people read has: a page makes one cell stand for many with a few bytes.
_WIDEST = 200
_MOST_VALUES = 2_000_000


@dataclass(slots=True)
class _Cell:
    header: bool
    columns: int
    rows: int
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).split())


@dataclass(slots=True)
class _Table:
    names: tuple[str, ...]
    rows: list[list[_Cell]] = field(default_factory=list)
    open_row: bool = False
    open_cell: _Cell | None = None


def rows_of(text: str, table: str | None, columns: Sequence[str] = ()) -> list[Row]:
    """Rows of one table by column name, every value as the text that is shown there.

    `table` is the table's id or one of its classes; without it the one with the most rows is meant.
    Names come from its first row, numbered where they repeat, or are `columns`. A cell that spans
    several columns or rows stands in each; a row of one cell across a wider table is a note, and no
    row. BadBody where there is no such table, or where a row does not have as many cells as there
    are names.
    """
    reader = _Reader()
    reader.feed(_markup(text))
    reader.close()
    found = _chosen(reader.tables, table)
    lines = [(row, _spread(row)) for row in _unrolled(found.rows) if row]
    if columns:
        names = list(columns)
        lines = [line for line in lines if not all(cell.header for cell in line[0])]
    elif lines:
        names = apart(lines.pop(0)[1])
    else:
        raise BadBody("the table has no rows, and no names of columns")
    rows = []
    for number, (cells, values) in enumerate(lines, start=1):
        if len(cells) == 1 < len(names):
            continue
        if len(values) != len(names):
            raise BadBody(
                f"row {number} of the table has {len(values)} cells where {len(names)} are named"
            )
        rows.append(dict(zip(names, values, strict=True)))
    return rows


def _markup(text: str) -> str:
    """The page without comments, declarations and a tag that is open at its end.

    The parser reads on to the end of the page for each of those that does not close: of 200,000
    that would take hours.
    """
    kept, at = [], 0
    while (start := text.find("<!", at)) >= 0:
        kept.append(text[at:start])
        closes = "-->" if text.startswith("<!--", start) else ">"
        end = text.find(closes, start)
        if end < 0:
            at = len(text)
            break
        at = end + len(closes)
    kept.append(text[at:])
    whole = "".join(kept)
    last = whole.rfind(">") + 1
    return whole[:last] + whole[last:].partition("<")[0]


def _chosen(tables: Sequence[_Table], wanted: str | None) -> _Table:
    if not tables:
        raise BadBody("the page has no table; where a script makes it, look for the JSON behind it")
    if wanted is None:
        return max(tables, key=lambda one: len(one.rows))
    for one in tables:
        if wanted in one.names:
            return one
    there = ", ".join(dict.fromkeys(name for one in tables for name in one.names[:1])) or "none"
    raise BadBody(f"the page has no table '{wanted}'; those with a name: {there[:200]}")


def _spread(row: Sequence[_Cell]) -> list[str]:
    return [cell.text for cell in row for _ in range(cell.columns)]


def _unrolled(rows: Sequence[Sequence[_Cell]]) -> list[list[_Cell]]:
    """The rows, with each cell also in the rows below that it reaches into."""
    reaching: dict[int, tuple[int, _Cell]] = {}
    made, values = [], 0
    for row in rows:
        waiting, line, at = deque(row), [], 0
        below: dict[int, tuple[int, _Cell]] = {}
        while waiting or at in reaching:
            left, cell = reaching.pop(at) if at in reaching else (0, waiting.popleft())
            left = left or cell.rows
            if left > 1:
                below[at] = (left - 1, cell)
            line.append(cell)
            at += cell.columns
        values += at
        if values > _MOST_VALUES:
            raise BadBody(f"the table has more than {_MOST_VALUES:,} values")
        reaching = below
        made.append(line)
    return made


class _Reader(HTMLParser):
    """Collects the tables of a page, those within others too. It never fails on bad markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag opens; one that its writer did not close ends with the next of its kind."""
        given = dict(attrs)
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table":
            names = (given.get("id") or "", *(given.get("class") or "").split())
            self._open.append(_Table(tuple(name for name in names if name)))
            self.tables.append(self._open[-1])
        elif self._open and tag == "tr":
            self._end_row()
            self._open[-1].rows.append([])
            self._open[-1].open_row = True
        elif self._open and tag in ("td", "th"):
            table = self._open[-1]
            if not table.open_row:
                table.rows.append([])
                table.open_row = True
            spans = _span(given.get("colspan")), _span(given.get("rowspan"))
            table.open_cell = _Cell(tag == "th", *spans)
            table.rows[-1].append(table.open_cell)
        elif tag in ("br", "p", "div", "li"):
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        """A tag closes."""
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif self._open and tag == "table":
            self._open.pop()
        elif self._open and tag in ("td", "th"):
            self._open[-1].open_cell = None
        elif self._open and tag in ("tr", "thead", "tbody", "tfoot"):
            self._end_row()

    def handle_data(self, data: str) -> None:
        """Text: of the cell that is open, where somebody would see it."""
        if self._open and not self._unseen and (cell := self._open[-1].open_cell) is not None:
            cell.parts.append(data)

    def _end_row(self) -> None:
        self._open[-1].open_row, self._open[-1].open_cell = False, None


def _span(text: str | None) -> int:
    if not text or not text.isascii() or not text.isdigit():
        return 1
    # No number is made of thousands of digits, which takes long, and is refused.
    return min(max(1, int(text)), _WIDEST) if len(text) < len(str(_WIDEST)) + 1 else _WIDEST
