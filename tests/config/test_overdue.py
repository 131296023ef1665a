"""Calls that do not come back are ended, and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from quanticity.config.overdue import Overdue, Patience

UNDER_A_PROFILER = """
import sys
from quanticity.config.overdue import Overdue, Patience
patience = Patience(0.01)
assert patience.call(1.0, len, "abc") == 3
def forever():
    while True:
        pass
try:
    patience.call(0.02, forever)
except Overdue:
    print("ended")
def step():
    return 1
sys.setprofile(lambda *_: None)
print(sum(step() for _ in range(1000)))
"""


def test_after_a_call_nothing_went_on_under_a_profiler() -> None:
    """The interpreter's flag for thrown exceptions stayed set: 3.11 then loops in one place."""
    done = subprocess.run(
        [sys.executable, "-c", UNDER_A_PROFILER],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["ended", "1000"]


@pytest.mark.parametrize("late", [-0.003, 0.0, 0.001, 0.003])
def test_what_is_thrown_at_the_last_moment_arrives_in_the_call_or_not_at_all(late: float) -> None:
    patience = Patience(0.01)

    def busy() -> int:
        until = time.perf_counter() + 0.02 + late
        while time.perf_counter() < until:
            pass
        return 1

    for _ in range(25):
        with contextlib.suppress(Overdue):
            assert patience.call(0.02, busy) == 1
        until = time.perf_counter() + 0.002
        while time.perf_counter() < until:
            pass


def test_who_waited_inside_a_c_call_held_up_all_feeds_until_it_came_back() -> None:
    reader, writer = os.pipe()
    freed = threading.Event()

    def free() -> None:
        freed.set()
        os.write(writer, b"x")

    late = threading.Timer(8, free)
    late.start()
    try:
        with pytest.raises(Overdue):
            Patience(0.01).call(0.05, os.read, reader, 1)
        assert not freed.is_set()
    finally:
        late.cancel()
        os.close(reader)
        os.close(writer)
