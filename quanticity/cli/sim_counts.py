"""What a simulation has counted, for tests to read while it runs and for people at its end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from quanticity.errors import QuanticityError
from quanticity.words import seconds

if TYPE_CHECKING:
    from quanticity.sim.faults import FaultPlan

CountersOption = Annotated[
    Path | None,
    typer.Option(
        "--counters", metavar="FILE", help="Write what was counted into FILE, each second."
    ),
]
Count = Callable[[], Mapping[str, Any]]
_EVERY = 1.0
# What has to come for a fault to strike, by place.
_MEETS = {
    "http": "requests",
    "socket": "messages of websockets",
    "wire": "connections to the gateway",
    "orders": "orders",
}
# Codes of errors are numbers.
_WRITTEN = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def write_counts(file: Path, counts: Mapping[str, Any]) -> None:
    """Replace a file by these counts, whole or not at all. QuanticityError where it cannot."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(orjson.dumps(counts, option=_WRITTEN))
        beside.replace(file)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise QuanticityError(f"counters cannot be written to '{file}': {why}") from None


async def keep_counts(file: Path, count: Count) -> None:
    """Write what `count` gives each second, until cancelled; then once more."""
    try:
        while True:
            write_counts(file, count())
            await asyncio.sleep(_EVERY)
    finally:
        write_counts(file, count())


def faults_in_words(plan: FaultPlan, ran: float) -> str:
    """`faults that struck: http.drop 3, wire.disconnect 1`, or why none did in `ran` seconds.

    They are seconds of the simulated day.
    """
    if plan.counters:
        told = ", ".join(f"{name} {count}" for name, count in sorted(plan.counters.items()))
        return f"faults that struck: {told}"
    first = plan.first_after()
    if not plan.rules:
        return "no fault struck"
    if ran < first:
        return (
            f"no fault struck: the first occasion is {seconds(first)} after the day's begin, and "
            f"it went on for {seconds(ran)}; run it longer, or faster with --time-scale"
        )
    places = ", ".join(sorted({_MEETS[where] for rule in plan.rules for where in rule.where}))
    return f"no fault struck: those of this plan strike {places}, and too few came"
