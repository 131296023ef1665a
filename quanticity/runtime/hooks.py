"""Calling hooks, each implementation by itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

import pluggy

from quanticity.component.hooks import PROJECT, hookimpl
from quanticity.config.interrupts import is_its_own
from quanticity.errors import Problem, of_error
from quanticity.logs import logger, redact
from quanticity.runtime.hookspecs import NAMES, Hooks
from quanticity.runtime.misspelt import meant
from quanticity.spec import near


class Hookwork:
    """pluggy's manager of all plugins, with calls that isolate each of them."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)
        self._shown: dict[str, str] = {}

    def add(self, module: ModuleType, shown: str) -> None:
        """Register a module's hooks; `shown` names it in every error."""
        for name, value in vars(module).items():
            if name in NAMES and _is_own(value, module) and not _is_marked(value):
                hookimpl(value)
        # By the module's name: two folders may show the same path.
        self._manager.register(module, name=module.__name__)
        self._shown[module.__name__] = shown

    def remove(self, module: ModuleType) -> None:
        """It is gone, or replaced."""
        if self._manager.is_registered(module):
            self._manager.unregister(module)
            self._shown.pop(module.__name__, None)

    def call(self, hook: str, **given: Any) -> Iterator[tuple[str, Any, Problem | None]]:
        """(plugin, result, problem) of each implementation, last registered first."""
        for implementation in reversed(getattr(self._manager.hook, hook).get_hookimpls()):
            wanted = {name: given[name] for name in implementation.argnames}
            shown = self._shown[implementation.plugin_name]
            try:
                result = implementation.function(**wanted)
                if isinstance(result, Iterator):
                    # A generator runs only now, and may raise only now.
                    result = tuple(result)
            except BaseException as error:
                # A stranger's code; the others are called all the same.
                if not is_its_own(error):
                    raise
                line = _line(error, implementation.function)
                said = redact(f"its hook {hook} raised {type(error).__name__}: {of_error(error)}")
                logger.debug("{}: {}", shown, said)
                yield shown, None, Problem(shown, line, 1, said)
            else:
                yield shown, result, None


def offers(module: ModuleType) -> bool:
    """Whether a module implements any hook."""
    return any(name in NAMES and _is_own(value, module) for name, value in vars(module).items())


def lint(hooks: Hookwork, config: Mapping[str, Any]) -> Iterator[Problem]:
    """What plugins have against a config as it is written, and what is wrong with their rules."""
    for shown, found, problem in hooks.call("lint_config", config=config):
        if problem is not None:
            yield problem
            continue
        if isinstance(found, str) or not isinstance(found, Iterable | None):
            yield Problem(shown, 1, 1, f"lint_config gave {found!r}", "return a list of Problems")
            continue
        for one in found or ():
            if isinstance(one, Problem):
                yield one
            else:
                yield Problem(shown, 1, 1, f"lint_config gave {one!r}, which is no Problem")


def slips(module: ModuleType, shown: str) -> Iterator[Problem]:
    """Hooks that are misspelt, asynchronous, or ask for what is not given."""
    for name, value in vars(module).items():
        if not _is_own(value, module):
            continue
        line = value.__code__.co_firstlineno
        if name in NAMES:
            slip = _slip_of(name, value)
            if slip is not None:
                yield Problem(shown, line, 1, *slip)
        elif _is_marked(value):
            hint = near(name, NAMES) or f"hooks are {', '.join(sorted(NAMES))}"
            yield Problem(shown, line, 1, f"'{name}' is no hook", hint)
        elif not name.startswith("_") and (target := meant(name, NAMES)) is not None:
            said = f"'{name}' is nearly the name of a hook, and none"
            hint = f"did you mean '{target}'? else begin its name with '_'"
            yield Problem(shown, line, 1, said, hint)


def _slip_of(name: str, function: Any) -> tuple[str, str] | None:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return f"the hook {name} is async", "hooks are plain `def`"
    marks = getattr(function, f"{PROJECT}_impl", None) or {}
    if marks.get("hookwrapper") or marks.get("wrapper"):
        return f"the hook {name} wraps others", "each hook stands alone: @hookimpl without wrapper"
    spec = inspect.signature(getattr(Hooks, name))
    if inspect.isgeneratorfunction(function) and "Iterable" not in str(spec.return_annotation):
        return f"the hook {name} yields", "it returns nothing"
    allowed = set(spec.parameters) - {"self"}
    given = inspect.signature(function).parameters
    strange = next((one for one in given.values() if one.name not in allowed), None)
    if strange is None:
        return None
    hint = f"it is given {', '.join(sorted(allowed)) or 'nothing'}"
    return f"the hook {name} asks for '{strange.name}'", hint


def _is_own(value: Any, module: ModuleType) -> bool:
    """A function that the module defines; what it imports is no hook of its own."""
    return inspect.isfunction(value) and value.__module__ == module.__name__


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
