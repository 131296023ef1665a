"""Regular expressions in the config."""

from __future__ import annotations

import re
from collections.abc import Iterator

from quanticity.config.lint.context import Checked
from quanticity.errors import Problem
from quanticity.expressions import Expression
from quanticity.spec import Path


def check_pattern(config: Checked, at: Path, pattern: str | None) -> Iterator[Problem]:
    """An error where `pattern` is no regular expression."""
    if pattern is None:
        return
    try:
        Expression(pattern).check()
    except re.error as error:
        yield config.error(at, f"'{pattern}' is no regular expression: {error}")
