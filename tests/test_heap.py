"""What is read in stays, and the collector is as it was; what is freed goes back."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from quanticity.heap import exact, gives_back, reading


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


_TEXTS = """
import orjson
from quanticity.heap import exact

def resident():
    with open("/proc/self/status") as file:
        return next(int(row.split()[1]) for row in file if row.startswith("RssAnon")) / 1000

before = resident()
kept = [exact(orjson.dumps({"number": number})) for number in range(20_000)]
print(resident() - before)
"""


def test_the_same_in_a_block_of_its_own_size_is_the_same() -> None:
    assert [exact(text) for text in (b"", b"x", b'{"a":1}' * 1000)] == [
        b"",
        b"x",
        b'{"a":1}' * 1000,
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="looks at memory as Linux tells it")
def test_each_small_text_that_was_kept_took_four_kilobytes() -> None:
    """A simulated day kept 200 MB of them, of which 20 were text."""
    done = subprocess.run(
        [sys.executable, "-c", _TEXTS], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 10
