"""Files are read whole; what would be waited for, or has no end, is an error that says so."""

import os
from pathlib import Path

import pytest

from quanticity.plain_file import read_plain


def why(path: Path, most: int = 100) -> str:
    with pytest.raises(OSError, match=r"it|No such|Is a") as told:
        read_plain(path, most)
    return told.value.strerror or ""


def test_a_file_and_a_link_to_one_are_read_whole(tmp_path: Path) -> None:
    file, link = tmp_path / "a", tmp_path / "b"
    file.write_bytes(b"one\r\n\0")
    link.symlink_to(file)
    assert read_plain(file) == read_plain(link) == b"one\r\n\0"


def test_what_is_no_plain_file_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert why(tmp_path / "pipe") == why(tmp_path / "zero") == "it is not a plain file"
    assert why(tmp_path) == "Is a directory"
    assert why(tmp_path / "none") == "No such file or directory"


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x" * 100)
    assert len(read_plain(file, 100)) == 100
    file.write_bytes(b"x" * 1_001)
    assert why(file, 1_000) == "it has 1,001 bytes; at most 1,000 are read"


def test_a_file_that_does_not_say_how_large_it_is_has_a_bound_all_the_same() -> None:
    assert why(Path("/proc/self/status"), 10) == "it has 11 bytes; at most 10 are read"
