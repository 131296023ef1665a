"""One file or package of plugins: loaded apart from all others, its components and hooks."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from quanticity.component import Component
from quanticity.config import python_file
from quanticity.errors import ConfigError, Problem, Severity
from quanticity.runtime.declared import kind_of, wrong
from quanticity.runtime.hooks import Hookwork, slips

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A file that loaded. `source` are its bytes, of a package all of its files'."""

    path: Path
    shown: str
    source: bytes
    module: ModuleType
    components: tuple[type[Component], ...]
    warnings: tuple[Problem, ...] = ()


def load_plugin(path: Path, source: bytes, shown: str) -> LoadedPlugin:
    """Run it beside whatever it gave before. Raises ConfigError with all that is wrong."""
    warnings: tuple[Problem, ...] = ()
    if path.is_dir():
        module = _package(path, shown)
    else:
        tree = python_file.parse(source, path, shown)
        problems = list(python_file.imports(tree, shown, pure=False))
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        if errors:
            raise ConfigError(errors)
        module = python_file.run(tree, path, shown, kind="plugin")
        warnings = tuple(problems)
    try:
        components = of_module(module, shown)
    except ConfigError:
        python_file.forget(module)
        raise
    return LoadedPlugin(path, shown, source, module, components, warnings)


def of_module(module: ModuleType, shown: str) -> tuple[type[Component], ...]:
    """The components that a module offers. Raises ConfigError with all that is wrong."""
    problems = list(slips(module, shown))
    found = dict.fromkeys(_defined(module))
    if not problems:
        found |= dict.fromkeys(_registered(module, shown, problems))
    for component in found:
        problems += wrong(component, shown)
    if problems:
        raise ConfigError(problems)
    return tuple(found)


def _defined(module: ModuleType) -> Iterator[type[Component]]:
    inside = module.__name__ + "."
    for name, value in vars(module).items():
        if not inspect.isclass(value) or not issubclass(value, Component) or name.startswith("_"):
            continue
        own = value.__module__ == module.__name__ or value.__module__.startswith(inside)
        # A class without a name that others are made from is a base, not a component.
        is_base = not value.name and any(
            value in other.__mro__[1:] for other in vars(module).values() if inspect.isclass(other)
        )
        if own and kind_of(value) and not is_base:
            yield value


def _registered(
    module: ModuleType, shown: str, problems: list[Problem]
) -> Iterator[type[Component]]:
    hooks = Hookwork()
    hooks.add(module, shown)
    for _, result, problem in hooks.call("register_components"):
        if problem is not None:
            problems.append(problem)
            continue
        for one in result or ():
            if inspect.isclass(one) and issubclass(one, Component) and kind_of(one):
                yield one
            else:
                said = f"register_components gave {one!r}, which is no component class"
                problems.append(Problem(shown, 1, 1, said))


def _package(path: Path, shown: str) -> ModuleType:
    """Import a folder with an `__init__.py` under a fresh name, its own modules below it."""
    name = f"quanticity_plugin_{path.name}_{next(_numbers)}"
    file = path / "__init__.py"
    spec = importlib.util.spec_from_file_location(
        name, file, submodule_search_locations=[str(path)]
    )
    if spec is None or spec.loader is None:
        raise ConfigError([Problem(shown, 1, 1, "cannot be imported")])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        for known in [one for one in sys.modules if one == name or one.startswith(name + ".")]:
            del sys.modules[known]
        line = python_file.line_in(error, file)
        said = f"{type(error).__name__} while loading: {error}"
        raise ConfigError([Problem(f"{shown}/__init__.py", line, 1, said)]) from error
    return module
