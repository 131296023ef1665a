"""The server that forks the processes of plugins, and a signal that goes to all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from quanticity.runtime.forks import HOME
from tests.cli.asked import project, running
from tests.cli.test_crashes import workers_of
from tests.store.running import eventually

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


def of_session(leader: int) -> list[int]:
    """A process and all it started, but for what has a session of its own: the store."""
    found, session = [], os.getsid(leader)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        pid = int(stat.parent.name)
        try:
            if os.getsid(pid) == session and _descends(pid, leader):
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
        victims = of_session(system.process.pid)
        assert len(set(workers_of(system.process.pid)) & set(victims)) == 2
        for one in sorted(victims, reverse=True):  # the newest first: the system itself last
            os.kill(one, signal.SIGTERM)
        assert system.process.wait(20) == 0
        said = system.said()
    assert "started again" not in said
    assert "✗ problem" not in said
    assert "✗ plugins" not in said
    assert "✓ stopped" in said


STARTS = '''
"""Starts processes, and leaves them alone."""

import os
import subprocess
import time

from quanticity.api import Analytic, Every, Key

class Starts(Analytic):
    """One by fork, one by name."""

    name = "starts"
    trigger = Every(0.1)
    writes = {"pids": Key("feed:pids")}

    def compute(self, inputs, state, now):
        other = subprocess.Popen(["sleep", "3600"])
        pid = os.fork()
        if not pid:
            time.sleep(3600)
        with open("pids", "a") as file:
            file.write(f"{pid} {other.pid} ")
        return {"pids": 1}, None
'''


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_plugin_forked_lived_on_and_kept_the_lock_of_the_store(
    tmp_path: Path, number: int
) -> None:
    project(tmp_path)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "starts.py").write_text(STARTS)
    pids = tmp_path / "pids"
    with running("--data", str(tmp_path / "data"), cwd=tmp_path) as system:
        system.wait_for("plugins")
        system.wait_until(lambda: pids.exists() and len(pids.read_text().split()) > 4)
        worker = parent_of(int(pids.read_text().split()[1]))
        os.kill(worker, signal.SIGKILL)  # the next one finds the store's lock free
        before = len(pids.read_text().split())
        system.wait_until(lambda: len(pids.read_text().split()) > before + 2)
        system.process.send_signal(number)
        system.process.wait(20)
    forked = [int(one) for one in pids.read_text().split()]
    # What was started by name outlives a system that was killed outright.
    mine = forked if number == signal.SIGTERM else forked[::2]
    eventually(lambda: not any(Path(f"/proc/{one}").exists() for one in mine), 10)
    for one in forked[1::2]:
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_run_from_another_folder_the_server_that_forks_had_loaded_nothing(tmp_path: Path) -> None:
    """So each worker loaded everything anew, and took three times as long to be there."""
    project(tmp_path)
    with running("--data", str(tmp_path / "data"), cwd=tmp_path) as system:
        system.wait_for("✓ plugins")
        server = parent_of(max(workers_of(system.process.pid)))
        # The library of indicators comes with the kernels.
        assert "/talib/" in Path(f"/proc/{server}/maps").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_ctrl_c_while_the_server_was_loading_ended_it_with_a_traceback(tmp_path: Path) -> None:
    project(tmp_path)
    with running("--data", str(tmp_path / "data"), cwd=tmp_path) as system:
        system.wait_until(lambda: bool(servers_of(system.process.pid)))
        [server] = servers_of(system.process.pid)
        # It was born deaf: before it has loaded anything, and while it does.
        os.kill(server, signal.SIGINT)
        os.kill(server, signal.SIGTERM)
        system.wait_for("plugins")
        assert server in servers_of(system.process.pid)


def servers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    threads = children.parent.parent.iterdir()
    found = [int(one) for task in threads for one in (task / "children").read_text().split()]
    return [one for one in found if b"forkserver" in Path(f"/proc/{one}/cmdline").read_bytes()]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_the_server_that_forks_outlived_a_run_that_said_nothing_is_left(tmp_path: Path) -> None:
    project(tmp_path)
    with running("--data", str(tmp_path / "data"), cwd=tmp_path) as system:
        system.wait_for("✓ plugins")
        mine = of_session(system.process.pid)
        assert parent_of(max(workers_of(system.process.pid))) in mine
        system.process.send_signal(signal.SIGTERM)
        assert system.process.wait(20) == 0
        # At once, whoever would come to wait for it later.
        assert [one for one in mine if Path(f"/proc/{one}").exists()] == []


ENDLESS = """
import multiprocessing, os, sys, threading, time
from multiprocessing import forkserver
from quanticity.runtime import forks

if __name__ == "__main__":
    multiprocessing.get_context("forkserver").set_forkserver_preload(["endless"])
    forkserver.ensure_running()
    pid = forkserver._forkserver._forkserver_pid
    began = time.monotonic()
    forks.ended()
    forks.ended()  # there is none any more
    print(time.monotonic() - began, os.path.exists(f"/proc/{pid}"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_server_that_still_loads_is_ended_too(tmp_path: Path) -> None:
    """It does not hear that it shall end, and would keep us for as long as it loads."""
    (tmp_path / "endless.py").write_text("import time\ntime.sleep(3600)\n")
    (tmp_path / "main.py").write_text(ENDLESS)
    found = os.pathsep.join((str(tmp_path), str(HOME)))
    said = subprocess.run(
        [sys.executable, "main.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": found},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    took, there = said.stdout.split()
    assert (float(took) < 30, there) == (True, "False")
