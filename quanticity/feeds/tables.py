"""Delimited text to rows: CSV, and the pipe-delimited files of FINRA."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from quanticity.errors import BadBody
from quanticity.expressions import Expression, TakesTooLong

Row = dict[str, str]

# A body has a bound of its own (`max_body_bytes`); Python's is 131,072 characters in a field.
csv.field_size_limit(2**31 - 1)
_COUNT = re.compile(r"\s*[0-9]{1,18}\s*")


def rows_of(
    text: str,
    delimiter: str,
    columns: Sequence[str] = (),
    *,
    skip: int = 0,
    footer: str | None = None,
) -> list[Row]:
    """Rows by column name, every value as the text that stands there.

    A name that the header repeats gets a number: `price`, `price_2`.
    `columns` names the fields of a file without a header line. A last line that is only a
    number under several columns is a trailer with the count of rows: it is checked and dropped.
    `skip` lines at the beginning are left out, and the lines from the first one on that begins as
    `footer` says, once there is a header. BadBody where lines and header do not agree, or the count
    does not, or `footer` takes too long.
    """
    lines = _lines(text, delimiter, skip, footer, headed=not columns)
    if not lines and not columns:
        raise BadBody("the body has no header line")
    names = list(columns) if columns else apart(name.strip() for name in lines.pop(0)[1])
    if len(names) == 1 and not columns and (other := _other_delimiter(names[0])):
        raise BadBody(
            f"the header line is one field, '{names[0][:60]}': if {other!r} stands between its "
            f"fields, say so with 'delimiter'"
        )
    counted = _trailer(lines, len(names))
    rows = []
    for number, line in lines:
        if len(line) != len(names):
            raise BadBody(
                f"line {number} has {len(line)} fields where {len(names)} are named: "
                "cut short, another format, or no row (see skip_lines and footer)"
            )
        rows.append(dict(zip(names, line, strict=True)))
    if counted is not None and counted != len(rows):
        raise BadBody(f"the trailer promises {counted} rows, {len(rows)} came", retryable=True)
    return rows


def _lines(
    text: str, delimiter: str, skip: int, footer: str | None, *, headed: bool
) -> list[tuple[int, list[str]]]:
    """The lines that are not empty, between what is skipped and the footer, with their numbers."""
    # Lines end as they do in the text, with a lone CR too.
    source = io.StringIO(text, newline="")
    for _ in range(skip):
        source.readline()
    # `"a", "b"`: with the blank left on, the quotes would be taken for a part of names and values.
    spaced = re.compile(rf'"[^"\r\n]*"{re.escape(delimiter)} +"').match(text, source.tell())
    reader = csv.reader(
        source, delimiter=delimiter, strict=True, skipinitialspace=spaced is not None
    )
    ends = Expression(footer) if footer else None
    lines: list[tuple[int, list[str]]] = []
    try:
        for line in reader:
            if ends and line and (lines or not headed) and ends.match(line[0]):
                break
            if line:
                lines.append((skip + reader.line_num, line))
    except TakesTooLong as error:
        raise BadBody(f"where the footer begins is not known: {error}") from None
    except csv.Error as error:
        raise BadBody(f"line {skip + reader.line_num} is not delimited text: {error}") from None
    return lines


def _other_delimiter(header: str) -> str:
    """What else may stand between the fields of a header line that was read as one field."""
    return next((mark for mark in ";\t|" if mark in header), "")


def apart(header: Iterable[str]) -> list[str]:
    """Names that differ: one column must not hide another."""
    names: dict[str, None] = {}
    seen: dict[str, int] = {}
    for name in header:
        own = name
        while own in names:
            seen[name] = seen.get(name, 1) + 1
            own = f"{name}_{seen[name]}"
        names[own] = None
    return list(names)


def _trailer(lines: list[tuple[int, list[str]]], width: int) -> int | None:
    if width > 1 and lines and len(lines[-1][1]) == 1 and _COUNT.fullmatch(lines[-1][1][0]):
        return int(lines.pop()[1][0])
    return None
