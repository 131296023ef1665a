"""Keys of plugins that an aggregate falls back on: whether anybody would write them."""

from __future__ import annotations

from collections.abc import Iterator

from quanticity.config.lint.keys import foreign_key
from quanticity.config.loaded import Loaded
from quanticity.errors import Problem, Severity
from quanticity.model import placeholders
from quanticity.runtime.known_keys import KnownKeys
from quanticity.runtime.loader import Plugins
from quanticity.spec import near


def never_filled(loaded: Loaded, plugins: Plugins, known: KnownKeys) -> Iterator[Problem]:
    """Sources of failovers that are no feeds, where no component has such a key, on or off."""
    patterns = {key.name for one in plugins.components.values() for key in one.writes.values()}
    there = {_plain(pattern) for pattern in patterns}
    for name, aggregate in loaded.root.aggregates.items():
        if aggregate.method != "failover":
            continue
        for index, source in enumerate(aggregate.sources):
            vendor = source.partition(".")[0]
            if loaded.effective.find(source) is not None or vendor in loaded.root.data_sources:
                continue
            key = foreign_key(aggregate, source)
            if _plain(key) in there or any(known.filling(key)):
                continue
            reading = aggregate.reads.get(source)
            at: tuple[str | int, ...] = ("aggregates", name, "sources", index)
            if reading is not None and reading.key is not None:
                at = ("aggregates", name, "reads", source, "key")
            said = f"nothing writes {key}: '{source}' can never stand by"
            hint = near(key, patterns) or "name the key that a component writes under reads"
            yield Problem(*loaded.locate(at), said, hint, Severity.WARNING)


def _plain(pattern: str) -> str:
    """A pattern whatever its placeholders are called."""
    for name in placeholders(pattern):
        pattern = pattern.replace(f"{{{name}}}", "{}")
    return pattern
