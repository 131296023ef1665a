"""What is seen of a pure method, and what is not meant."""

from __future__ import annotations

import gc
from pathlib import Path

from hypothesis.internal.conjecture.junkdrawer import gc_cumulative_time

from quanticity.quant.bsm import first_order
from quanticity.quant.compiled import Kernel
from quanticity.testing.watch import watching

HERE = frozenset({__file__})


def test_a_kernel_that_was_first_called_in_a_run_was_told_as_opening_and_changing_files() -> None:
    assert isinstance(first_order, Kernel)
    # As in a process that has not called it yet.
    anew = Kernel(first_order.__wrapped__, first_order.signature)
    with watching(HERE) as seen:
        anew.ready()
    assert not seen


def test_a_collection_in_the_midst_of_a_run_was_told_as_reading_the_clock() -> None:
    gc_cumulative_time()  # from now on hypothesis looks at the time at each
    with watching(HERE) as seen:
        gc.collect()
    assert not seen


def test_a_file_that_is_opened_is_told_with_its_line() -> None:
    with watching(HERE) as seen:
        Path(__file__).read_bytes()
    assert {one.what for one in seen} == {"opens a file"}
    assert all(one.where.startswith(f"{__file__}:") for one in seen)
