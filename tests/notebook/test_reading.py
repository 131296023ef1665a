"""One line from a key to a DataFrame, of a live system and of a recording."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from quanticity import notebook
from quanticity.errors import KeyNotFound, QuanticityError
from quanticity.journal.recorder import Recorder
from quanticity.model import Kind, Write
from quanticity.store.envelope import Written
from tests.store.running import directory, opened, write

MONDAY = 1_767_625_200.0
WALL = 1_790_000_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An hour of a demo: its time is not the store's."""
    recorder = Recorder(tmp_path, "feeds", MONDAY)
    for number in range(60):
        at = MONDAY + 60 * number
        one = Write("raw:a", b'{"n": %d}' % number, "uw.a", at - 5, at, 60.0)
        recorder.written([Written.of(one, f"{WALL + 60_000 * number}-0")])
    recorder.close()
    return tmp_path


def test_a_recorded_range_is_one_line(folder: Path) -> None:
    table = notebook.recorded("raw:a", folder, since="2026-01-05 10:10", until="2026-01-05 10:12")
    assert table["n"].tolist() == [10, 11, 12]
    assert str(table.index[0]) == "2026-01-05 10:09:55-05:00"
    assert len(notebook.recorded("raw:a", folder)) == 60
    assert len(notebook.recorded("raw:a", folder, since=MONDAY + 3540)) == 1
    assert notebook.recorded_keys(folder) == ["raw:a"]


def test_what_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(KeyNotFound, match="did you mean 'raw:a'"):
        notebook.recorded("raw:aa", folder)
    with pytest.raises(KeyNotFound, match="no value from 2027-01-01"):
        notebook.recorded("raw:a", folder, since="2027-01-01")
    with pytest.raises(QuanticityError, match="is no folder"):
        notebook.recorded("raw:a", folder / "nothing")


def test_a_live_key_is_one_line_also_where_a_loop_runs() -> None:
    """A notebook's own loop runs already: asyncio.run raised there."""

    async def main(data: Path) -> None:
        async with opened(data / "demo") as store:
            store.put(write("raw:uw:a:SPY", b'[{"x": "1.5"}, {"x": "2"}]'))
            store.put(write("raw:events", b'{"size": 1}', kind=Kind.EVENTS))
            store.put(write("raw:events", b'{"size": 2}', kind=Kind.EVENTS))
            await store.flush()
            assert notebook.live("raw:uw:a:SPY", env="demo", data=data)["x"].tolist() == [1.5, 2.0]
            assert notebook.live("raw:events", env="demo", data=data)["size"].tolist() == [1, 2]
            assert "raw:events" in notebook.keys("raw:*", env="demo", data=data)
            with pytest.raises(KeyNotFound, match="did you mean 'raw:events'"):
                notebook.live("raw:event", env="demo", data=data)

    with directory() as data:
        asyncio.run(main(data))
