"""Calling hooks, each implementation by itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pluggy

from quanticity.component.hooks import PROJECT, hookimpl
from quanticity.errors import Problem
from quanticity.logs import logger, redact
from quanticity.runtime.hookspecs import NAMES, Hooks
from quanticity.spec import near


class Hookwork:
    """pluggy's manager of all plugins, with calls that isolate each of them."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)

    def add(self, module: ModuleType, shown: str) -> None:
        """Register a module's hooks; `shown` names it in every error."""
        for name, value in vars(module).items():
            if name in NAMES and inspect.isfunction(value) and not _is_marked(value):
                hookimpl(value)
        self._manager.register(module, name=shown)

    def remove(self, module: ModuleType) -> None:
        """It is gone, or replaced."""
        if self._manager.is_registered(module):
            self._manager.unregister(module)

    def call(self, hook: str, **given: Any) -> Iterator[tuple[str, Any, Problem | None]]:
        """(plugin, result, problem) of each implementation, last registered first."""
        for implementation in reversed(getattr(self._manager.hook, hook).get_hookimpls()):
            wanted = {name: given[name] for name in implementation.argnames}
            shown = implementation.plugin_name
            try:
                yield shown, implementation.function(**wanted), None
            except Exception as error:  # noqa: BLE001
                # A stranger's code; the others are called all the same.
                line = _line(error, implementation.function)
                said = redact(f"its hook {hook} raised {type(error).__name__}: {error}")
                logger.debug("{}: {}", shown, said)
                yield shown, None, Problem(shown, line, 1, said)


def slips(module: ModuleType, shown: str) -> Iterator[Problem]:
    """Hooks that are misspelt, asynchronous, or ask for what is not given."""
    for name, value in vars(module).items():
        if not inspect.isfunction(value) or value.__module__ != module.__name__:
            continue
        line = value.__code__.co_firstlineno
        if name not in NAMES:
            if _is_marked(value):
                hint = near(name, NAMES) or f"hooks are {', '.join(sorted(NAMES))}"
                yield Problem(shown, line, 1, f"'{name}' is no hook", hint)
            elif not name.startswith("_") and (hint := near(name, NAMES)):
                said = f"'{name}' is nearly the name of a hook, and none"
                yield Problem(shown, line, 1, said, f"{hint} else begin its name with '_'")
        elif inspect.iscoroutinefunction(value):
            yield Problem(shown, line, 1, f"the hook {name} is async", "hooks are plain `def`")
        else:
            allowed = set(inspect.signature(getattr(Hooks, name)).parameters) - {"self"}
            for extra in sorted(set(inspect.signature(value).parameters) - allowed):
                hint = f"it is given {', '.join(sorted(allowed)) or 'nothing'}"
                yield Problem(shown, line, 1, f"the hook {name} asks for '{extra}'", hint)


def _is_marked(function: Any) -> bool:
    return hasattr(function, f"{PROJECT}_impl")


def _line(error: BaseException, function: Any) -> int:
    file = function.__code__.co_filename
    trace, line = error.__traceback__, function.__code__.co_firstlineno
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return int(line)
