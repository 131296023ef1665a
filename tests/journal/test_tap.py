"""Recording begins and ends by the store's word, and misses nothing in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from quanticity.clock import LiveClock
from quanticity.journal.reader import open_recording
from quanticity.journal.records import Value
from quanticity.journal.tap import LOOK_EVERY, WORD, Tap, word
from quanticity.store.memory import MemoryStore
from tests.journal.recordings import a_write


def run(test: Callable[[MemoryStore, LiveClock], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = LiveClock()
        await test(MemoryStore(clock), clock)

    asyncio.run(main())


def data_of(folder: Path) -> list[str]:
    values = [one for one in open_recording(folder).records() if isinstance(one, Value)]
    return [one.key for one in values]


def test_what_happens_before_the_recorder_stands_is_recorded_too(tmp_path: Path) -> None:
    async def test(store: MemoryStore, clock: LiveClock) -> None:
        tap = Tap(store, clock, "feeds", tmp_path)
        store.put(a_write("raw:early"))
        task = asyncio.create_task(tap.run())
        await clock.sleep(0.1)
        store.put(a_write("raw:late"))
        tap.close()
        store.put(a_write("raw:after"))
        task.cancel()

    run(test)
    assert data_of(tmp_path) == ["raw:early", "raw:late"]


def test_the_stores_word_begins_and_ends_a_recording(tmp_path: Path) -> None:
    async def test(store: MemoryStore, clock: LiveClock) -> None:
        tap = Tap(store, clock, "feeds")
        task = asyncio.create_task(tap.run())
        store.put(a_write("raw:before"))
        for number in ("1", "2"):
            store.put_plain(WORD, word(tmp_path / number, number), 60)
            await clock.sleep(3 * LOOK_EVERY)
            store.put(a_write(f"raw:{number}"))
        store.put_plain(WORD, "", 0.001)
        await clock.sleep(3 * LOOK_EVERY)
        assert tap.recorder is None
        assert not tap.active
        store.put(a_write("raw:after"))
        tap.close()
        task.cancel()

    run(test)
    assert data_of(tmp_path / "1") == ["raw:1"]
    assert data_of(tmp_path / "2") == ["raw:2"]


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def test(store: MemoryStore, clock: LiveClock) -> None:
        tap = Tap(store, clock, "feeds", tmp_path / "file" / "x")
        task = asyncio.create_task(tap.run())
        await clock.sleep(0.1)
        store.put(a_write("raw:a"))
        assert await store.get("raw:a") is not None
        assert not task.done()
        assert not tap.active
        tap.close()
        task.cancel()

    run(test)


def test_a_store_that_is_away_is_waited_for(tmp_path: Path) -> None:
    async def test(store: MemoryStore, clock: LiveClock) -> None:
        tap = Tap(store, clock, "feeds", tmp_path)
        store.lose()
        task = asyncio.create_task(tap.run())
        await clock.sleep(0.1)
        assert tap.recorder is None
        store.put(a_write("raw:kept"))
        store.restore()
        await clock.sleep(2 * LOOK_EVERY)
        tap.close()
        task.cancel()

    run(test)
    assert data_of(tmp_path) == ["raw:kept"]
