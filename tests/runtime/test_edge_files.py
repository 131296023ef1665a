"""Files that edges leave: whole, in one folder, and nowhere else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from quanticity.clock import LiveClock, MarketCalendar
from quanticity.component import Context, Source
from quanticity.runtime.binding import bind
from quanticity.runtime.edge_files import Folder, NoFolder
from quanticity.runtime.edges import Edges
from quanticity.store.memory import MemoryStore


def test_a_file_is_there_whole_and_alone(tmp_path: Path):
    folder = Folder(tmp_path / "files")
    path = folder.write("found.yaml", "a: ü\n")
    assert Path(path).read_text("utf-8") == "a: ü\n"
    folder.write("found.yaml", "b\n")
    assert Path(path).read_text("utf-8") == "b\n"
    assert [one.name for one in (tmp_path / "files").iterdir()] == ["found.yaml"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "/etc/passwd", ".hidden", "a\\b", "a\0b"])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match="no name of a file"):
        Folder(tmp_path).write(name, "x")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(tmp_path: Path):
    folder = Folder(tmp_path)
    folder.write("a.txt", "old")
    with pytest.raises(UnicodeEncodeError):
        folder.write("a.txt", "\ud800")
    assert [one.read_text() for one in tmp_path.iterdir()] == ["old"]


def test_without_a_data_directory_nothing_can_be_written():
    with pytest.raises(OSError, match="no data directory"):
        NoFolder().write("a.txt", "x")


class Writer(Source):
    name = "writer"

    async def run(self, context: Context) -> None:
        """Write one file, and wait."""
        context.files.write("said.txt", "hello")
        await context.sleep(3600)


def test_an_edge_at_work_writes_into_the_folder_it_is_given(tmp_path: Path):
    async def act() -> None:
        clock = LiveClock()

        async def newest(key: str) -> str:
            return "0"

        nobody: Any = None
        edges = Edges(
            MemoryStore(clock), clock, MarketCalendar(), nobody, newest, files=Folder(tmp_path)
        )
        edges.replace([bind(Writer, Writer.Params(), {})])
        while not (tmp_path / "said.txt").exists():  # noqa: ASYNC110 it is what is looked at
            await asyncio.sleep(0.01)
        await edges.close()

    asyncio.run(asyncio.wait_for(act(), 10))
    assert (tmp_path / "said.txt").read_text() == "hello"
