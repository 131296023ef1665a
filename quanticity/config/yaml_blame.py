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
_BRACKETED = re.compile(rf"(?<=[{{,])(\s*)({_NAME}\[[^\[\]{{}},:]*\])(?=\s*:\s)")
_OPENS = re.compile(r"""^\s*(?:- )*(?:[^\s"'#][^"'#]*: |- )\s*(["'])""")


@dataclass(frozen=True, slots=True)
class Guess:
    """What was done wrong, and where: line and column from 0.

    `mended` is the line put right; it may stand for `many` lines. The guess holds where the text
    can be read beyond line `through`, by default the one where the parser stumbled.
    """

    line: int
    column: int
    said: str
    hint: str
    mended: str
    many: int = 1
    through: int = 0


def blame(text: str, line: int, began: int) -> Guess | None:
    """The mistake that made the parser stumble in `line`; None where no guess holds.

    `began` is the line in which what it was reading begins. Both are counted from 0.
    """
    lines = text.split("\n")
    if _ODD_BREAK.search(text) or line >= len(lines):
        return None
    left = _MOST_READ
    for guess in _guesses(lines, line, began):
        rest = lines[guess.line + guess.many :]
        mended = "\n".join([*lines[: guess.line], guess.mended, *rest])
        through = max(line, guess.through)
        left -= sum(map(len, lines[: through + 1]))
        if left < 0:
            return None
        if _reads_beyond(mended, through):
            return guess
    return None


def _guesses(lines: list[str], line: int, began: int) -> Iterator[Guess]:
    before = _before(lines, line)
    for number in range(line, max(-1, line - _FARTHEST), -1):
        yield from _quote(lines, number)
    for number in dict.fromkeys((began, line, before)):
        yield from _space(lines, number)
        yield from _colon(lines, number)
    yield from _bracketed(lines, line)
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


def _bracketed(lines: list[str], number: int) -> Iterable[Guess]:
    """A name with brackets of its own (`expirations[]`), which stands bare in a block only."""
    found = _BRACKETED.search(lines[number])
    if found is not None:
        name = found[2]
        said = f"the brackets of '{name}' are read as a list"
        mended = _BRACKETED.sub(r'\1"\2"', lines[number])
        yield Guess(number, found.start(2), said, f'put the name in quotes: "{name}"', mended)


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
    here, opened = _indent(lines[number]), _opened(lines, number, before)
    first = before if opened is None else opened
    other = _indent(lines[first])
    if other == here:
        return
    if opened is not None:
        yield from _too_deep(lines, opened, number)
    said = f"line {first + 1} is indented by {other} spaces and this one by {here}"
    mended = " " * other + lines[number].lstrip(" ")
    yield Guess(number, here, said, "begin both in the same column", mended)


def _too_deep(lines: list[str], first: int, number: int) -> Iterable[Guess]:
    """That the block above a line is the one to move, where that is the less likely place."""
    here, other = _indent(lines[number]), _indent(lines[first])
    end = next((at for at in _said(lines, number) if _indent(lines[at]) < here), len(lines))
    above, below = _entries(lines, first, number), _entries(lines, number, end)
    above_parent = _indent(lines[_before(lines, first)])
    if above > below or (above == below and other - above_parent == _step(lines)):
        return
    moved = [line[min(_indent(line), other - here) :] for line in lines[first:number]]
    said = f"this line is indented by {other} spaces and line {number + 1}, beside it, by {here}"
    hint = f"begin it with {here} spaces, and move what stands below it as far"
    yield Guess(first, other, said, hint, "\n".join(moved), number - first, end - 1)


def _entries(lines: list[str], begin: int, end: int) -> int:
    """How many of the lines stand as deep as the first of them."""
    depth = _indent(lines[begin])
    return sum(_indent(lines[at]) == depth for at in _said(lines, begin) if at < end)


def _step(lines: list[str]) -> int:
    """By how many spaces the first block of the file is indented."""
    return next((depth for at in _said(lines, 0) if (depth := _indent(lines[at]))), 0)


def _opened(lines: list[str], number: int, before: int) -> int | None:
    """The first line of the block just above a line that is not as deep; None where none is."""
    here, first = _indent(lines[number]), None
    for at in range(before, -1, -1):
        if not _says(lines[at]):
            continue
        if _indent(lines[at]) <= here:
            return first if _indent(lines[at]) < here else None
        first = at
    return first


def _said(lines: list[str], begin: int) -> Iterator[int]:
    """The lines from one on that say something."""
    return (at for at in range(begin, len(lines)) if _says(lines[at]))


def _says(line: str) -> bool:
    """Whether it is more than blank or a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _before(lines: list[str], line: int) -> int:
    """The line before it that says something; itself where there is none."""
    for number in range(line - 1, -1, -1):
        if _says(lines[number]):
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
