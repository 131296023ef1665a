"""The commands around the program: what `make` does for a person at a terminal."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: (print("stopped cleanly"), sys.exit(int(sys.argv[1]))))
print("ready", flush=True)
time.sleep(30)
"""


def _without_make() -> dict[str, str]:
    """The environment of a person's terminal, though `make` runs these tests."""
    ours = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")
    return {name: value for name, value in os.environ.items() if name not in ours}


def _in_a_terminal(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """A command in a pseudo-terminal: what is written to it was typed there."""
    # pty.spawn in a process of its own: this one has threads, and may not fork.
    spawn = f"import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn({command!r})))"
    return subprocess.Popen(
        [sys.executable, "-c", spawn],
        cwd=folder,
        env=_without_make(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@needs_make
@pytest.mark.parametrize("status", [0, 1])
def test_ctrl_c_reaches_the_program_and_make_shows_its_exit_status(tmp_path: Path, status: int):
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "Makefile").write_text(
        f"run:\n\t@exec {sys.executable} {ROOT}/tools/foreground.py"
        f" {sys.executable} program.py {status}\n"
    )
    with _in_a_terminal(["make", "run"], tmp_path) as session:
        assert session.stdin is not None
        assert session.stdout is not None
        shown = b""
        while b"ready" not in shown:
            shown += session.stdout.readline()
        session.stdin.write(b"\x03")
        session.stdin.flush()
        shown += session.stdout.read()
        ended = session.wait(20)
    assert b"stopped cleanly" in shown
    assert b"Interrupt" not in shown
    assert ended == (0 if status == 0 else 2)


def test_without_a_terminal_the_command_runs_as_it_is():
    done = subprocess.run(
        [sys.executable, ROOT / "tools/foreground.py", sys.executable, "-c", "print('ran')"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "ran\n")


def test_a_python_that_is_too_old_is_refused_with_what_to_do():
    done = subprocess.run(
        [ROOT / "tools/find-python"],
        env={**os.environ, "PYTHON": "/nowhere/python3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "PYTHON=/nowhere/python3 is not a Python of 3.11 or newer" in done.stderr


def test_no_python_at_all_says_what_to_install(tmp_path: Path):
    env = {"PATH": str(tmp_path)}
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "tools/find-python")],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "No Python of 3.11 or newer was found" in done.stderr


@needs_make
def test_make_help_names_every_command_that_contributing_does():
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for command in ("run", "test", "test-all", "soak", "bench", "docs", "lock", "clean"):
        assert f"make {command} " in listed


@needs_make
@pytest.mark.parametrize("target", ["venv", "dev"])
def test_each_start_compiled_the_program_where_python_is_told_to_write_nothing(target: str):
    done = subprocess.run(
        ["make", "-n", "-B", target], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "-m compileall -q quanticity" in done.stdout


@needs_make
def test_a_soak_said_nothing_for_hours():
    shown = subprocess.run(
        ["make", "-n", "soak", "PYTEST_ARGS=tests/wire"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.search(r"QUANTICITY_SOAK=1 \S+ -m pytest -v .*--timeout 3600", shown)
    assert "tests/wire" in shown


# Of a test that says more than `make soak` does: which may it, and in how many seconds does it end?
LONGER = {"tests/replay/test_demo.py": 3600 + 600}


def test_no_test_of_a_soak_goes_on_without_end():
    marks = {
        (file.relative_to(ROOT).as_posix(), line.strip())
        for file in (ROOT / "tests").rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search(r"mark\.timeout\(", line) and "re.search" not in line
    }
    for name, line in marks:
        given = re.search(r"timeout\((?:method=\S+ )?(\d+)", line)
        seconds = int(given[1]) if given else LONGER[name]
        assert 0 < seconds <= LONGER.get(name, 3600), f"{name}: {line}"


def _install(lock: Path, text: str) -> subprocess.CompletedProcess[str]:
    lock.write_text(text)
    return subprocess.run(
        [sys.executable, ROOT / "tools/install.py", lock, "what is needed"],
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_install_says_how_long_it_takes_before_it_starts_and_what_it_is_at(tmp_path: Path):
    there = f"orjson=={version('orjson')} --hash=sha256:{'0' * 64}\n"
    done = _install(tmp_path / "lock.txt", there)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "what is needed" in done.stdout.splitlines()[0]
    assert "1 package, about a minute, once" in done.stdout.splitlines()[0]


def test_an_install_that_fails_shows_what_pip_said_and_its_status(tmp_path: Path):
    done = _install(tmp_path / "lock.txt", "not a requirement\n")
    assert done.returncode == 1
    assert "Invalid requirement" in done.stderr


# Found before the real one, for it stands in the folder that the install is begun in.
PIP = """
import os, signal, sys, time
if {deaf}:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
print("Collecting orjson", flush=True)
open("pip.pid", "w").write(str(os.getpid()))
time.sleep(60)
"""


def _begun(folder: Path) -> int:
    """The process number of the stand-in for pip in this folder, once it has begun."""
    file = folder / "pip.pid"
    ends = time.monotonic() + 60
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < ends, "pip did not begin"
        time.sleep(0.02)
    return int(file.read_text())


def _with_pip(folder: Path, *, deaf: bool) -> list[str]:
    (folder / "pip.py").write_text(PIP.format(deaf=deaf))
    (folder / "lock.txt").write_text("orjson==1 --hash=sha256:0\n")
    return [sys.executable, str(ROOT / "tools/install.py"), "lock.txt", "what is needed"]


def test_ctrl_c_in_an_install_was_a_traceback_on_the_line_of_its_progress(tmp_path: Path):
    with _in_a_terminal(_with_pip(tmp_path, deaf=False), tmp_path) as session:
        assert session.stdin is not None
        assert session.stdout is not None
        pip = _begun(tmp_path)
        shown = b""
        while b"1 of 1  orjson" not in shown:
            shown += os.read(session.stdout.fileno(), 4096)
        session.stdin.write(b"\x03")
        session.stdin.flush()
        shown += session.stdout.read()
        assert session.wait(20) == 130
    said = shown.decode()
    assert "Traceback" not in said
    assert said.endswith("\r\x1b[KStopped; the same command goes on where it was.\r\n")
    with pytest.raises(ProcessLookupError):
        os.kill(pip, 0)


def test_a_pip_that_does_not_hear_ctrl_c_is_ended_with_its_install(tmp_path: Path):
    with subprocess.Popen(
        _with_pip(tmp_path, deaf=True),
        cwd=tmp_path,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as install:
        pip = _begun(tmp_path)
        os.killpg(install.pid, signal.SIGINT)
        _, said = install.communicate(timeout=30)
    assert (install.returncode, said) == (130, "Stopped; the same command goes on where it was.\n")
    with pytest.raises(ProcessLookupError):
        os.kill(pip, 0)


@needs_make
def test_ctrl_c_while_the_environment_is_made_was_a_traceback(tmp_path: Path):
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    with subprocess.Popen(
        ["make", "venv", f"PYTHON={sys.executable}"],
        cwd=tmp_path,
        env=_without_make(),
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as making:
        ends = time.monotonic() + 60
        while not (tmp_path / ".venv" / "pyvenv.cfg").exists():
            assert time.monotonic() < ends, "nothing was made"
            time.sleep(0.02)
        os.killpg(making.pid, signal.SIGINT)
        said, _ = making.communicate(timeout=30)
    assert "Traceback" not in said
    assert "Stopped; the same command begins it anew." in said
    assert "apt install" not in said
