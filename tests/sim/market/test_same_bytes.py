"""One seed is one market: in every process, in every order of asking."""

import os
import subprocess
import sys
from pathlib import Path

from tests.sim.market.digest import digest

ROOT = Path(__file__).parents[3]


def in_another_process(order, hash_seed):
    done = subprocess.run(
        [sys.executable, "-m", "tests.sim.market.digest", order],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=100,
    )
    return done.stdout.strip()


def test_two_processes_that_ask_in_other_orders_get_the_same_bytes():
    here = digest("forwards")
    assert here == digest("backwards")
    assert here == in_another_process("backwards", "1")
    assert here == in_another_process("forwards", "2")
