"""Top-level sections that are not the core's: kept as they stand until the plugins are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.config.schema import Root
from quanticity.spec import nearest

# So like a section of the core that no plugin may have it: a slip there would take feeds away
# before anybody has looked at the plugins.
_SURELY = 0.85


def split(tree: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The core's sections, and the others. What is left empty there is not given."""
    core = {name: value for name, value in tree.items() if name in Root.model_fields}
    others = {name: _given(value) for name, value in tree.items() if name not in core}
    return core, others


def core_meant(name: str) -> str | None:
    """The core's section that `name` is, or surely means; None where a plugin may have it."""
    return nearest(name.lower(), Root.model_fields, _SURELY)


def _given(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: inside for name, inside in value.items() if inside is not None}
    return {} if value is None else value
