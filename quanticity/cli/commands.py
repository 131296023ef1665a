"""All commands in one place, and how their errors are told."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Annotated

import typer

from quanticity import __version__, words
from quanticity.cli.problems import line_of, tell
from quanticity.cli.screen import apart
from quanticity.errors import ConfigError, QuanticityError, Severity

# A disk, or what one may have of it, that is full.
_FULL = (errno.ENOSPC, errno.EDQUOT)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"quanticity {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    pass


# Modules in the order of the help, and the commands that each registers.
MODULES: Mapping[str, tuple[str, ...]] = {
    "run": ("run",),
    "check": ("check",),
    "plan": ("plan",),
    "feeds": ("feeds",),
    "components": ("components",),
    "graph": ("graph",),
    "status": ("status",),
    "keys": ("keys", "get"),
    "explain": ("explain",),
    "probe": ("probe",),
    "config": ("config",),
    "new": ("new",),
    "record": ("record",),
    "replay": ("replay",),
    "sim": ("sim",),
}


def app_of(arguments: Sequence[str] = ()) -> typer.Typer:
    """The application with the command that is asked for; with all where none of them is.

    What only other commands need is not read into memory: a tenth of the time of a start.
    """
    app = typer.Typer(
        name="quanticity",
        help="Feeds described in YAML, fresh keys in Redis, never over a limit.\n\n"
        "Without a command it is `run`.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    first = arguments[0] if arguments else ""
    asked = [module for module, names in MODULES.items() if first in names]
    # One that needs next to nothing, where nothing but the version is asked for.
    for module in asked or (("config",) if first == "--version" else MODULES):
        import_module(f"quanticity.cli.{module}").register(app)
    return app


def _is_for_a_broken_pipe(stop: BaseException) -> bool:
    """Whether a library made this end of a pipe that nobody reads any more."""
    cause = stop.__context__
    while cause is not None:
        if isinstance(cause, BrokenPipeError):
            return True
        cause = cause.__context__
    return False


def _not_utf8(error: UnicodeEncodeError) -> str:
    return f"{ascii(error.object)[:80]} is not UTF-8, which all names and values are"


def guarded(application: typer.Typer, arguments: list[str]) -> int:
    """Run a command; a person's mistake is told in lines, never as a traceback."""
    try:
        with apart(arguments):
            application(arguments, standalone_mode=True)
    except ConfigError as error:
        tell(error.problems)
        count = sum(problem.severity is Severity.ERROR for problem in error.problems)
        typer.echo(words.count(count, "problem"), err=True)
        return 1
    except (QuanticityError, UnicodeEncodeError) as error:
        said = str(error) if isinstance(error, QuanticityError) else _not_utf8(error)
        typer.echo(line_of(said), err=True)
        return 1
    except BrokenPipeError:
        # The reader of our output (head, less) went away: nothing is wrong here.
        return 0
    except OSError as error:
        if error.errno not in _FULL:
            raise
        typer.echo(f"nothing more can be written: {error.strerror}", err=True)
        # What is still to be printed would fail again at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except typer.Abort:
        return 130
    except SystemExit as stop:
        if _is_for_a_broken_pipe(stop):
            return 0
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0
