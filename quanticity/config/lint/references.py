"""Feeds and groups that are named elsewhere in the config, and circles among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from quanticity.config.lint.context import Checked, endpoint_path
from quanticity.config.lint.keys import output_key
from quanticity.config.schema.endpoint import ExpandFrom
from quanticity.config.schema.root import Aggregate
from quanticity.errors import Problem
from quanticity.model import Kind, placeholders
from quanticity.spec import Path, near

Place = tuple[str, str]
Edges = dict[Place, list[tuple[Place, Path]]]


def check_references(config: Checked) -> Iterator[Problem]:
    """Names without a feed behind them, feeds that wait for one that is off, and circles."""
    edges: Edges = {}
    for source, name, path, wanted in _mentions(config):
        found = config.find(source, wanted)
        if found is None:
            yield config.error(path, f"there is no feed '{wanted}'", _meant(config, source, wanted))
            continue
        edges.setdefault((source, name), []).append((found, path))
        yield from _takes_of_events(config, found, path)
        yield from _waits_in_vain(config, (source, name), found, path)
    yield from _circles(config, edges)
    groups = config.root.symbol_groups
    for place, endpoint in config.written():
        symbols = endpoint.symbols
        if isinstance(symbols, str) and symbols not in groups:
            at = endpoint_path(*place, "symbols")
            hint = near(symbols, groups) or _how_else(symbols, groups)
            yield config.error(at, f"there is no symbol group '{symbols}'", hint)
        for placeholder, values in endpoint.expand.items():
            if values == ():
                at = endpoint_path(*place, "expand", placeholder)
                said = f"no feed comes of '{place[1]}': there is no value of {{{placeholder}}}"
                yield config.note(at, said)


def _how_else(symbols: str, groups: Iterable[str]) -> str:
    known = ", ".join(groups)
    single = f"a single symbol is written [{symbols}]"
    return f"{single}, and the groups are {known}" if known else single


def _mentions(config: Checked) -> Iterator[tuple[str, str, Path, str]]:
    for (source, name), endpoint in config.written():
        for index, wanted in enumerate(endpoint.depends_on):
            yield source, name, endpoint_path(source, name, "depends_on", index), wanted
        for placeholder, values in endpoint.expand.items():
            if isinstance(values, ExpandFrom):
                path = endpoint_path(source, name, "expand", placeholder, "from")
                yield source, name, path, values.source


def _meant(config: Checked, source: str, wanted: str) -> str:
    known = {name for place, name in config.places() if place == source}
    known |= {f"{place}.{name}" for place, name in config.places() if name}
    return near(wanted, known)


def _waits_in_vain(
    config: Checked, waiting: Place, awaited: Place, path: Path
) -> Iterator[Problem]:
    mine, other = config.endpoint(waiting), config.endpoint(awaited)
    if mine is None or other is None or mine.off is not None or other.off is None:
        return
    said = f"'{mine.name}' waits for '{other.name}', which is off: {other.off}"
    yield config.warning(path, said, "it will never run")


def _takes_of_events(config: Checked, lender: Place, path: Path) -> Iterator[Problem]:
    other = config.endpoint(lender)
    if "expand" in path[4:5] and other is not None and other.endpoint.kind is Kind.EVENTS:
        said = f"'{other.name}' keeps events, and no latest value to take values from"
        yield config.error(path, said, "take them from a feed without 'kind: events'")


def _circles(config: Checked, edges: Mapping[Place, list[tuple[Place, Path]]]) -> Iterator[Problem]:
    """Each circle once, told where its first feed names the next."""
    done: set[Place] = set()
    for start in edges:
        trail: list[Place] = [start]
        pending = [iter(edges[start])]
        while pending:
            following = next(pending[-1], None)
            if following is None:
                pending.pop()
                done.add(trail.pop())
                continue
            place, path = following
            if place in trail:
                circle = [*trail[trail.index(place) :], place]
                names = " -> ".join(_short(one, circle) for one in circle)
                yield config.error(path, f"these feeds wait for each other: {names}")
            elif place not in done and place in edges:
                trail.append(place)
                pending.append(iter(edges[place]))


def _short(place: Place, circle: list[Place]) -> str:
    one_source = len({source for source, _ in circle}) == 1
    return place[1] if one_source else ".".join(place)


def check_aggregates(config: Checked) -> Iterator[Problem]:
    """Aggregates of feeds that are not there, or that cannot fill the key."""
    for name, aggregate in config.root.aggregates.items():
        for index, wanted in enumerate(aggregate.sources):
            path: Path = ("aggregates", name, "sources", index)
            source, dot, feed = wanted.partition(".")
            if not dot:
                hint = _meant(config, "", wanted) or "write source.feed"
                yield config.error(path, f"'{wanted}' names no source", hint)
            elif wanted in config.known.streams or config.find(source, feed):
                continue
            elif source in config.root.data_sources:
                hint = _meant(config, source, wanted)
                yield config.error(path, f"there is no feed '{wanted}'", hint)
            elif wanted not in aggregate.reads or aggregate.reads[wanted].key is None:
                hint = near(source, config.root.data_sources) or "a plugin may bring it"
                said = f"the config has no source '{source}'"
                yield config.warning(path, said, hint)
        if len(set(aggregate.sources)) < len(aggregate.sources):
            at = ("aggregates", name, "sources")
            yield config.error(at, "a feed is named twice")
        if aggregate.method != "failover":
            yield from _values_of_keys(config, name, aggregate)


def _values_of_keys(config: Checked, name: str, aggregate: Aggregate) -> Iterator[Problem]:
    """What stands in braces in the key of an aggregate is what its sources have in theirs."""
    mine = set(placeholders(aggregate.redis_key))
    brought: set[str] = set()
    for index, wanted in enumerate(aggregate.sources):
        found = config.effective.find(wanted)
        if found is None:
            brought |= mine  # a plugin's, or a mistake of its own
            continue
        its = set(placeholders(output_key(found) or found.endpoint.redis_key))
        brought |= its
        if further := sorted(its - mine):
            said = f"'{wanted}' has a value for each {{{further[0]}}}, which 'redis_key' lacks"
            hint = f"put {{{further[0]}}} into the aggregate's key, or leave the feed out"
            yield config.error(("aggregates", name, "sources", index), said, hint)
    for lacking in sorted(mine - brought):
        said = f"{{{lacking}}} has no value: no source has it in its key"
        yield config.error(("aggregates", name, "redis_key"), said)
