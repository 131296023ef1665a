"""One Python file, run under a name of its own, and the functions that it offers."""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from quanticity.component import TRANSFORM_MARK
from quanticity.errors import ConfigError, Problem, Severity
from quanticity.spec import Spec

PLAIN_NAME = "transform"
_ALLOWED = "quanticity.api"
# A pure function needs none of these; finding one is told, for it would break a replay.
_IMPURE = frozenset(
    {"aiohttp", "asyncio", "httpx", "os", "random", "redis", "requests", "secrets", "socket"}
    | {"subprocess", "threading", "time"}
)
_numbers = itertools.count(1)


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


def load_module(path: Path, source: bytes, shown: str) -> LoadedModule:
    """Run a file beside whatever it gave before. Raises ConfigError with its problems."""
    tree = _parse(source, path, shown)
    problems = list(_imports(tree, shown))
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise ConfigError(errors)
    module = ModuleType(f"quanticity_{path.parent.name}_{path.stem}_{next(_numbers)}")
    module.__file__ = str(path)
    # Dataclasses and specs look their annotations up through sys.modules.
    sys.modules[module.__name__] = module
    try:
        exec(compile(tree, str(path), "exec"), module.__dict__)  # noqa: S102  # this is what loading is
        functions = _functions(module, path, shown)
    except ConfigError:
        sys.modules.pop(module.__name__, None)
        raise
    except (Exception, SystemExit) as error:
        # A stranger's code: whatever it raises is its own problem, never ours.
        sys.modules.pop(module.__name__, None)
        said = f"{type(error).__name__} while loading: {error}"
        raise ConfigError([Problem(shown, _line(error, path), 1, said)]) from error
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
    sys.modules.pop(module.module.__name__, None)


def _parse(source: bytes, path: Path, shown: str) -> ast.Module:
    try:
        return ast.parse(source, str(path))
    except SyntaxError as error:
        said = f"not Python: {error.msg}"
        raise ConfigError([Problem(shown, error.lineno or 1, error.offset or 1, said)]) from error
    except ValueError as error:
        raise ConfigError([Problem(shown, 1, 1, f"not Python: {error}")]) from error


def _imports(tree: ast.Module, shown: str) -> Iterator[Problem]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""] if not node.level else ["."]
            if names == ["quanticity"]:
                names = [f"quanticity.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top = name.partition(".")[0]
            place = (shown, node.lineno, node.col_offset + 1)
            if top == "quanticity" and name != _ALLOWED:
                said = f"imports {name}"
                yield Problem(*place, said, f"import from {_ALLOWED} only")
            elif name == "." or top == shown.partition("/")[0]:
                yield Problem(*place, "imports a file beside it", "each file stands alone")
            elif top in _IMPURE:
                said = f"imports {top}: a pure function has no clock, chance, network or files"
                yield Problem(*place, said, "", Severity.WARNING)


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


def _line(error: BaseException, path: Path) -> int:
    lines = [
        frame.lineno or 1
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(path)
    ]
    return lines[-1] if lines else 1
