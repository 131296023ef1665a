"""What the machine lacks is told in words: a folder that is a file, a disk that is full."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

from tests.cli.asked import REPOSITORY, SMALL, ask, environment, project


def test_check_ticked_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    home = project(tmp_path, SMALL)
    (home / "notes").write_text("a file")
    said = ask("check", "--data", "notes", cwd=home)
    assert said.status == 1
    assert f"{home / 'notes'} is no folder; use --data" in said.out


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder in which none can be made")
def test_check_ticked_a_folder_in_which_no_other_can_be_made(tmp_path: Path) -> None:
    said = ask("check", "--data", "/proc/x", cwd=project(tmp_path, SMALL))
    assert said.status == 1
    assert "✗ state        /proc cannot be written" in said.out
    assert "use --data" in said.out


def test_check_ticked_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    home = project(tmp_path, SMALL)
    (home / "state").symlink_to(home / "gone")
    said = ask("check", "--data", "state/x", cwd=home)
    assert said.status == 1
    assert f"{home / 'state'} is no folder; use --data" in said.out


def test_check_leaves_nothing_where_state_would_be_kept(tmp_path: Path) -> None:
    home = project(tmp_path, SMALL)
    (home / "state").mkdir()
    assert ask("check", "--data", "state", cwd=home).status == 0
    assert list((home / "state").iterdir()) == []


FULL = Path("/dev/full")


def told_to(
    output: IO[Any], words: tuple[str, ...], folder: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "main.py"), *words],
        cwd=folder,
        env=environment(),
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not FULL.exists(), reason="a disk that is always full")
@pytest.mark.parametrize("words", [("feeds",), ("check", "--format", "json")], ids=lambda w: w[0])
def test_an_output_that_could_not_be_written_was_a_traceback(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    home = project(tmp_path, SMALL)
    with FULL.open("w") as full:
        ended = told_to(full, words, home)
    assert ended.returncode == 1
    assert ended.stderr == "nothing more can be written: No space left on device\n"


@pytest.mark.parametrize(
    "words",
    [("feeds",), ("check", "--format", "json"), ("config", "schema"), ("--help",)],
    ids=lambda words: words[0],
)
def test_a_reader_that_went_away_was_a_failure(tmp_path: Path, words: tuple[str, ...]) -> None:
    # As `head` does: under `pipefail` a 1 reads as if there were problems.
    home = project(tmp_path, SMALL)
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as nobody:  # noqa: PTH123  # a pipe
        ended = told_to(nobody, words, home)
    assert (ended.returncode, ended.stderr) == (0, "")
