"""What `check` says of the schedule: which group of which source wants more than it can have."""

from __future__ import annotations

from collections.abc import Iterator

from quanticity import words
from quanticity.config.loaded import Loaded
from quanticity.errors import Problem, Severity
from quanticity.feeds.verdict import shortages_of
from quanticity.pace.planned import Shortage
from quanticity.spec import Locate


def schedule_problems(loaded: Loaded, locate: Locate) -> Iterator[Problem]:
    """One problem a group of a budget, at the limits of the first source that draws on it.

    A warning: it runs all the same, with older values. `plan` says the rest, and whether critical
    is among them with its exit status.
    """
    found: dict[tuple[str, str], list[Shortage]] = {}
    for each in shortages_of(loaded):
        found.setdefault((each.budget, each.group.value), []).append(each)
    for (budget, _), several in found.items():
        more = len({each.session for each in several}) - 1
        also = f", and in {words.count(more, 'more session')}" if more else ""
        hint = "longer intervals, fewer symbols or another share; `plan` shows it whole"
        file, line, column = locate(_path(loaded, budget))
        worst = max(several, key=lambda each: each.lacks)
        source, _, endpoint = worst.most.partition(".")
        heavy_file, heavy_line, _ = locate(("data_sources", source, "endpoints", endpoint))
        said = f"short: {worst.told(f'{heavy_file}:{heavy_line}')}{also}"
        yield Problem(file, line, column, said, hint, Severity.WARNING)


def _path(loaded: Loaded, budget: str) -> tuple[str, ...]:
    for source in loaded.effective.sources.values():
        if source.budget == budget and source.off is None:
            limited = "rate_limits" in source.source.model_fields_set
            return ("data_sources", source.name, *(("rate_limits",) if limited else ()))
    return ("data_sources",)
