"""All checks, one after the other."""

from __future__ import annotations

from quanticity.config.lint.context import Checked
from quanticity.config.lint.sources import check_sources
from quanticity.errors import Problem

_CHECKS = (check_sources,)


def check(config: Checked) -> list[Problem]:
    """Every problem that any check finds."""
    return [problem for one in _CHECKS for problem in one(config)]
