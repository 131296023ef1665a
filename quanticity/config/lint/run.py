"""All checks, one after the other."""

from __future__ import annotations

from quanticity.config.lint.as_written import check_written
from quanticity.config.lint.conditions import check_conditions
from quanticity.config.lint.context import Checked
from quanticity.config.lint.endpoints import check_endpoint
from quanticity.config.lint.failover import check_failovers
from quanticity.config.lint.files import check_contracts, check_transforms
from quanticity.config.lint.filling import check_fillings
from quanticity.config.lint.key_names import NAME_KEYS, check_key_names, check_shared_names
from quanticity.config.lint.keys import check_keys
from quanticity.config.lint.limits import check_limits, check_notes, check_one_key
from quanticity.config.lint.options import check_options
from quanticity.config.lint.params import check_params
from quanticity.config.lint.placeholders import HOLD_PLACEHOLDERS, check_placeholders
from quanticity.config.lint.readings import check_readings
from quanticity.config.lint.references import check_aggregates, check_references
from quanticity.config.lint.risk import check_risk
from quanticity.config.lint.sources import check_sources
from quanticity.errors import Problem, Severity

# What takes the whole config to see.
_WIDE = (
    check_sources,
    check_limits,
    check_one_key,
    check_notes,
    check_references,
    check_aggregates,
    check_failovers,
    check_fillings,
    check_readings,
    check_keys,
    check_shared_names,
    check_transforms,
    check_contracts,
    check_risk,
)
# What an endpoint shows by itself, and the fields that must be read to see it.
_NARROW = (
    (
        check_endpoint,
        {"transport", "method", "format", "rows", "columns", "kind", "paging"}
        | {"delimiter", "skip_lines", "footer"},
    ),
    (check_placeholders, {*HOLD_PLACEHOLDERS, "symbols", "expand", "transport", "frame"}),
    (check_key_names, NAME_KEYS),
    (check_params, {"params"}),
    (check_written, {"params", "expand"}),
    (check_options, {"transform_config"}),
    (check_conditions, {"conditions", "params"}),
)


def check(config: Checked) -> list[Problem]:
    """Every problem that any check finds. An endpoint that was clean before is not looked at."""
    problems = [problem for one in _WIDE for problem in one(config)]
    for place, endpoint in config.written():
        if config.before.clean.get(place) is not endpoint:
            found = [
                problem
                for one, fields in _NARROW
                if config.clear(place, fields)
                for problem in one(config, place, endpoint)
            ]
            if place in config.doubtful:
                # What stands in for a wrong value may look odd, and is no mistake of a person.
                found = [problem for problem in found if problem.severity is Severity.ERROR]
            problems += found
            if found:
                continue
        config.memo.clean[place] = endpoint
    return problems
