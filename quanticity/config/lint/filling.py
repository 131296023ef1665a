"""Aggregates that fill: what makes a row, who is filled from whom, and what would do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from quanticity.config.lint.context import Checked
from quanticity.config.lint.failover import check_latest, check_on
from quanticity.config.lint.keys import foreign_key
from quanticity.config.schema.root import Aggregate, Fill
from quanticity.errors import Problem
from quanticity.model import placeholders
from quanticity.spec import Path

_EXAMPLE = "fill: {rows: contracts, key: option_symbol}"
_OURS = ("filled", "missing")
"""Fields that say what was filled in, beside the rows."""


def check_fillings(config: Checked) -> Iterator[Problem]:
    """Fills without rows or keys, or with one source only; and settings of other methods."""
    for name, aggregate in config.root.aggregates.items():
        at: Path = ("aggregates", name)
        method = aggregate.method
        if method != "merge_on_timestamp" and "tolerance_seconds" in aggregate.model_fields_set:
            said = f"'{method}' merges nothing by time"
            yield config.warning((*at, "tolerance_seconds"), said, "leave it out")
        if aggregate.aggregate not in (None, method):
            said = f"'method' says {method}, and this {aggregate.aggregate}"
            yield config.error((*at, "aggregate"), said, "leave it out")
        if method == "fill":
            yield from _fill(config, at, aggregate)
        elif aggregate.fill is not None:
            said = f"'{method}' fills nothing in"
            yield config.error((*at, "fill"), said, "write method: fill")


def _fill(config: Checked, at: Path, aggregate: Aggregate) -> Iterator[Problem]:
    if aggregate.fill is None:
        said = "nothing says what a row is, and what tells it from others"
        yield config.error((*at, "method"), said, f"write {_EXAMPLE}")
    else:
        yield from _fields(config, (*at, "fill"), aggregate.fill)
    if len(set(aggregate.sources)) < 2:
        said = "nothing is filled in from one source"
        yield config.error((*at, "sources"), said, "name two or more; the first is filled")
    for index, wanted in enumerate(aggregate.sources):
        found = config.effective.find(wanted)
        path = (*at, "sources", index)
        if found is None:
            yield from _foreign(config, path, wanted, aggregate)
            continue
        yield from check_latest(config, path, found, aggregate, "a fill takes")
        yield from check_on(
            config, path, found, "nothing is written" if index == 0 else "it fills nothing in"
        )


def _fields(config: Checked, at: Path, fill: Fill) -> Iterator[Problem]:
    if not all(fill.keys) or not fill.keys:
        said = "rows without a key are all the same"
        yield config.error((*at, "key"), said, f"for example {_EXAMPLE}")
    if fill.until == "":
        said = "no field has a row's last day, and nothing would be filled in"
        yield config.error((*at, "until"), said, "name the field, or leave it out")
    if fill.rows.partition(".")[0] in _OURS:
        said = f"what was filled in is told at {' and '.join(_OURS)}, over '{fill.rows}'"
        yield config.error((*at, "rows"), said, "have a transform name the list otherwise")
    listed = not isinstance(fill.key, str)
    of_keys = [(("key", n) if listed else ("key",), key) for n, key in enumerate(fill.keys)]
    for field, path in [(("rows",), fill.rows), *of_keys, (("until",), fill.until or "")]:
        if "*" in path.split("."):
            # Of what it stands for only the first would be looked at.
            said = f"'{path}' stands for many, and one is wanted"
            yield config.error((*at, *field), said, "write it without the star")


def _foreign(config: Checked, at: Path, wanted: str, aggregate: Aggregate) -> Iterator[Problem]:
    key = foreign_key(aggregate, wanted)
    lacking = set(placeholders(key)) - set(placeholders(aggregate.redis_key))
    if "." in wanted and wanted.partition(".")[0] not in config.root.data_sources and lacking:
        said = f"'{wanted}' is read at {key}, and the key has no {{{min(lacking)}}}"
        yield config.error(at, said, f"put it into {aggregate.redis_key}")
