"""One Python file, run under a name of its own, and the functions that it offers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from quanticity.component import TRANSFORM_MARK
from quanticity.config import python_file
from quanticity.config.imports import Rules, slips
from quanticity.config.overdue import Overdue, Patience
from quanticity.config.script import parse
from quanticity.errors import ConfigError, Problem, Severity
from quanticity.spec import Spec

PLAIN_NAME = "transform"
LONGEST_SECONDS = 5.0
_PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class LoadedModule:
    """A file that loaded. `options` is its class `Options`, the spec of `transform_config`."""

    path: Path
    shown: str
    source: bytes
    module: ModuleType
    functions: Mapping[str, Callable[..., Any]]
    options: type[Spec] | None
    warnings: tuple[Problem, ...]


def load_module(
    path: Path,
    source: bytes,
    shown: str,
    *,
    longest: float = LONGEST_SECONDS,
    patience: Patience = _PATIENCE,
) -> LoadedModule:
    """Run a file beside whatever it gave before. Raises ConfigError with its problems.

    One that has not ended after `longest` seconds is stopped, and is a problem too.
    """
    script = parse(source, path, shown)
    problems = list(slips(script, Rules(shown)))
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise ConfigError(errors)
    try:
        module: ModuleType = patience.call(
            longest, partial(python_file.run, script, shown, kind=path.parent.name)
        )
    except Overdue as error:
        said = f"did not end to load within {longest:g} s, and was stopped"
        line = python_file.line_in(error, path)
        raise ConfigError([Problem(shown, line, 1, said)]) from None
    try:
        functions = _functions(module, path, shown)
    except ConfigError:
        python_file.forget(module)
        raise
    options = module.__dict__.get("Options")
    return LoadedModule(
        path,
        shown,
        source,
        module,
        functions,
        options if isinstance(options, type) and issubclass(options, Spec) else None,
        tuple(problems),
    )


def forget(module: LoadedModule) -> None:
    """Let go of a file's module; functions already handed out go on working."""
    python_file.forget(module.module)


def _functions(module: ModuleType, path: Path, shown: str) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    problems: list[Problem] = []
    for name, value in list(module.__dict__.items()):
        if not inspect.isfunction(value) or value.__module__ != module.__name__:
            continue
        marked = getattr(value, TRANSFORM_MARK, False)
        if not marked and name != PLAIN_NAME:
            continue
        title = path.stem if name == PLAIN_NAME else value.__name__
        line = value.__code__.co_firstlineno
        if inspect.iscoroutinefunction(value):
            said = f"'{title}' is async"
            problems.append(Problem(shown, line, 1, said, "a transform is a plain function"))
        elif (slip := _signature_slip(value)) is not None:
            problems.append(Problem(shown, line, 1, f"'{title}' {slip}"))
        else:
            found[title] = value
    if not found and not problems:
        hint = "mark one with @transform, or name it 'transform'"
        problems.append(Problem(shown, 1, 1, "the file offers no function", hint))
    if problems:
        raise ConfigError(problems)
    return found


def _signature_slip(function: Callable[..., Any]) -> str | None:
    try:
        inspect.signature(function).bind(None, {}, None)
    except TypeError:
        return "should take three arguments: payload, config, state"
    return None
