"""The problems of a config as lines that a person can read: not thousands, and none without end."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from quanticity.errors import Problem, Severity
from quanticity.logs import redact
from quanticity.words import brief, count

MOST = 50
"""Lines told at once; `check --format json` has all."""


def line_of(problem: object) -> str:
    """A problem, or an error, without secrets; of a name of 100 kB the beginning and the end."""
    # Cut first, a secret that the cut goes through would no longer be known for one.
    return brief(redact(str(problem)))


def told(problems: Sequence[Problem]) -> tuple[Sequence[Problem], str]:
    """Those to show, in their order, errors before all others; and how many more there are.

    The latter is empty where there are no more.
    """
    if len(problems) <= MOST:
        return problems, ""
    ranked = sorted(
        range(len(problems)), key=lambda at: problems[at].severity is not Severity.ERROR
    )
    shown = [problems[at] for at in sorted(ranked[:MOST])]
    return shown, f"… and {count(len(problems) - MOST, 'more', 'more')}: see check --format json"


def tell(problems: Sequence[Problem], *, notes: bool = False) -> None:
    """Print them to stderr; with `notes` what is no error goes to stdout.

    Each begins with its place, which editors and terminals follow, and says what it is.
    """
    shown, more = told(problems)
    for problem in shown:
        typer.echo(line_of(problem), err=not notes or problem.severity is Severity.ERROR)
    if more:
        typer.echo(more, err=True)
