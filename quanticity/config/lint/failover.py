"""Aggregates that fail over: who can be primary, who can stand by, and what would go in circles."""

from __future__ import annotations

from collections.abc import Iterator

from quanticity.config.effective import EffectiveEndpoint
from quanticity.config.lint.context import Checked
from quanticity.config.lint.keys import foreign_key, output_key
from quanticity.config.schema.root import Aggregate
from quanticity.errors import Problem
from quanticity.model import Kind, placeholders
from quanticity.spec import Path


def check_failovers(config: Checked) -> Iterator[Problem]:
    """Failovers without a stand-by, of what nobody measures, and of what cannot fill the key."""
    for name, aggregate in config.root.aggregates.items():
        yield from _circles(config, name, aggregate)
        if aggregate.method != "failover":
            if "failover" in aggregate.model_fields_set:
                at = ("aggregates", name, "failover")
                said = f"'{aggregate.method}' does not fail over"
                yield config.error(at, said, "write method: failover")
            continue
        if len(set(aggregate.sources)) < 2:
            at = ("aggregates", name, "sources")
            yield config.error(at, "a failover needs a stand-by", "name two sources or more")
        for index, wanted in enumerate(aggregate.sources):
            yield from _source(config, name, aggregate, index, wanted)


def _source(
    config: Checked, name: str, aggregate: Aggregate, index: int, wanted: str
) -> Iterator[Problem]:
    at = ("aggregates", name, "sources", index)
    found = config.effective.find(wanted)
    polled = found is not None and found.endpoint.transport == "http"
    if (
        index == 0
        and not polled
        and (found or wanted.partition(".")[0] not in config.root.data_sources)
    ):
        said = f"nothing measures how long '{wanted}' takes"
        yield config.error(at, said, "the first source is a polled feed of this config")
    if found is not None:
        yield from check_latest(config, at, found, aggregate, "a failover hands on")
        standing = "the next source is primary" if index == 0 else "it cannot stand by"
        yield from check_on(config, at, found, standing)


def check_latest(
    config: Checked, at: Path, found: EffectiveEndpoint, aggregate: Aggregate, does: str
) -> Iterator[Problem]:
    """A source of an aggregate that takes latest values of one key each: `does` says what for."""
    wanted, key = found.id, output_key(found) or found.endpoint.redis_key
    if found.endpoint.kind is Kind.EVENTS:
        said = f"'{wanted}' holds events; {does} latest values"
        yield config.error(at, said, "name a feed of kind latest")
    lacking = set(placeholders(aggregate.redis_key)) - set(placeholders(key))
    if lacking:
        said = f"'{wanted}' has no {{{min(lacking)}}} for the key {aggregate.redis_key}"
        yield config.error(at, said, f"its own key is {key}")


def check_on(
    config: Checked, at: Path, found: EffectiveEndpoint, meanwhile: str
) -> Iterator[Problem]:
    """A source of an aggregate that is off, and what is so until it is on."""
    of_source = config.effective.sources[found.source]
    if found.off is not None and not (of_source.off and of_source.source.enabled):
        # That a whole source lacks its secret is told once, of the source.
        yield config.warning(
            at, f"'{found.id}' is off: {found.off}", f"until it is on, {meanwhile}"
        )


def _circles(config: Checked, name: str, aggregate: Aggregate) -> Iterator[Problem]:
    made = {other.redis_key: maker for maker, other in config.root.aggregates.items()}
    for index, wanted in enumerate(aggregate.sources):
        key = foreign_key(aggregate, wanted)
        # That a feed of the config writes it too is told where keys are looked at.
        if key in made and config.effective.find(wanted) is None:
            maker = "this aggregate itself" if made[key] == name else f"the aggregate {made[key]}"
            said = f"'{wanted}' is read at {key}, which {maker} writes"
            yield config.error(
                ("aggregates", name, "sources", index), said, "aggregates are made of feeds"
            )
