"""What is read in stays, and the collector is as it was; what is freed goes back."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from quanticity.heap import gives_back, reading


@pytest.mark.parametrize("collects", [True, False])
def test_what_is_read_in_is_walked_by_no_collection(collects: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        before = gc.get_freeze_count()
        with reading():
            assert not gc.isenabled()
            kept: list[list[int]] = [[] for _ in range(10_000)]
        assert gc.isenabled() is collects
        assert gc.get_freeze_count() >= before + len(kept)
    finally:
        gc.unfreeze()
        (gc.enable if was else gc.disable)()


_HOLES = """
from quanticity.heap import gives_back

def resident():
    with open("/proc/self/status") as file:
        return next(int(row.split()[1]) for row in file if row.startswith("VmRSS")) / 1000

{first}
bytearray(b"x") * 3_000_000  # freed at once: by itself glibc maps none of this size any more
large, small = [], []
for _ in range(100):
    large.append(bytearray(b"x") * 1_000_000)
    small.append(bytes(600))
before = resident()
large.clear()
print(before - resident())
"""


def test_bodies_that_were_freed_are_given_back_though_smaller_things_stand_between() -> None:
    if sys.platform != "linux":
        assert not gives_back()
        return

    def freed(first: str) -> float:
        code = _HOLES.format(first=first)
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        return float(told.stdout)

    assert freed("gives_back()") > 90
    assert freed("") < 50
