"""libyaml's complaints in words that say what to do."""

from __future__ import annotations

import re

import yaml

from quanticity.errors import Problem

_HINTS = (
    ("mapping values are not allowed", "put text that holds ': ' in quotes, or check the indent"),
    ("did not find expected key", "check the indent of this line and the ones before it"),
    ("did not find expected '-' indicator", "a list and named values cannot stand side by side"),
    ("did not find expected ',' or", "a bracket or brace is not closed"),
    ("did not find expected node content", "a value is missing, or a bracket is not closed"),
    ("unexpected end of stream", "a quote is not closed"),
    ("could not find expected ':'", "a colon is missing after the name, or a quote not closed"),
    ("unknown escape character", "write \\\\ for a backslash, or use single quotes"),
    ("found undefined tag handle", "a value that begins with '!' needs quotes"),
    ("unexpected document indicator", "a quote or bracket is not closed"),
)

# Where one quote is missing the parser reads on to the next one, and stumbles lines later.
_MAY_LACK_A_QUOTE = (
    "did not find expected key",
    "did not find expected '-' indicator",
    "could not find expected ':'",
    "unexpected end of stream",
)
_OPENS = re.compile(r"""^\s*(?:- )*(?:[^\s"'#][^"'#]*: |- )\s*(["'])""")
_FARTHEST = 50


def explain(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """One problem, with place and hint, for what libyaml raised."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line, column = error.problem_mark.line, error.problem_mark.column
        said = error.problem or "broken YAML"
        hint = next((hint for words, hint in _HINTS if words in said), "")
        character = _character(text, line, column)
        if "cannot start any token" in said:
            if character == "\t":
                said, hint = "a tab in the indent", "use spaces, not tabs"
            else:
                said, hint = f"text cannot begin with '{character}'", "put it in quotes"
        opened = error.context_mark
        if opened is not None and error.context and opened.line != line:
            said += f" ({error.context} of line {opened.line + 1})"
        hint = _nearer(said, text, line, column) or hint
        return Problem(file, line + 1, column + 1, f"broken YAML: {said}", hint)
    position = getattr(error, "position", 0)
    reason = str(getattr(error, "reason", "") or error)
    before = text[:position]
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    return Problem(file, line, column, f"broken YAML: {reason}", "delete the character")


def _nearer(said: str, text: str, line: int, column: int) -> str:
    """A hint that names the line where the mistake was probably made; empty where none stands out.

    `line` and `column` are the parser's, counted from 0.
    """
    if not any(words in said for words in _MAY_LACK_A_QUOTE):
        return ""
    lines = text.splitlines()
    near = range(min(line, len(lines) - 1), max(-1, line - _FARTHEST), -1)
    unclosed = next((number for number in near if _leaves_a_quote_open(lines[number])), None)
    if unclosed is not None:
        return f"the quote that line {unclosed + 1} opens is not closed there"
    if "expected key" not in said or line >= len(lines) or _indent(lines[line]) != column:
        return ""
    for number in range(line - 1, -1, -1):
        plain = lines[number].strip()
        if plain and not plain.startswith("#") and _indent(lines[number]) < column:
            other = _indent(lines[number])
            return (
                f"line {number + 1} is indented by {other} spaces and this one by {column}: "
                "begin both in the same column"
            )
    return ""


def _leaves_a_quote_open(line: str) -> bool:
    opened = _OPENS.match(line)
    if opened is None:
        return False
    quote, rest = opened[1], line[opened.end() :]
    plain = re.sub(r"\\.", "", rest) if quote == '"' else rest.replace("''", "")
    return quote not in plain


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _character(text: str, line: int, column: int) -> str:
    lines = text.splitlines()
    if line < len(lines) and column < len(lines[line]):
        return lines[line][column]
    return ""
