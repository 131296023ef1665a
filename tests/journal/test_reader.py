"""Files of a recording that are missing, empty, doubled, or no files at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from quanticity.journal.reader import open_recording
from quanticity.journal.recorder import Recorder
from quanticity.journal.records import Bound, Value
from quanticity.store.envelope import Written
from tests.journal.recordings import a_write


def recorded(folder: Path) -> list[Path]:
    """A recording in several files: each value fills one."""
    recorder = Recorder(folder, "feeds", 1000.0, segment_bytes=1000)
    for number in range(4):
        write = a_write(data=b'"%b"' % os.urandom(300_000).hex().encode())
        recorder.written([Written.of(write, f"{1000 + number}-0")])
    recorder.close()
    return sorted(folder.glob("*.qj"))


def told(folder: Path) -> list[str]:
    found: list[str] = []
    list(open_recording(folder).records(on_damage=lambda one: found.append(str(one))))
    return found


def seqs(folder: Path) -> list[str]:
    return [one.seq for one in open_recording(folder).records() if isinstance(one, Value)]


def test_a_file_that_is_missing_between_others_was_not_told(tmp_path: Path) -> None:
    files = recorded(tmp_path)
    assert told(tmp_path) == []
    assert seqs(tmp_path) == ["1000-0", "1001-0", "1002-0", "1003-0"]
    files[1].unlink()
    assert told(tmp_path) == [f"{files[1]} at byte 0: the file is missing (0 bytes)"]
    assert len(seqs(tmp_path)) == 3
    # Who puts old ones away has what is left.
    files[0].unlink()
    assert told(tmp_path) == []


def test_a_copy_of_a_file_was_read_as_runs_made_twice(tmp_path: Path) -> None:
    files = recorded(tmp_path)
    shutil.copy(files[2], tmp_path / f"{files[2].stem} (1).qj")
    [line] = told(tmp_path)
    assert line.endswith(f"a copy of {files[2].name}, left out (0 bytes)") or "(1)" in line
    assert seqs(tmp_path) == ["1000-0", "1001-0", "1002-0", "1003-0"]


def test_an_emptied_file_passed_for_a_whole_one(tmp_path: Path) -> None:
    files = recorded(tmp_path)
    files[1].write_bytes(b"")
    assert told(tmp_path) == [f"{files[1]} at byte 0: the file is empty (0 bytes)"]


def test_a_folder_of_a_files_name_and_a_link_to_nowhere_ended_in_a_traceback(
    tmp_path: Path,
) -> None:
    recorded(tmp_path)
    (tmp_path / "odd-000001.qj").mkdir()
    (tmp_path / "gone-000001.qj").symlink_to(tmp_path / "nowhere.qj")
    assert told(tmp_path) == []
    assert len(seqs(tmp_path)) == 4


def test_a_recording_that_begins_before_its_first_seq_begins_with_that(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "replay", 1000.0)
    recorder.bound(Bound("", "double:SPY", "double", "double.py", "d1", {}, b"{}"))
    recorder.written([Written.of(a_write(), "5000-0")])
    recorder.close()
    found = open_recording(tmp_path)
    assert (found.first, found.last) == (5000, 5000)


def test_when_a_recording_was_begun_is_told_by_its_first_file_that_can_be_read(
    tmp_path: Path,
) -> None:
    files = recorded(tmp_path)
    later = Recorder(tmp_path, "worker", 2000.0)
    later.close()
    assert open_recording(tmp_path).started == 1000.0
    for file in files:
        file.unlink()
    assert open_recording(tmp_path).started == 2000.0
