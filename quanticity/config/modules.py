"""Python files of a folder (`transforms/`), loaded apart from each other and reloaded one by one.

A file that does not load is a problem with its line; what it gave before stays in use.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quanticity.config.module_file import LoadedModule, forget, load_module
from quanticity.errors import ConfigError, Problem, Severity
from quanticity.plain_file import read_plain
from quanticity.spec import Spec

_DEFINED = re.compile(r"^def (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Modules:
    """What the files give now. `functions` and the specs of their options go by name.

    `unloaded` are names that stand in files of which nothing is in use, with what is wrong there.
    """

    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    options: Mapping[str, type[Spec] | None] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    unloaded: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)


class ModuleFolders:
    """The files of several folders; where two folders give one name, the earlier folder wins."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(dict.fromkeys(folders))
        # In use, and the last that loaded: another where its names were taken.
        self._modules: dict[Path, LoadedModule] = {}
        self._latest: dict[Path, LoadedModule] = {}
        self._alive: list[LoadedModule] = []
        self._failed: dict[Path, tuple[bytes, tuple[Problem, ...]]] = {}
        self.current = Modules()

    def refresh(self) -> Modules:
        """Load what is new or changed; the answer is also kept as `current`.

        Never raises for what stands in a file: see `problems`.
        """
        taken: dict[str, LoadedModule] = {}
        problems: list[Problem] = []
        modules: dict[Path, LoadedModule] = {}
        unloaded: dict[str, tuple[Problem, ...]] = {}
        for folder in self.folders:
            here: dict[str, LoadedModule] = {}
            for path in sorted(folder.glob("*.py")):
                if path.name.startswith("_"):
                    continue
                told = len(problems)
                self._take(path, here, modules, problems)
                if path not in modules:
                    unloaded |= dict.fromkeys(_names_in(path), tuple(problems[told:]))
            for name, module in here.items():
                taken.setdefault(name, module)
        self._forget_all_but(modules)
        self.current = Modules(
            {name: module.functions[name] for name, module in taken.items()},
            {name: module.options for name, module in taken.items()},
            {name: module.path for name, module in taken.items()},
            tuple(problems),
            unloaded,
        )
        return self.current

    def _take(
        self,
        path: Path,
        here: dict[str, LoadedModule],
        modules: dict[Path, LoadedModule],
        problems: list[Problem],
    ) -> None:
        """Use the newest of a file that loads and whose names are free, or what it gave before."""
        module = self._newest(path, problems)
        if module is None:
            return
        old = self._modules.get(path)
        for choice in (module, old):
            if choice is None:
                continue
            clash = list(_clashes(choice, here))
            problems += clash
            if not clash:
                modules[path] = choice
                here.update(dict.fromkeys(choice.functions, choice))
                return

    def _newest(self, path: Path, problems: list[Problem]) -> LoadedModule | None:
        old, latest = self._modules.get(path), self._latest.get(path)
        shown = f"{path.parent.name}/{path.name}"
        try:
            source = read_plain(path)
        except OSError as error:
            why = error.strerror or type(error).__name__
            problems.append(Problem(shown, 0, 0, f"cannot be read: {why}"))
            return old
        failed = self._failed.get(path)
        if failed is not None and failed[0] == source:
            problems += failed[1]
            return old
        for module in (latest, old):
            if module is not None and module.source == source:
                self._failed.pop(path, None)
                problems += module.warnings
                return module
        try:
            module = load_module(path, source, shown)
        except ConfigError as error:
            self._failed[path] = (source, error.problems)
            problems += error.problems
            return old
        self._failed.pop(path, None)
        self._latest[path] = module
        self._alive.append(module)
        problems += module.warnings
        return module

    def _forget_all_but(self, modules: dict[Path, LoadedModule]) -> None:
        """Use `modules` from now on."""
        self._modules = modules
        # Path.is_file raises where it may not look.
        self._latest = {
            path: one
            for path, one in self._latest.items()
            if os.path.isfile(path)  # noqa: PTH113
        }
        kept = {id(one) for one in (*modules.values(), *self._latest.values())}
        for one in self._alive:
            if id(one) not in kept:
                forget(one)
        self._alive = [one for one in self._alive if id(one) in kept]


def _names_in(path: Path) -> Iterator[str]:
    """What a file that does not load may have meant to give."""
    yield path.stem
    with contextlib.suppress(OSError):
        yield from _DEFINED.findall(read_plain(path).decode("utf-8", "replace"))


def _clashes(module: LoadedModule, here: Mapping[str, LoadedModule]) -> Iterator[Problem]:
    for name, function in module.functions.items():
        other = here.get(name)
        if other is not None:
            line = function.__code__.co_firstlineno
            yield Problem(
                module.shown,
                line,
                1,
                f"'{name}' is defined in {other.shown} too",
                "names of transforms are unique",
                Severity.ERROR,
            )
