"""Where a mistake of YAML was probably made: often lines before the parser stumbles.

Each guess is tried, and counts only where the text, mended so, can be read further.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml

# Where one quote is missing the parser reads on to the next one, and stumbles lines later.
_FARTHEST = 50
# Characters that are read anew for all guesses together: a large file is not read a dozen times.
_MOST_READ = 2_000_000

# Where else than at "\n" the parser begins a new line.
_ODD_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
_NAME = r"[A-Za-z_][\w.\-]*"
_NO_SPACE = re.compile(rf"^(\s*(?:- )?)({_NAME}):([^\s:/].*)$")
_NO_COLON = re.compile(rf"^(\s*(?:- )?)({_NAME})(?:( +)(\S.*))?$")
_BRACKET = re.compile(rf"^(\s*(?:- )?{_NAME}: +|\s*- +)([{{\[].*)$")
_OPENS = re.compile(r"""^\s*(?:- )*(?:[^\s"'#][^"'#]*: |- )\s*(["'])""")


@dataclass(frozen=True, slots=True)
class Guess:
    """What was done wrong, and where: line and column from 0. `mended` is the line put right."""

    line: int
    column: int
    said: str
    hint: str
    mended: str


def blame(text: str, line: int, began: int) -> Guess | None:
    """The mistake that made the parser stumble in `line`; None where no guess holds.

    `began` is the line in which what it was reading begins. Both are counted from 0.
    """
    lines = text.split("\n")
    if _ODD_BREAK.search(text) or line >= len(lines):
        return None
    left = _MOST_READ
    for guess in _guesses(lines, line, began):
        mended = "\n".join([*lines[: guess.line], guess.mended, *lines[guess.line + 1 :]])
        left -= sum(map(len, lines[: line + 1]))
        if left < 0:
            return None
        if _reads_beyond(mended, line):
            return guess
    return None


def _guesses(lines: list[str], line: int, began: int) -> Iterator[Guess]:
    before = _before(lines, line)
    for number in range(line, max(-1, line - _FARTHEST), -1):
        yield from _quote(lines, number)
    for number in dict.fromkeys((began, line, before)):
        yield from _space(lines, number)
        yield from _colon(lines, number)
    yield from _bracket(lines, line)
    yield from _unclosed(lines, before, began)
    yield from _slipped(lines, line, before)


def _quote(lines: list[str], number: int) -> Iterable[Guess]:
    opened = _OPENS.match(lines[number])
    if opened is None:
        return
    quote, rest = opened[1], lines[number][opened.end() :]
    plain = re.sub(r"\\.", "", rest) if quote == '"' else rest.replace("''", "")
    if quote not in plain:
        said = "the quote that is opened here is not closed"
        mended = f"{lines[number].rstrip()}{quote}"
        yield Guess(number, opened.end() - 1, said, f"close it with {quote}", mended)


def _space(lines: list[str], number: int) -> Iterable[Guess]:
    found = _NO_SPACE.match(lines[number])
    if found is not None:
        before, name, rest = found.groups()
        said, hint = "a space is missing after the colon", f"write '{name}: {rest.rstrip()}'"
        yield Guess(number, found.start(3), said, hint, f"{before}{name}: {rest}")


def _colon(lines: list[str], number: int) -> Iterable[Guess]:
    found = _NO_COLON.match(lines[number].rstrip())
    if found is not None:
        before, name, _, rest = found.groups()
        written = f"{name}: {rest}" if rest else f"{name}:"
        said = f"a colon is missing after '{name}'"
        yield Guess(number, found.end(2), said, f"write '{written}'", f"{before}{written}")


def _bracket(lines: list[str], number: int) -> Iterable[Guess]:
    found = _BRACKET.match(lines[number].rstrip())
    if found is not None:
        before, text = found.groups()
        kind = "a mapping" if text[0] == "{" else "a list"
        said = f"what begins with '{text[0]}' is read as {kind}"
        quoted = "'" + text.replace("'", "''") + "'"
        yield Guess(number, found.start(2), said, f"put it in quotes: {quoted}", before + quoted)


def _unclosed(lines: list[str], number: int, began: int) -> Iterable[Guess]:
    ends = lines[number].rstrip()
    for opened, closed in ("[]", "{}"):
        if opened in lines[began]:
            where = "here" if number == began else f"in line {began + 1}"
            said = f"the '{opened}' that is opened {where} is not closed"
            column = max(0, len(ends) - 1)
            yield Guess(number, column, said, f"close it with {closed}", ends + closed)


def _slipped(lines: list[str], number: int, before: int) -> Iterable[Guess]:
    here, other = _indent(lines[number]), _indent(lines[before])
    if other != here:
        said = f"line {before + 1} is indented by {other} spaces and this one by {here}"
        mended = " " * other + lines[number].lstrip(" ")
        yield Guess(number, here, said, "begin both in the same column", mended)


def _before(lines: list[str], line: int) -> int:
    """The line before it that says something; itself where there is none."""
    for number in range(line - 1, -1, -1):
        if lines[number].strip() and not lines[number].lstrip().startswith("#"):
            return number
    return line


def _reads_beyond(text: str, line: int) -> bool:
    """Whether all up to the end of a line can be read."""
    loader = yaml.CSafeLoader(text)
    try:
        while (event := loader.get_event()) is not None:
            if (mark := event.start_mark) is not None and mark.line > line + 1:
                return True
    except yaml.MarkedYAMLError as error:
        return error.problem_mark is not None and error.problem_mark.line > line
    except yaml.YAMLError:
        return False
    finally:
        loader.dispose()
    return True


def _indent(line: str) -> int:
    """With how many spaces a line begins."""
    return len(line) - len(line.lstrip(" "))
