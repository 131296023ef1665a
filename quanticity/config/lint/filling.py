"""Aggregates that fill: what makes a row, who is filled from whom, and what would do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from quanticity.config.lint.context import Checked
from quanticity.config.lint.failover import check_latest, check_on
from quanticity.config.schema.root import Aggregate
from quanticity.errors import Problem
from quanticity.spec import Path

_EXAMPLE = "fill: {rows: contracts, key: option_symbol}"


def check_fillings(config: Checked) -> Iterator[Problem]:
    """Fills without rows or keys, or with one source only; and settings of other methods."""
    for name, aggregate in config.root.aggregates.items():
        at: Path = ("aggregates", name)
        method = aggregate.method
        if method != "merge_on_timestamp" and "tolerance_seconds" in aggregate.model_fields_set:
            said = f"'{method}' merges nothing by time"
            yield config.warning((*at, "tolerance_seconds"), said, "leave it out")
        if method == "fill":
            yield from _fill(config, at, aggregate)
        elif aggregate.fill is not None:
            said = f"'{method}' fills nothing in"
            yield config.error((*at, "fill"), said, "write method: fill")


def _fill(config: Checked, at: Path, aggregate: Aggregate) -> Iterator[Problem]:
    if aggregate.fill is None:
        said = "nothing says what a row is, and what tells it from others"
        yield config.error((*at, "method"), said, f"write {_EXAMPLE}")
    elif not all(aggregate.fill.keys) or not aggregate.fill.keys:
        said = "rows without a key are all the same"
        yield config.error((*at, "fill", "key"), said, f"for example {_EXAMPLE}")
    if len(set(aggregate.sources)) < 2:
        said = "nothing is filled in from one source"
        yield config.error((*at, "sources"), said, "name two or more; the first is filled")
    for index, wanted in enumerate(aggregate.sources):
        found = config.effective.find(wanted)
        if found is None:
            continue
        path = (*at, "sources", index)
        yield from check_latest(config, path, found, aggregate, "a fill takes")
        yield from check_on(
            config, path, found, "nothing is written" if index == 0 else "it fills nothing in"
        )
