"""`replay`: today's components over yesterday's values, written as live."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from quanticity.clock import LiveClock
from quanticity.journal.reader import open_recording
from quanticity.journal.recorder import Recorder
from quanticity.journal.records import Value
from quanticity.model import Envelope, Kind
from quanticity.replay.play import Played, Player
from quanticity.runtime.ages import PlainAges
from quanticity.store.memory import MemoryStore
from quanticity.views.base import Stored
from tests.replay.small import CALENDAR, MONDAY, PLUGIN, Small, bindings, components, record


async def kept(store: MemoryStore, *keys: str) -> dict[str, Envelope]:
    found = await store.get_many(keys)
    return {key: one for key, one in found.items() if one is not None}


def play(folder: Path, known: object) -> tuple[Played, dict[str, Envelope], list[object]]:
    async def main() -> tuple[Played, dict[str, Envelope], list[object]]:
        store = MemoryStore(LiveClock())
        player = Player(
            open_recording(folder),
            bindings(known),  # type: ignore[arg-type]
            PlainAges(),
            CALENDAR,
            store,
            LiveClock(),
        )
        played = await player.run()
        found = await kept(store, "raw:price:SPY", "feed:scaled:SPY", "feed:mean:SPY")
        told = [one.data for _, one in await store.events("events:told:SPY", count=10_000)]
        return played, found, told

    return asyncio.run(main())


def live(small: Small) -> tuple[dict[str, Envelope], list[object]]:
    async def main() -> tuple[dict[str, Envelope], list[object]]:
        found = await kept(small.store, "raw:price:SPY", "feed:scaled:SPY", "feed:mean:SPY")
        told = [one.data for _, one in await small.store.events("events:told:SPY", count=10_000)]
        return found, told

    return asyncio.run(main())


def test_the_same_plugins_write_what_they_wrote_live(tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    small = record(folder, bindings(components(tmp_path)))
    played, found, told = play(folder, components(tmp_path))
    then, then_told = live(small)
    assert played.runs == small.runs
    assert played.values == 134
    assert told == then_told
    assert {key: one.data for key, one in found.items()} == {
        key: one.data for key, one in then.items()
    }
    for key, one in found.items():
        assert (one.timestamp, one.source) == (then[key].timestamp, then[key].source)
    assert found["feed:scaled:SPY"].inputs == {"raw:price:SPY": found["raw:price:SPY"].seq}


def test_todays_plugins_write_todays_values(tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    record(folder, bindings(components(tmp_path)))
    _, found, _ = play(folder, components(tmp_path, PLUGIN.replace("2.5", "5.0")))
    assert found["feed:scaled:SPY"].data["scaled"] == found["raw:price:SPY"].data["p"] * 5 + 1


def test_time_is_the_recordings(tmp_path: Path) -> None:
    """Triggers of time are due as recorded time passes, whatever the machine's clock says."""
    text = PLUGIN.replace('OnChange("scaled", "prints")', "Every(5)")
    folder = tmp_path / "recording"
    small = record(folder, bindings(components(tmp_path, text)), 400)
    played, _, told = play(folder, components(tmp_path, text))
    _, then = live(small)
    assert told == then
    assert played.runs == small.runs
    assert played.span > 100


def test_a_value_of_a_later_hour_that_was_there_before_is_not_the_time(tmp_path: Path) -> None:
    """A demo that began again at ten held what the one before had until noon: replay went there."""
    folder = tmp_path / "recording"
    small = record(folder, bindings(components(tmp_path)))
    [seq, *_] = [one.seq for one in open_recording(folder).records() if isinstance(one, Value)]
    before = Recorder(folder, "before", MONDAY, newest=seq)
    noon = Stored(MONDAY + 7200, MONDAY + 7200, "test.old", "1-0", "", msgspec.Raw(b"{}"))
    before.present("raw:old:SPY", Kind.LATEST, noon)
    before.close()
    played, _, told = play(folder, components(tmp_path))
    assert told == live(small)[1]
    assert played.runs == small.runs
    assert played.values == 135
    assert played.span < 7200


def test_a_damaged_recording_is_played_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    record(folder, bindings(components(tmp_path)), 3000)
    (path,) = folder.glob("feeds-*.qj")
    text = bytearray(path.read_bytes())
    text[len(text) // 2] ^= 1
    path.write_bytes(text)
    played, found, _ = play(folder, components(tmp_path))
    assert played.damage == 1
    assert played.runs > 0
    assert "feed:mean:SPY" in found
