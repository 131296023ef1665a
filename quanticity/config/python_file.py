"""One Python file of a user, run under a name of its own."""

from __future__ import annotations

import itertools
import sys
import traceback
from pathlib import Path
from types import ModuleType

from quanticity import api
from quanticity.config.imports import ALLOWED
from quanticity.config.interrupts import is_ctrl_c
from quanticity.config.overdue import Overdue
from quanticity.config.script import Script
from quanticity.config.untouched import Untouched, replaced
from quanticity.errors import ConfigError, Problem, of_error
from quanticity.spec import near

_numbers = itertools.count(1)


def run(script: Script, shown: str, *, kind: str) -> ModuleType:
    """Run a file as a fresh module, beside whatever it gave before.

    Raises ConfigError with the line where it failed.
    """
    path = script.path
    module = ModuleType(f"quanticity_{kind}_{path.stem}_{next(_numbers)}")
    module.__file__ = str(path)
    # Dataclasses and specs look their annotations up through sys.modules.
    sys.modules[module.__name__] = module
    untouched = Untouched()
    try:
        exec(script.code, module.__dict__)  # noqa: S102  # this is what loading is
    except BaseException as error:
        untouched.restored()
        forget(module)
        if isinstance(error, Overdue) or is_ctrl_c(error):
            raise
        # A stranger's code: whatever it raises is its own problem, never ours.
        raise ConfigError([problem_of(error, shown, line_in(error, path))]) from error
    if changed := untouched.restored():
        forget(module)
        raise ConfigError([replaced(changed, shown, [script.tree()])])
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
    return Problem(shown, line, 1, f"{type(error).__name__} while loading: {of_error(error)}")


def forget(module: ModuleType) -> None:
    """Let go of a module and those below it; what they handed out goes on working."""
    inside = module.__name__ + "."
    for name in [one for one in sys.modules if one == module.__name__ or one.startswith(inside)]:
        del sys.modules[name]


def line_in(error: BaseException, path: Path) -> int:
    """The last line of this file on the way to an error."""
    lines = [
        frame.lineno or 1
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(path)
    ]
    return lines[-1] if lines else 1
