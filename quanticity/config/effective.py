"""The config as the rest of the system uses it: every short form of the notes resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import xxhash

from quanticity.config.notes_limits import limits_of, target_of
from quanticity.config.schema import Endpoint, RateLimits, Root, Source
from quanticity.config.secrets import Secrets
from quanticity.model import Priority

# What a person reads about a source or endpoint; a change of it restarts nothing.
_WORDS = {"description", "units", "terms"}
# Which values an endpoint is asked for makes feeds come and go; those that stay do not change.
_VALUES = {"symbols"}
_SOURCE_OWN = _WORDS | {"endpoints", "rate_limits", "cost_budget", "enabled"}


@dataclass(frozen=True, slots=True)
class EffectiveEndpoint:
    """An endpoint with its group and symbols resolved.

    `endpoint.symbols` is always a tuple. `off` says why it does not run, None where it does.
    `fingerprint` changes with anything that its feeds depend on; limits, words and the list of
    symbols excepted.
    """

    source: str
    name: str
    endpoint: Endpoint
    group: Priority
    off: str | None
    fingerprint: str
    written: Endpoint = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        """`source.endpoint`."""
        return f"{self.source}.{self.name}"

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols it is asked for; empty where it has none."""
        return tuple(self.endpoint.symbols)


@dataclass(frozen=True, slots=True)
class EffectiveSource:
    """A source with the limits that really apply, and why it is off, where it is."""

    name: str
    source: Source
    limits: RateLimits
    off: str | None
    endpoints: Mapping[str, EffectiveEndpoint]

    @property
    def budget(self) -> str:
        """Name of the budget that its requests take slots of."""
        return self.limits.budget or self.name


@dataclass(frozen=True, slots=True)
class Effective:
    """All sources by name, those that are off included."""

    sources: Mapping[str, EffectiveSource]

    def endpoints(self) -> Iterator[EffectiveEndpoint]:
        """Every endpoint, whether it runs or not."""
        for source in self.sources.values():
            yield from source.endpoints.values()

    def running(self) -> Iterator[EffectiveEndpoint]:
        """The endpoints that run."""
        return (endpoint for endpoint in self.endpoints() if endpoint.off is None)

    def budgets(self) -> Mapping[str, RateLimits]:
        """Limits by budget; of several sources on one budget, the first that gives any."""
        found: dict[str, RateLimits] = {}
        for source in self.sources.values():
            if source.budget not in found or not found[source.budget].all_windows():
                found[source.budget] = source.limits
        return found

    def find(self, name: str) -> EffectiveEndpoint | None:
        """An endpoint by `source.endpoint`, or by its own name where only one has it."""
        source, _, endpoint = name.partition(".")
        if endpoint:
            known = self.sources.get(source)
            return known.endpoints.get(endpoint) if known else None
        named = [found for found in self.endpoints() if found.name == name]
        return named[0] if len(named) == 1 else None


def resolve(
    root: Root,
    secrets: Secrets,
    unset: Mapping[tuple[str, str], str] | None = None,
    previous: Effective | None = None,
) -> Effective:
    """Resolve `root`. What did not change is the very object that `previous` holds.

    `unset` names a variable without value by (source, endpoint) whose text needs it, with an
    empty endpoint for the source as a whole.
    """
    target = target_of(root)
    before = previous.sources if previous is not None else {}
    sources: dict[str, EffectiveSource] = {}
    for name, source in root.data_sources.items():
        limits = source.rate_limits
        if name == target and root.rate_limit_config is not None:
            limits = limits_of(root.rate_limit_config, limits)
        off = _source_off(name, source, secrets, unset or {})
        sources[name] = EffectiveSource(
            name,
            source,
            limits,
            off,
            _endpoints(root, name, off, unset or {}, before.get(name)),
        )
    return Effective(sources)


def _source_off(
    name: str, source: Source, secrets: Secrets, unset: Mapping[tuple[str, str], str]
) -> str | None:
    if not source.enabled:
        return "disabled in the config"
    missing = [*secrets.missing(source.auth.variables)]
    if (name, "") in unset:
        missing.append(unset[name, ""])
    if missing:
        emptied = next((variable for variable in missing if secrets.is_emptied(variable)), None)
        if emptied is not None:
            return f"{emptied} is empty in the environment, which comes before .env"
        meant = secrets.meant(missing[0])
        hint = f"; did you mean {meant}, which is?" if meant else ""
        names = list(dict.fromkeys(missing))
        return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} not set{hint}"
    for variable in source.auth.variables:
        # White space around it is an accident; inside, no header could carry it.
        if not (secrets.get(variable) or "").strip().isprintable():
            return f"{variable} holds a line break or another character that cannot be sent"
    return None


def _endpoints(
    root: Root,
    name: str,
    source_off: str | None,
    unset: Mapping[tuple[str, str], str],
    before: EffectiveSource | None,
) -> Mapping[str, EffectiveEndpoint]:
    source = root.data_sources[name]
    own = xxhash.xxh3_64_hexdigest(source.model_dump_json(exclude=_SOURCE_OWN).encode())
    same = before is not None and before.source.model_dump_json(
        exclude=_SOURCE_OWN
    ) == source.model_dump_json(exclude=_SOURCE_OWN)
    found: dict[str, EffectiveEndpoint] = {}
    for title, written in source.endpoints.items():
        group = root.group_of(name, title)
        off = source_off
        if off is None and not written.enabled:
            off = "disabled in the config"
        if off is None and (name, title) in unset:
            off = f"{unset[name, title]} is not set"
        if off is None and _is_of_nobody(written, root.symbol_groups):
            off = f"the symbol group '{written.symbols}' is empty"
        endpoint = _with_symbols(written, root.symbol_groups)
        old = before.endpoints.get(title) if same and before is not None else None
        if (
            old is not None
            and old.written is written
            and old.group is group
            and old.off == off
            and old.endpoint.symbols == endpoint.symbols
        ):
            found[title] = old
            continue
        content = own + group + endpoint.model_dump_json(exclude=_WORDS | _VALUES)
        fingerprint = xxhash.xxh3_64_hexdigest(content.encode())
        found[title] = EffectiveEndpoint(name, title, endpoint, group, off, fingerprint, written)
    return found


def _is_of_nobody(endpoint: Endpoint, groups: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether it is for the symbols of a group that has none: without any it cannot be asked."""
    return isinstance(endpoint.symbols, str) and groups.get(endpoint.symbols) == ()


def _with_symbols(endpoint: Endpoint, groups: Mapping[str, tuple[str, ...]]) -> Endpoint:
    if isinstance(endpoint.symbols, tuple):
        return endpoint
    return endpoint.model_copy(update={"symbols": groups.get(endpoint.symbols, ())})
