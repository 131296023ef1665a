"""A transform that looped for ever held up every feed, and the reload that brought its repair."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from quanticity.clock import LiveClock
from quanticity.config.module_file import load_module
from quanticity.config.overdue import Overdue, Patience
from quanticity.errors import ConfigError, TransformError
from quanticity.feeds.transform import LoadedTransforms
from tests.feeds.fakes import MemoryStore
from tests.feeds.test_transform import load

HANGS = """\
def transform(payload, config, state):
    while payload['hang']:
        pass
    return 1, None
"""


def spin(*_: Any) -> None:
    while True:
        pass


def test_what_comes_back_in_time_is_let_be() -> None:
    patience = Patience(tick=0.01)
    assert patience.call(0.05, lambda a, b: a + b, 1, 2) == 3
    with pytest.raises(KeyError):
        patience.call(0.05, {}.__getitem__, "x")
    # Nothing arrives late.
    time.sleep(0.15)


def test_what_does_not_come_back_is_ended() -> None:
    patience = Patience(tick=0.01)
    with pytest.raises(Overdue):
        patience.call(0.05, spin)
    assert patience.call(0.05, int, "7") == 7


def test_what_swallows_its_end_is_ended_again() -> None:
    def stubborn() -> str:
        try:
            spin()
        except BaseException:  # noqa: BLE001  # what a stranger's code may do
            spin()
        return "never"

    with pytest.raises(Overdue):
        Patience(tick=0.01).call(0.05, stubborn)


def test_calls_in_threads_are_ended_each_by_itself() -> None:
    patience = Patience(tick=0.01)

    async def main() -> tuple[Any, Any]:
        return await asyncio.gather(
            asyncio.to_thread(patience.call, 0.05, spin),
            asyncio.to_thread(patience.call, 5.0, time.sleep, 0.2),
            return_exceptions=True,
        )

    ended, kept = asyncio.run(main())
    assert isinstance(ended, Overdue)
    assert kept is None


def test_a_call_that_ends_when_its_time_does_is_never_hit_afterwards() -> None:
    patience = Patience(tick=0.002)
    for _ in range(150):
        try:
            patience.call(0.004, time.sleep, 0.004)
        except Overdue:
            continue
        sum(range(500))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_process_that_was_forked_looks_on_as_well() -> None:
    program = (
        "import os, sys\n"
        "from quanticity.config.overdue import Overdue, Patience\n"
        "def spin():\n"
        "    while True: pass\n"
        "patience = Patience(0.01)\n"
        "patience.call(1, int, '7')\n"
        "child = os.fork()\n"
        "if child: sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "try: patience.call(0.05, spin)\n"
        "except Overdue: os._exit(7)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=30, check=False).returncode == 7


def transforms(function: Any) -> LoadedTransforms:
    return LoadedTransforms(
        LiveClock(), MemoryStore(), {"t": function}, patience=Patience(tick=0.02), longest=0.1
    )


def run(loaded: LoadedTransforms, payload: Any) -> bytes:
    return loaded.apply("v.quote", "t", payload, options={}, values={}, received=5.0)


def test_a_transform_that_hangs_is_told_with_its_line_and_not_run_again_until_it_is_edited(
    tmp_path: Path,
) -> None:
    loaded = transforms(load(tmp_path, HANGS))
    with pytest.raises(
        TransformError, match=r"made\.py:[23]\): it did not come back within 0\.1 s"
    ):
        run(loaded, {"hang": True})
    with pytest.raises(TransformError, match="it is not run again until it is edited"):
        run(loaded, {"hang": False})
    loaded.replace({"t": load(tmp_path, HANGS)})
    with pytest.raises(TransformError, match="until it is edited"):
        run(loaded, {"hang": False})
    loaded.replace({"t": load(tmp_path, HANGS + "# repaired\n")})
    assert run(loaded, {"hang": False}) == b"1"
    assert loaded.counts["t"].failures == 1


def test_a_transform_that_never_ends_to_load_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "slow.py"
    file.write_text("x = 1\nwhile x:\n    pass\n")
    with pytest.raises(ConfigError, match=r"slow\.py:[23]:1: did not end to load within 0\.1 s"):
        load_module(
            *(file, file.read_bytes(), "transforms/slow.py"), longest=0.1, patience=Patience(0.02)
        )
