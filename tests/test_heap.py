"""What is read in stays, and the collector is as it was."""

from __future__ import annotations

import gc

import pytest

from quanticity.heap import reading


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
