"""The server that forks the processes of plugins, and a signal that goes to all of them."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.asked import project, running
from tests.cli.test_crashes import workers_of

PLUGIN = '''
"""Beats."""

from quanticity.api import Analytic, Every, Key

class Beats(Analytic):
    """Says when it is."""

    name = "beats"
    trigger = Every(0.1)
    writes = {"beat": Key("feed:beat")}

    def compute(self, inputs, state, now):
        return {"beat": now}, None
'''


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def of_group(leader: int) -> list[int]:
    """A process and all it started, but for what has a session of its own: the store."""
    found, group = [], os.getpgid(leader)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        pid = int(stat.parent.name)
        try:
            if os.getpgid(pid) == group and _descends(pid, leader):
                found.append(pid)
        except (OSError, ValueError):
            continue
    return found


def _descends(pid: int, above: int) -> bool:
    while pid not in (above, 0):
        pid = parent_of(pid)
    return pid == above


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_sigterm_to_all_processes_at_once_was_told_as_workers_that_ended_and_began_again(
    tmp_path: Path,
) -> None:
    project(tmp_path)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "beats.py").write_text(PLUGIN)
    with running("--data", str(tmp_path / "data"), cwd=tmp_path) as system:
        system.wait_for("✓ plugins")
        victims = of_group(system.process.pid)
        assert len(set(workers_of(system.process.pid)) & set(victims)) == 2
        for one in sorted(victims, reverse=True):  # the newest first: the system itself last
            os.kill(one, signal.SIGTERM)
        assert system.process.wait(20) == 0
        said = system.said()
    assert "started again" not in said
    assert "✗ problem" not in said
    assert "✓ stopped" in said


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_run_from_another_folder_the_server_that_forks_had_loaded_nothing(tmp_path: Path) -> None:
    """So each worker loaded everything anew, and took three times as long to be there."""
    project(tmp_path)
    with running("--data", str(tmp_path / "data"), cwd=tmp_path) as system:
        system.wait_for("✓ plugins")
        server = parent_of(max(workers_of(system.process.pid)))
        # The calendar of the exchange is built with it.
        assert "/pandas/" in Path(f"/proc/{server}/maps").read_text()
