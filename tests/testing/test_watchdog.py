"""What ends a run in a process of its own, and what does not."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from quanticity.testing.watchdog import was_too_slow

RUN = """
import time
from quanticity.testing import watchdog
watchdog.watch()
watchdog.begin({budget})
{run}
watchdog.end()
print("came back")
"""


def ran(budget: float, run: str) -> tuple[int, str, str]:
    script = RUN.format(budget=budget, run=run)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_a_run_on_a_busy_machine_was_taken_for_one_that_hangs() -> None:
    """Three of the shipped analytics "took longer than 2 s" beside other work."""
    status, said, wrong = ran(0.5, "time.sleep(1.0)")
    assert (status, said, wrong) == (0, "came back\n", "")
    assert not was_too_slow(status, wrong)


@pytest.mark.parametrize(
    ("budget", "run", "status"),
    [(0.2, "while True: pass", -signal.SIGPROF), (0.05, "time.sleep(60)", 1)],
    ids=["works", "waits"],
)
def test_one_that_does_not_come_back_is_ended_with_its_line(budget: float, run: str, status: int):
    ended, said, wrong = ran(budget, run)
    assert (ended, said) == (status, "")
    assert was_too_slow(ended, wrong)
    assert 'File "<string>", line 6' in wrong
