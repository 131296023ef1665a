"""libyaml's complaints in words that say what to do."""

from __future__ import annotations

import yaml

from quanticity.config.yaml_blame import blame
from quanticity.errors import Problem

_HINTS = (
    ("mapping values are not allowed", "put text that holds ': ' in quotes, or check the indent"),
    ("did not find expected key", "check the indent of this line and the ones before it"),
    ("did not find expected '-' indicator", "a list and named values cannot stand side by side"),
    ("did not find expected ',' or", "a bracket or brace is not closed"),
    ("did not find expected node content", "a value is missing, or a bracket is not closed"),
    ("unexpected end of stream", "a quote is not closed"),
    ("could not find expected ':'", "a colon is missing after the name, or a quote not closed"),
    ("found a tab character", "use spaces, not tabs"),
    ("unknown escape character", "write \\\\ for a backslash, or use single quotes"),
    ("found undefined tag handle", "a value that begins with '!' needs quotes"),
    ("unexpected document indicator", "a quote or bracket is not closed"),
)


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
        guess = blame(text, line, line if opened is None else opened.line)
        if guess is not None:
            line, column, said, hint = guess.line, guess.column, guess.said, guess.hint
        return Problem(file, line + 1, column + 1, f"broken YAML: {said}", hint)
    position = getattr(error, "position", 0)
    reason = str(getattr(error, "reason", "") or error)
    before = text[:position]
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    return Problem(file, line, column, f"broken YAML: {reason}", "delete the character")


def _character(text: str, line: int, column: int) -> str:
    lines = text.splitlines()
    if line < len(lines) and column < len(lines[line]):
        return lines[line][column]
    return ""
