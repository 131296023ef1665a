"""Stopping the program before it has begun."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A program that is sent the signal in the middle of reading itself.
_PROGRAM = """
import os, sys
from quanticity.cli import loading
with loading(sys.argv[2:]):
    os.kill(os.getpid(), int(sys.argv[1]))
    print("went on")
print("loaded")
"""


def stopped(number: signal.Signals, *arguments: str, deaf: bool = False) -> tuple[int, str]:
    before = signal.getsignal(number)
    # The suite itself may have been begun deaf: in the background of a shell, say.
    signal.signal(number, signal.SIG_IGN if deaf else signal.SIG_DFL)
    try:
        found = subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(int(number)), *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        signal.signal(number, before)
    return found.returncode, found.stdout + found.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("arguments", [(), ("run",), ("--env", "demo")])
def test_ctrl_c_in_the_first_second_of_a_run_printed_a_traceback(
    number: signal.Signals, arguments: tuple[str, ...]
) -> None:
    assert stopped(number, *arguments) == (0, "")


def test_another_command_that_is_stopped_so_early_did_not_succeed() -> None:
    assert stopped(signal.SIGINT, "check") == (128 + signal.SIGINT, "")


def test_what_a_shell_made_deaf_to_ctrl_c_stays_so() -> None:
    assert stopped(signal.SIGINT, "run", deaf=True) == (0, "went on\nloaded\n")
