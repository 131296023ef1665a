"""What a simulation has counted, for tests to read while it runs and for people at its end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from quanticity.errors import QuanticityError

CountersOption = Annotated[
    Path | None,
    typer.Option(
        "--counters", metavar="FILE", help="Write what was counted into FILE, each second."
    ),
]
Count = Callable[[], Mapping[str, Any]]
_EVERY = 1.0
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


def faults_in_words(fired: Mapping[str, int]) -> str:
    """`faults that struck: http.drop 3, wire.disconnect 1`, or that none did."""
    if not fired:
        return "no fault struck"
    told = ", ".join(f"{name} {count}" for name, count in sorted(fired.items()))
    return f"faults that struck: {told}"
