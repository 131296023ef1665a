"""One run of a new version on current inputs, before it takes over: nothing of it is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import msgspec

from quanticity.errors import Problem
from quanticity.model import Kind
from quanticity.runtime.ages import Ages
from quanticity.runtime.assemble import assembled
from quanticity.runtime.binding import Binding
from quanticity.runtime.engine import Engine
from quanticity.runtime.execute import Result, execute
from quanticity.runtime.job import Job


def tried(
    engine: Engine,
    binding: Binding,
    ages: Ages,
    texts: Mapping[str, bytes],
    saved: Mapping[str, bytes],
    since: str,
    now: float,
) -> Result | None:
    """How it failed; None where it ran, or lacks inputs and could not be tried.

    `texts` are stored values of keys that nobody has read so far.
    """
    shelf = engine.shelf.beside(ages)
    for key in binding.latest:
        if key in texts:
            # What cannot be read is no mistake of the version: it waits, as told by the worker.
            with contextlib.suppress(msgspec.DecodeError):
                shelf.put(key, texts[key], Kind.LATEST)
    trial = assembled(shelf, binding, engine.restored(binding, since, saved), "time", now)
    if not isinstance(trial, Job):
        return None
    result = execute(binding, trial.views, trial.state, now)
    return result if result.error else None


def problem_of(result: Result) -> Problem:
    """What went wrong, at its line."""
    file, _, line = result.where.rpartition(":")
    if not line.isdigit():
        return Problem(result.where, 0, 0, result.error, "the old version goes on")
    return Problem(file, int(line), 1, result.error, "the old version goes on")
