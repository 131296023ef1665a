"""The hooks that a plugin may implement. They register and observe; data never flows through one.

Each implementation is called by itself: one that raises is told by name and stops no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pluggy

from quanticity.component import Component
from quanticity.component.hooks import PROJECT
from quanticity.errors import Problem

hookspec = pluggy.HookspecMarker(PROJECT)


class Hooks:
    """All of them."""

    @hookspec
    def register_components(self) -> Iterable[type[Component]]:
        """Component classes that the module does not define itself, or makes."""
        raise NotImplementedError

    @hookspec
    def lint_config(self, config: Mapping[str, Any]) -> Iterable[Problem]:
        """Problems of the whole config, as written: rules of one's own."""
        raise NotImplementedError

    @hookspec
    def startup(self, context: Mapping[str, Any]) -> None:
        """The process that computes has started; `context` has the ids of its `bindings`."""
        raise NotImplementedError

    @hookspec
    def shutdown(self, context: Mapping[str, Any]) -> None:
        """It ends; `context` is as at the start."""
        raise NotImplementedError

    @hookspec
    def veto_order(self, intent: Any, portfolio: Any) -> Any:
        """A reason not to send it, or None. May veto, never approve; raising is a veto."""
        raise NotImplementedError

    @hookspec
    def order_updated(self, order: Any) -> None:
        """An order changed."""
        raise NotImplementedError

    @hookspec
    def component_failed(self, failure: Mapping[str, Any]) -> None:
        """A component failed: its `component`, `error` and `where`."""
        raise NotImplementedError


NAMES = frozenset(name for name in vars(Hooks) if not name.startswith("_"))
