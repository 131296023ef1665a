"""Work in a copy of this process: what comes back, and why something does not."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from quanticity.runtime.apart import Step, Stuck, apart


def _fails() -> Any:
    raise ValueError("no such thing")


def _cannot_be_sent() -> Any:
    return lambda: None


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (_fails, "its process failed of ValueError: no such thing"),
        (_cannot_be_sent, "its process failed of "),
        (lambda: os._exit(4), "its process ended (status 4)"),
    ],
    ids=["it raises", "its answer cannot be pickled", "it ends itself"],
)
def test_a_copy_that_failed_told_its_status_alone_and_not_why(work: Any, why: str) -> None:
    steps = [Step(20.0, lambda: 1), Step(20.0, work), Step(20.0, lambda: 2)]
    first, stuck = asyncio.run(apart(steps))
    assert first == 1
    assert isinstance(stuck, Stuck)
    assert stuck.why.startswith(why)
