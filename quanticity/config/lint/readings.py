"""How failovers read their sources: keys, fields of one name for all, and what they need."""

from __future__ import annotations

from collections.abc import Iterator

from quanticity.config.lint.context import Checked
from quanticity.config.schema.root import Aggregate, Reading
from quanticity.errors import Problem
from quanticity.model import placeholders, problem_with
from quanticity.spec import near

_OURS = ("source", "reason")
"""Fields that say whose value it is, and which of its fields are null."""


def check_readings(config: Checked) -> Iterator[Problem]:
    """`reads` of what is no source, keys that cannot be read, fields that sources do not share."""
    for name, aggregate in config.root.aggregates.items():
        if aggregate.method != "failover":
            for field in ("reads", "needs"):
                if getattr(aggregate, field):
                    said = f"'{aggregate.method}' reads whole rows"
                    yield config.error(("aggregates", name, field), said, "write method: failover")
            continue
        for source, reading in aggregate.reads.items():
            if source not in aggregate.sources:
                said = f"'{source}' is no source of this aggregate"
                hint = near(source, aggregate.sources) or f"it has {', '.join(aggregate.sources)}"
                yield config.error(("aggregates", name, "reads", source), said, hint)
                continue
            if reading.key is not None:
                yield from _key(config, name, aggregate, source, reading.key)
            yield from _age(config, name, source, reading)
        yield from _fields(config, name, aggregate)
        yield from _needs(config, name, aggregate)


def _key(
    config: Checked, name: str, aggregate: Aggregate, source: str, key: str
) -> Iterator[Problem]:
    at = ("aggregates", name, "reads", source, "key")
    vendor, _, feed = source.partition(".")
    if config.find(vendor, feed):
        said = f"'{source}' is a feed of this config"
        yield config.error(at, said, "leave its key out: it is read where it is written")
    elif slip := problem_with(key):
        said, _, hint = slip.partition("; ")
        yield config.error(at, f"'{key}' cannot be a key: {said}", hint)
    elif lacking := set(placeholders(aggregate.redis_key)) - set(placeholders(key)):
        said = f"'{key}' has no {{{min(lacking)}}} for the key {aggregate.redis_key}"
        yield config.error(at, said, "name the pattern of all its keys")


def _age(config: Checked, name: str, source: str, reading: Reading) -> Iterator[Problem]:
    """An age that values pass between two fetches, or that none ever reaches."""
    found, most = config.effective.find(source), reading.max_age_seconds
    if found is None or most is None:
        return
    at = ("aggregates", name, "reads", source, "max_age_seconds")
    every, life = found.endpoint.interval_seconds, found.endpoint.ttl_seconds
    if every is not None and most < every:
        said = f"values count for {most:g} s and come every {every:g} s: none counts in between"
        yield config.warning(at, said, f"at least {every:g}")
    # With a time of the vendor's own a value may be old when it comes.
    elif most > life and found.endpoint.timestamp is None:
        said = f"values of '{source}' live {life:g} s: none is ever {most:g} s old"
        yield config.warning(at, said, f"leave it out, or at most {life:g}")


def _fields(config: Checked, name: str, aggregate: Aggregate) -> Iterator[Problem]:
    shaped = [source for source, reading in aggregate.reads.items() if reading.fields]
    for index, source in enumerate(aggregate.sources):
        if shaped and source not in shaped:
            said = f"'{source}' would be handed on as fields that are all null"
            hint = f"name its fields under reads, as for {shaped[0]}"
            yield config.error(("aggregates", name, "sources", index), said, hint)
    taken = (*placeholders(aggregate.redis_key), *_OURS)
    for source in shaped:
        for field in aggregate.reads[source].fields:
            if field in taken:
                at = ("aggregates", name, "reads", source, "fields", field)
                said = f"'{field}' is written beside the fields"
                yield config.error(at, said, "give the field another name")


def _needs(config: Checked, name: str, aggregate: Aggregate) -> Iterator[Problem]:
    for index, field in enumerate(aggregate.needs):
        without = [
            source
            for source in aggregate.sources
            if source not in aggregate.reads or field not in aggregate.reads[source].fields
        ]
        if without:
            at = ("aggregates", name, "needs", index)
            said = f"'{without[0]}' has no field '{field}': no value of it would ever count"
            known = {one for each in aggregate.reads.values() for one in each.fields}
            yield config.error(at, said, near(field, known) or "name it under reads")
