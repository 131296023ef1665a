"""Hooks of plugins while a worker runs: told of its start, its failures and its end."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from quanticity.clock import Calendar
from quanticity.errors import Problem
from quanticity.runtime.hooks import Hookwork, lint
from quanticity.runtime.hookspecs import NAMES
from quanticity.runtime.recipe import Built
from tests.runtime.crew import Names
from tests.runtime.test_worker import floor

_numbers = itertools.count()


def module(**functions: Any) -> ModuleType:
    made = ModuleType(f"made_{next(_numbers)}")
    for name, function in functions.items():
        function.__module__, function.__name__ = made.__name__, name
        setattr(made, name, function)
    return made


@dataclass(frozen=True, slots=True)
class Hooked(Names):
    """The same bindings, with plugins that listen."""

    hooks: Hookwork | None = None

    def build(self, calendar: Calendar) -> Built:
        return replace(Names.build(self, calendar), hooks=self.hooks)


def test_a_plugin_is_told_of_start_failure_and_end_and_one_that_raises_stops_nothing() -> None:
    told: list[tuple[str, Any]] = []

    def startup(context: Any) -> None:
        told.append(("startup", context["bindings"]))

    def component_failed(failure: Any) -> None:
        told.append(("failed", failure))

    def shutdown(context: Any) -> None:
        told.append(("shutdown", context["bindings"]))

    def breaks(context: Any) -> None:
        raise OSError("no")

    hooks = Hookwork()
    listening = {"startup": startup, "component_failed": component_failed, "shutdown": shutdown}
    hooks.add(module(**listening), "good.py")
    hooks.add(module(startup=breaks), "bad.py")

    async def test() -> None:
        async with floor(Hooked(("raises", "double"), hooks=hooks)) as one:
            one.put("raw:price:SPY", {"p": 1})
            await one.runs(2)

    asyncio.run(test())
    assert [what for what, _ in told] == ["startup", "failed", "shutdown"]
    assert set(told[0][1]) == {"raises:SPY", "double:SPY"}
    assert told[1][1]["component"] == "raises:SPY"
    assert "RuntimeError: no good" in told[1][1]["error"]
    assert "crew.py:" in told[1][1]["where"]


def test_a_plugins_own_rules_are_part_of_the_check() -> None:
    def rule(config: Any) -> list[Any]:
        return [] if "components" in config else [Problem("x.yaml", 3, 1, "no components")]

    hooks = Hookwork()
    hooks.add(module(lint_config=rule), "rules.py")
    assert list(lint(hooks, {"components": {}})) == []
    assert [str(one) for one in lint(hooks, {})] == ["x.yaml:3:1: no components"]


def test_a_rule_that_gives_nonsense_is_named() -> None:
    def rule(config: Any) -> list[Any]:
        return ["nonsense"]

    hooks = Hookwork()
    hooks.add(module(lint_config=rule), "rules.py")
    (problem,) = lint(hooks, {})
    assert "rules.py" in str(problem)
    assert "'nonsense'" in str(problem)


def test_a_veto_of_one_plugin_stands_whatever_another_does() -> None:
    def veto_order(intent: Any, portfolio: Any) -> Any:
        return f"{intent}: too much" if portfolio else None

    def raising(intent: Any) -> Any:
        raise ValueError("no figures")

    told: list[Any] = []

    def order_updated(order: Any) -> None:
        told.append(order)

    hooks = Hookwork()
    hooks.add(module(veto_order=veto_order, order_updated=order_updated), "plugins/a.py")
    hooks.add(module(veto_order=raising), "plugins/b.py")
    (first, nothing, problem), (second, reason, none) = hooks.call(
        "veto_order", intent="SPY", portfolio={"SPY": 5}
    )
    assert (first, nothing) == ("plugins/b.py", None)
    assert "its hook veto_order raised ValueError: no figures" in str(problem)
    assert (second, reason, none) == ("plugins/a.py", "SPY: too much", None)
    list(hooks.call("order_updated", order="filled"))
    assert told == ["filled"]


def test_every_hook_is_called_by_a_test_and_stands_in_the_reference() -> None:
    root = Path(__file__).parents[2]
    tests = "".join(path.read_text() for path in (root / "tests" / "runtime").glob("*.py"))
    page = (root / "docs" / "reference" / "plugins.md").read_text()
    for name in NAMES:
        assert f"def {name}(" in tests, f"no test has a hook {name}"
        assert f"`{name}(" in page, f"{name} is not documented"
