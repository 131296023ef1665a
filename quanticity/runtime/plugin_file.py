"""One file or package of plugins: loaded apart from all others, its components and hooks."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from quanticity.component import Component
from quanticity.config import imports, python_file
from quanticity.config.imports import Rules
from quanticity.config.interrupts import is_its_own
from quanticity.config.script import Script, parse
from quanticity.config.untouched import Untouched, replaced
from quanticity.errors import ConfigError, Problem
from quanticity.plain_file import read_plain
from quanticity.runtime.declared import is_pure, kind_of, wrong
from quanticity.runtime.hooks import Hookwork, offers, slips
from quanticity.runtime.plugin_paths import files_of
from quanticity.runtime.said import Said

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
    scripts = dict(_scripts(path, source, shown))
    _refuse_imports(scripts)
    module = _package(path, shown) if path.is_dir() else _file(shown, scripts)
    try:
        components = of_module(module, shown)
    except ConfigError:
        python_file.forget(module)
        raise
    return LoadedPlugin(path, shown, source, module, components, _warnings(components, scripts))


def of_module(module: ModuleType, shown: str) -> tuple[type[Component], ...]:
    """The components that a module offers. Raises ConfigError with all that is wrong."""
    problems = list(slips(module, shown))
    found = dict.fromkeys(_defined(module, shown, problems))
    if not problems:
        found |= dict.fromkeys(_registered(module, shown, problems))
    for component in found:
        problems += wrong(component, shown)
    problems += _of_one_name(found, shown)
    if not found and not problems and not offers(module):
        said = "the file offers no component and no hook"
        hint = "derive a class from Analytic, Strategy, Source or Distributor"
        problems.append(Problem(shown, 1, 1, said, hint))
    if problems:
        raise ConfigError(problems)
    return tuple(found)


def _scripts(path: Path, source: bytes, shown: str) -> Iterator[tuple[str, Script]]:
    """Each of its files, by how it is shown."""
    if not path.is_dir():
        yield shown, parse(source, path, shown)
        return
    for file in files_of(path, ".py"):
        name = f"{shown}/{file.relative_to(path).as_posix()}"
        try:
            content = read_plain(file)
        except OSError as error:
            raise ConfigError([unreadable(error, path, shown)]) from error
        yield name, parse(content, file, name)


def unreadable(error: OSError, path: Path, shown: str) -> Problem:
    """Why a plugin cannot be read, with the file of a package that is in the way."""
    file = Path(error.filename or path)
    inside = file.is_relative_to(path) and file != path
    place = f"{shown}/{file.relative_to(path).as_posix()}" if inside else shown
    return Problem(place, 0, 0, f"cannot be read: {error.strerror or type(error).__name__}")


def _refuse_imports(scripts: Mapping[str, Script]) -> None:
    alone = len(scripts) == 1
    problems = [
        problem
        for name, script in scripts.items()
        for problem in imports.slips(script, Rules(name, pure=False, alone=alone))
    ]
    if problems:
        raise ConfigError(problems)


def _warnings(
    components: Iterable[type[Component]], scripts: Mapping[str, Script]
) -> tuple[Problem, ...]:
    """What pure components should not import, where all of a plugin's are pure."""
    listed = list(components)
    if not listed or not all(map(is_pure, listed)):
        return ()
    alone = len(scripts) == 1
    return tuple(
        problem
        for name, script in scripts.items()
        for problem in imports.slips(script, Rules(name, alone=alone))
    )


def _defined(module: ModuleType, shown: str, problems: list[Problem]) -> Iterator[type[Component]]:
    inside = module.__name__ + "."
    for name, value in vars(module).items():
        if not inspect.isclass(value) or not issubclass(value, Component) or name.startswith("_"):
            continue
        own = value.__module__ == module.__name__ or value.__module__.startswith(inside)
        # A class without a name that others are made from is a base, not a component.
        is_base = not value.name and any(
            value in other.__mro__[1:] for other in vars(module).values() if inspect.isclass(other)
        )
        if not own or is_base:
            continue
        if kind_of(value):
            yield value
        else:
            hint = "derive it from Analytic, Strategy, Source or Distributor"
            problems.append(Said(value, shown).problem(" is of no kind", hint))


def _registered(
    module: ModuleType, shown: str, problems: list[Problem]
) -> Iterator[type[Component]]:
    hooks = Hookwork()
    hooks.add(module, shown)
    for _, result, problem in hooks.call("register_components"):
        if problem is not None:
            problems.append(problem)
            continue
        line = module.register_components.__code__.co_firstlineno
        if result is None or isinstance(result, str) or not isinstance(result, Iterable):
            said = f"register_components gave {result!r}"
            problems.append(Problem(shown, line, 1, said, "return a list of component classes"))
            continue
        for one in result:
            if inspect.isclass(one) and issubclass(one, Component) and kind_of(one):
                yield one
            else:
                named = (
                    f"an instance of {type(one).__name__}"
                    if isinstance(one, Component)
                    else repr(one)
                )
                said = f"register_components gave {named}, which is no component class"
                problems.append(Problem(shown, line, 1, said))


def _of_one_name(found: Iterable[type[Component]], shown: str) -> Iterator[Problem]:
    seen: dict[str, type[Component]] = {}
    for component in found:
        other = seen.setdefault(component.name, component)
        if other is not component and component.name:
            message = f" has the name '{component.name}', and so has {other.__name__}"
            hint = "names of components are unique"
            yield Said(component, shown).problem(message, hint, word="name")


def _file(shown: str, scripts: Mapping[str, Script]) -> ModuleType:
    return python_file.run(scripts[shown], shown, kind="plugin")


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
    # Compiled files are known by second and size: a quick edit of one digit would go unseen.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    untouched = Untouched()
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        # As with transforms: whatever it raises is its own problem.
        untouched.restored()
        python_file.forget(module)
        if not is_its_own(error):
            raise
        at, line = _last_place(error, path)
        raise ConfigError([python_file.problem_of(error, f"{shown}/{at}", line)]) from error
    finally:
        sys.dont_write_bytecode = before
    if changed := untouched.restored():
        python_file.forget(module)
        raise ConfigError([replaced(changed, shown, ())])
    return module


def _last_place(error: BaseException, path: Path) -> tuple[str, int]:
    """The file of a package, and its line, that was the last on the way to an error."""
    places = [
        (Path(frame.filename).relative_to(path).as_posix(), frame.lineno or 1)
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(path)
    ]
    return places[-1] if places else ("__init__.py", 1)
