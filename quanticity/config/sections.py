"""The schema port: top-level sections of the config that belong to plugins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from quanticity.config.schema import Root
from quanticity.spec import Spec


class SectionRegistry:
    """Which top-level sections there are beside the core's own, and what may stand in them."""

    def __init__(self) -> None:
        self._specs: dict[str, type[Spec]] = {}

    def register(self, name: str, spec: type[Spec]) -> None:
        """Let `name` be a section, checked with `spec`. Raises ValueError for a name in use."""
        if name in Root.model_fields:
            raise ValueError(f"'{name}' is a section of the core")
        if self._specs.get(name, spec) is not spec:
            raise ValueError(f"the section '{name}' is registered already")
        self._specs[name] = spec

    def unregister(self, name: str) -> None:
        """Forget a section, as when its plugin is unloaded."""
        self._specs.pop(name, None)

    def get(self, name: str) -> type[Spec] | None:
        """The spec of a registered section."""
        return self._specs.get(name)

    def names(self) -> frozenset[str]:
        """Every name that may stand at the top of a config."""
        return frozenset(Root.model_fields) | frozenset(self._specs)

    def __iter__(self) -> Iterator[tuple[str, type[Spec]]]:
        return iter(sorted(self._specs.items()))

    def specs(self) -> Mapping[str, type[Spec]]:
        """The registered sections by name."""
        return dict(self._specs)
