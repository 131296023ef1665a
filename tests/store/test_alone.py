"""Who runs in a data folder, and whether it is still there."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quanticity.clock import VirtualClock, run_virtual
from quanticity.store.alone import Alone

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such locks")


def removed(data: Path) -> None:
    shutil.rmtree(data)


def moved(data: Path) -> None:
    data.rename(data.with_name("elsewhere"))


def replaced(data: Path) -> None:
    removed(data)
    data.mkdir()
    (data / "run.lock").touch()


def left(data: Path) -> None:
    (data / "run.lock").touch()


@pytest.mark.parametrize(
    ("change", "said"),
    [(removed, 1), (moved, 1), (replaced, 1), (left, 0)],
    ids=["removed", "moved", "replaced", "left"],
)
def test_a_data_folder_that_vanished_under_a_run_was_not_missed(
    change: Callable[[Path], None], said: int, tmp_path: Path
) -> None:
    data, told = tmp_path / "data", list[tuple[str, bool, str]]()

    async def main(clock: VirtualClock) -> None:
        alone = Alone(data)
        await alone.claim(clock, shared=True)
        watching = asyncio.create_task(alone.watch(clock, lambda *said: told.append(said)))
        await clock.sleep(60.0)
        assert told == []
        change(data)
        await clock.sleep(60.0)
        watching.cancel()
        alone.release()

    run_virtual(main)
    assert len(told) == said
    assert all(each[:2] == ("data", False) and str(data) in each[2] for each in told)
