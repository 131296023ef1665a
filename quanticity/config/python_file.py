"""One Python file of a user: parsed, its imports looked at, run under a name of its own."""

from __future__ import annotations

import ast
import itertools
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from quanticity import api
from quanticity.config.untouched import Untouched, replaced
from quanticity.errors import ConfigError, Problem, Severity
from quanticity.spec import near

ALLOWED = "quanticity.api"
# A pure function needs none of these; finding one is told, for it would break a replay.
_IMPURE = frozenset(
    {"aiohttp", "asyncio", "httpx", "os", "random", "redis", "requests", "secrets", "socket"}
    | {"subprocess", "threading", "time"}
)
# What an edge is handed ports for, so that limits, time-outs and redaction hold for all.
_HANDED = frozenset({"aiohttp", "redis"})
_numbers = itertools.count(1)


def run(tree: ast.Module, path: Path, shown: str, *, kind: str) -> ModuleType:
    """Run a parsed file as a fresh module, beside whatever it gave before.

    Raises ConfigError with the line where it failed.
    """
    module = ModuleType(f"quanticity_{kind}_{path.stem}_{next(_numbers)}")
    module.__file__ = str(path)
    # Dataclasses and specs look their annotations up through sys.modules.
    sys.modules[module.__name__] = module
    untouched = Untouched()
    try:
        exec(compile(tree, str(path), "exec"), module.__dict__)  # noqa: S102  # this is what loading is
    except (Exception, SystemExit) as error:
        # A stranger's code: whatever it raises is its own problem, never ours.
        untouched.restored()
        forget(module)
        raise ConfigError([problem_of(error, shown, line_in(error, path))]) from error
    except BaseException:
        untouched.restored()
        forget(module)
        raise
    if changed := untouched.restored():
        forget(module)
        raise ConfigError([replaced(changed, shown, [tree])])
    return module


def problem_of(error: BaseException, shown: str, line: int) -> Problem:
    """What stopped a file from loading, and what to do where that is known."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        said = f"imports {error.name}, which is not installed"
        return Problem(shown, line, 1, said, "install it beside quanticity, or do without")
    if isinstance(error, ImportError) and error.name == ALLOWED:
        name = str(error).split("'")[1] if "'" in str(error) else ""
        hint = near(name, api.__all__) or f"{ALLOWED} has {', '.join(api.__all__[:6])}, ..."
        return Problem(shown, line, 1, f"{ALLOWED} has no '{name}'", hint)
    if isinstance(error, SyntaxError):
        # Said by the compiler, or of a file beside it that it imports.
        return Problem(shown, error.lineno or line, error.offset or 1, f"not Python: {error.msg}")
    return Problem(shown, line, 1, f"{type(error).__name__} while loading: {error}")


def forget(module: ModuleType) -> None:
    """Let go of a module and those below it; what they handed out goes on working."""
    inside = module.__name__ + "."
    for name in [one for one in sys.modules if one == module.__name__ or one.startswith(inside)]:
        del sys.modules[name]


def parse(source: bytes, path: Path, shown: str) -> ast.Module:
    """Parse it. Raises ConfigError with line and column."""
    try:
        return ast.parse(source, str(path))
    except SyntaxError as error:
        said = f"not Python: {error.msg}"
        raise ConfigError([Problem(shown, error.lineno or 1, error.offset or 1, said)]) from error
    except (ValueError, RecursionError, MemoryError) as error:
        # Null bytes, and what is nested deeper than the parser goes.
        said = f"not Python: {str(error) or 'it is nested too deep'}"
        raise ConfigError([Problem(shown, 1, 1, said)]) from error


def imports(
    tree: ast.Module, shown: str, *, pure: bool = True, alone: bool = True
) -> Iterator[Problem]:
    """What it imports and should not: errors, and warnings where it is to be `pure`.

    A file of a package does not stand `alone`: it may import those beside it.
    """
    for node in sorted(_statements(tree), key=lambda one: one.lineno):
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
            if top == "quanticity" and name != ALLOWED:
                said = f"imports {name}"
                yield Problem(*place, said, f"import from {ALLOWED} only")
            elif (name == "." and alone) or top == shown.partition("/")[0]:
                yield Problem(*place, "imports a file beside it", "each file stands alone")
            elif top in _HANDED and not pure:
                yield Problem(*place, f"imports {top}", "an edge is handed ports: context.http")
            elif pure and top in _IMPURE:
                said = f"imports {top}: a pure function has no clock, chance, network or files"
                yield Problem(*place, said, "", Severity.WARNING)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every statement of it, those inside others too: expressions import nothing."""
    left: list[ast.AST] = [tree]
    while left:
        outer = left.pop()
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(outer, name, ())
            if isinstance(inner, list):
                left += inner
                yield from (one for one in inner if isinstance(one, ast.stmt))


def line_in(error: BaseException, path: Path) -> int:
    """The last line of this file on the way to an error."""
    lines = [
        frame.lineno or 1
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(path)
    ]
    return lines[-1] if lines else 1
