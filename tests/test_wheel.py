"""What `pip install .` gives: a command that runs from any folder, with everything that ships."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = ("config", "plugins", "transforms")


def _run(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUANTICITY_")}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source archive as an index would have it."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (archive,) = folder.glob("quanticity-*.tar.gz")
    with tarfile.open(archive) as source:
        names = source.getnames()
    assert not [name for name in names if "/.venv" in name or name.endswith("/.env")]
    _run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--no-index", "--wheel-dir", folder, archive),
        cwd=folder,
    )
    (built,) = folder.glob("quanticity-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed package, apart from this one."""
    target = tmp_path_factory.mktemp("installed")
    _run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
        *("--target", target, wheel),
        cwd=target,
    )
    return target


def test_the_wheel_carries_everything_that_ships(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if name.startswith("quanticity/shipped/")}
    there = {
        f"quanticity/shipped/{path.relative_to(ROOT).as_posix()}"
        for folder in SHIPPED
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert carried == there


def test_the_wheel_carries_nothing_else(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"quanticity"}


def test_the_command_runs_from_any_folder(installed: Path, tmp_path: Path):
    command = installed / "bin" / "quanticity"
    done = _run(command, "check", cwd=tmp_path, PYTHONPATH=str(installed))
    assert "demo" in done.stdout
    assert str(ROOT) not in done.stdout + done.stderr


def test_python_m_does_the_same(installed: Path, tmp_path: Path):
    done = _run(
        sys.executable, "-m", "quanticity", "--version", cwd=tmp_path, PYTHONPATH=str(installed)
    )
    assert done.stdout.startswith("quanticity ")
