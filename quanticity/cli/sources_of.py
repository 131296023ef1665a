"""Where the sources of an aggregate stand: its values name them, not their keys."""

from __future__ import annotations

from quanticity.config.loaded import Loaded
from quanticity.feeds.aggregate import key_pattern
from quanticity.feeds.aggregates import inputs_of
from quanticity.model import bind, placeholders


class SourceKeys:
    """Finds keys by the names that aggregates give their inputs. Without a config it finds none."""

    def __init__(self, loaded: Loaded | None) -> None:
        self._made = []
        if loaded is not None:
            for spec in loaded.root.aggregates.values():
                keys = {each.name: each.key for each in inputs_of(spec, loaded.effective)}
                self._made.append((key_pattern(spec.redis_key), keys))

    def __call__(self, key: str, name: str) -> str:
        """The key of the input `name` of the value at `key`; `name` where it is one already."""
        for pattern, keys in self._made:
            found = pattern.fullmatch(key)
            if found and name in keys and set(placeholders(keys[name])) <= set(found.groupdict()):
                return bind(keys[name], found.groupdict())
        return name
