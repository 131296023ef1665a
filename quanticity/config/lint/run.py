"""All checks, one after the other."""

from __future__ import annotations

from quanticity.config.lint.context import Checked
from quanticity.config.lint.endpoints import check_endpoints
from quanticity.config.lint.files import check_contracts, check_transforms
from quanticity.config.lint.keys import check_keys
from quanticity.config.lint.limits import check_limits, check_notes, check_pace
from quanticity.config.lint.placeholders import check_placeholders
from quanticity.config.lint.references import check_aggregates, check_references
from quanticity.config.lint.sources import check_sources
from quanticity.errors import Problem

CHECKS = (
    check_sources,
    check_limits,
    check_notes,
    check_references,
    check_aggregates,
    check_endpoints,
    check_pace,
    check_placeholders,
    check_keys,
    check_transforms,
    check_contracts,
)


def check(config: Checked) -> list[Problem]:
    """Every problem that any check finds."""
    return [problem for one in CHECKS for problem in one(config)]
