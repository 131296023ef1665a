"""What every store does: the same suite over the server and over the one in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import xxhash

from quanticity.clock import LiveClock
from quanticity.errors import StoreError
from quanticity.model import Kind
from quanticity.store.envelope import Written
from quanticity.store.memory import MemoryStore
from quanticity.store.ports import Store
from quanticity.store.redis_store import RedisStore
from tests.store.running import directory, opened, write


@asynccontextmanager
async def on_server() -> AsyncIterator[Store]:
    with directory() as data:
        async with opened(data) as store:
            yield store


@asynccontextmanager
async def in_memory() -> AsyncIterator[Store]:
    yield MemoryStore(LiveClock())


Make = Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture(params=[on_server, in_memory], ids=["server", "memory"])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


def run(make: Make, test: Callable[[Store], Awaitable[None]]) -> None:
    async def main() -> None:
        async with make() as store:
            await test(store)

    asyncio.run(main())


def test_a_value_comes_back_as_it_was_put(make: Make) -> None:
    async def test(store: Store) -> None:
        store.put(write("raw:a", b'{"x": [1, 2.50, null]}'))
        await store.flush()
        got = await store.get("raw:a")
        assert got is not None
        assert got.data == {"x": [1, 2.5, None]}
        assert got.timestamp == 1_767_625_200.25
        assert got.received == got.timestamp + 1
        assert got.source == "unusual_whales.spot_gex"
        assert got.hash == xxhash.xxh3_64_hexdigest(b'{"x": [1, 2.50, null]}')
        assert got.inputs == {}

    run(make, test)


@pytest.mark.parametrize("size", [2, 2_000, 63_000, 66_000, 2_000_000])
def test_the_stored_text_is_readable_json_in_the_order_of_the_design(make: Make, size: int) -> None:
    async def test(store: Store) -> None:
        body = b'{"pad":  "' + b"x" * size + b'"}'
        store.put(write("raw:a", body, inputs={"raw:b": "7-0", 'odd "key"': "8-1"}))
        store.put(write("raw:b", body))
        await store.flush()
        text = await store.get_raw("raw:a")
        assert text is not None
        fields = json.loads(text)
        assert list(fields) == [
            *("timestamp", "received", "source", "seq", "hash", "inputs", "data")
        ]
        assert fields["inputs"] == {"raw:b": "7-0", 'odd "key"': "8-1"}
        assert body in text
        assert list(json.loads(await store.get_raw("raw:b") or b"")) == [
            *("timestamp", "received", "source", "seq", "hash", "data")
        ]

    run(make, test)


def test_a_newer_value_replaces_the_older(make: Make) -> None:
    async def test(store: Store) -> None:
        for number in range(5):
            store.put(write("raw:a", b"%d" % number))
        await store.flush()
        store.put(write("raw:a", b'"last"'))
        await store.flush()
        got = await store.get("raw:a")
        assert got is not None
        assert got.data == "last"

    run(make, test)


def test_a_key_that_was_never_written_is_none(make: Make) -> None:
    async def test(store: Store) -> None:
        assert await store.get("raw:nothing") is None
        assert await store.get_raw("raw:nothing") is None
        assert await store.events("raw:nothing") == []
        assert await store.state("nothing") is None
        assert await store.get_many([]) == {}

    run(make, test)


def test_many_are_read_at_once(make: Make) -> None:
    async def test(store: Store) -> None:
        store.put(write("raw:a", b"1"))
        store.put(write("raw:b", b"2"))
        await store.flush()
        got = await store.get_many(["raw:b", "raw:none", "raw:a"])
        assert [got[key] and got[key].data for key in ("raw:a", "raw:b")] == [1, 2]  # type: ignore[union-attr]
        assert got["raw:none"] is None

    run(make, test)


def test_events_lose_nothing_and_keep_their_order(make: Make) -> None:
    async def test(store: Store) -> None:
        for number in range(250):
            store.put(write("raw:prints", b"%d" % number, kind=Kind.EVENTS))
            if number % 50 == 0:
                await store.flush()
        await store.flush()
        seen: list[int] = []
        after = "0"
        while rows := await store.events("raw:prints", after, 60):
            assert len(rows) <= 60
            seen += [envelope.data for _, envelope in rows]
            after = rows[-1][0]
        assert seen == list(range(250))

    run(make, test)


def test_an_events_id_is_its_seq(make: Make) -> None:
    async def test(store: Store) -> None:
        store.put(write("raw:prints", b"1", kind=Kind.EVENTS))
        await store.flush()
        [(seq, envelope)] = await store.events("raw:prints")
        assert envelope.seq == seq

    run(make, test)


def test_the_newest_events_come_oldest_first(make: Make) -> None:
    async def test(store: Store) -> None:
        for number in range(30):
            store.put(write("raw:prints", b"%d" % number, kind=Kind.EVENTS))
        await store.flush()
        assert isinstance(store, RedisStore | MemoryStore)
        newest = await store.newest_events("raw:prints", 3)
        assert [event.data for _, event in newest] == [27, 28, 29]
        assert await store.newest_events("raw:none") == []

    run(make, test)


def test_events_are_capped(make: Make) -> None:
    async def test(store: Store) -> None:
        for number in range(5_000):
            store.put(write("raw:prints", b"%d" % number, kind=Kind.EVENTS, cap=1_000))
        await store.flush()
        rows = await store.events("raw:prints", count=10_000)
        assert 1_000 <= len(rows) <= 1_200
        assert rows[-1][1].data == 4_999

    run(make, test)


def test_the_two_kinds_are_not_confused(make: Make) -> None:
    async def test(store: Store) -> None:
        store.put(write("raw:prints", b"1", kind=Kind.EVENTS))
        store.put(write("raw:a", b"1"))
        await store.flush()
        with pytest.raises(StoreError, match="raw:prints is of the other kind"):
            await store.get("raw:prints")
        assert await store.get_raw("raw:prints") is None
        with pytest.raises(StoreError, match="raw:a is of the other kind"):
            await store.events("raw:a")

    run(make, test)


def test_a_key_may_change_its_kind(make: Make) -> None:
    async def test(store: Store) -> None:
        store.put(write("raw:a", b"1"))
        await store.flush()
        store.put(write("raw:a", b"2", kind=Kind.EVENTS))
        await store.flush()
        assert [envelope.data for _, envelope in await store.events("raw:a")] == [2]
        store.put(write("raw:a", b"3"))
        await store.flush()
        got = await store.get("raw:a")
        assert got is not None
        assert got.data == 3

    run(make, test)


def test_changes_tell_every_write_in_order_and_its_seq(make: Make) -> None:
    async def test(store: Store) -> None:
        following = store.changes()
        first = asyncio.ensure_future(anext(following))
        await asyncio.sleep(0.1)
        store.put(write("raw:a"))
        seq, key = await asyncio.wait_for(first, 60)
        assert key == "raw:a"
        store.put(write("raw:b"))
        store.put(write("raw:c", kind=Kind.EVENTS))
        store.put(write("raw:big", b'"%b"' % (b"x" * 100_000)))
        store.put_plain("heartbeat:uw", "1", 60)
        await store.flush()
        later = [await asyncio.wait_for(anext(following), 5) for _ in range(3)]
        assert [name for _, name in later] == ["raw:b", "raw:c", "raw:big"]
        for number, name in [(seq, "raw:a"), later[0], later[2]]:
            got = await store.get(name)
            assert got is not None
            assert got.seq == number
        from_the_start, from_there = store.changes("0"), store.changes(later[0][0])
        assert await asyncio.wait_for(anext(from_the_start), 5) == (seq, "raw:a")
        assert await asyncio.wait_for(anext(from_there), 5) == later[1]
        for iterator in (following, from_the_start, from_there):
            await iterator.aclose()  # type: ignore[attr-defined]

    run(make, test)


def test_plain_keys_and_state_hold_what_was_given(make: Make) -> None:
    async def test(store: Store) -> None:
        store.put_plain("av:options:timestamp", "1767625200.5", 60)
        store.put_state("deltas:SPY", b"\x00\xffbytes")
        await store.flush()
        assert await store.get_raw("av:options:timestamp") == b"1767625200.5"
        assert await store.state("deltas:SPY") == b"\x00\xffbytes"

    run(make, test)


def test_every_key_expires(make: Make) -> None:
    async def test(store: Store) -> None:
        store.put(write("raw:a", ttl=180))
        store.put(write("raw:big", b'"%b"' % (b"x" * 100_000), ttl=60))
        store.put(write("raw:prints", kind=Kind.EVENTS, ttl=86_400))
        store.put_plain("heartbeat:uw", "1", 90)
        store.put_state("deltas:SPY", b"1")
        await store.flush()
        lives = dict(await store.keys())
        assert lives["raw:a"] == pytest.approx(180, abs=2)
        assert lives["raw:big"] == pytest.approx(60, abs=2)
        assert lives["raw:prints"] == pytest.approx(86_400, abs=2)
        assert lives["heartbeat:uw"] == pytest.approx(90, abs=2)
        assert lives["state:deltas:SPY"] == pytest.approx(30 * 86_400, abs=2)
        assert all(life < 31 * 86_400 for life in lives.values())

    run(make, test)


def test_a_value_is_gone_when_its_life_is_over(make: Make) -> None:
    async def test(store: Store) -> None:
        store.put(write("raw:a", ttl=0.5))
        await store.flush()
        assert await store.get("raw:a") is not None
        await asyncio.sleep(0.55)
        assert await store.get("raw:a") is None

    run(make, test)


def test_keys_are_found_by_pattern(make: Make) -> None:
    async def test(store: Store) -> None:
        for key in ("raw:uw:ticks:SPY", "raw:uw:ticks:QQQ", "raw:fmp:earnings"):
            store.put(write(key))
        await store.flush()
        assert [key for key, _ in await store.keys("raw:uw:*")] == [
            "raw:uw:ticks:QQQ",
            "raw:uw:ticks:SPY",
        ]

    run(make, test)


@pytest.mark.parametrize(
    "bad",
    [
        write(ttl=0),
        write(ttl=-1),
        write(ttl=float("inf")),
        write(timestamp=float("nan")),
        write(timestamp=float("inf")),
    ],
)
def test_what_cannot_be_stored_is_refused_at_once(make: Make, bad: object) -> None:
    async def test(store: Store) -> None:
        with pytest.raises(ValueError, match="raw:uw:spot_gex:SPY"):
            store.put(bad)  # type: ignore[arg-type]

    run(make, test)


def test_a_body_that_is_no_json_is_told_by_its_reader(make: Make) -> None:
    async def test(store: Store) -> None:
        store.put(write("raw:a", b"<html>"))
        store.put_plain("raw:plain", "[1]", 60)
        await store.flush()
        with pytest.raises(StoreError, match="raw:a"):
            await store.get("raw:a")
        with pytest.raises(StoreError, match="raw:plain"):
            await store.get("raw:plain")

    run(make, test)


def test_what_is_written_is_told_with_its_seq(make: Make) -> None:
    async def test(store: Store) -> None:
        assert isinstance(store, RedisStore | MemoryStore)
        told: list[tuple[str, bytes, str]] = []
        texts: dict[str, bytes] = {}

        def observer(written: Sequence[Written]) -> None:
            told.extend((one.write.key, one.write.data, one.seq) for one in written)
            texts.update({one.write.key: one.text for one in written})

        store.put(write("raw:before", b"0"))
        await store.flush()
        store.observe(observer)
        store.put(write("raw:a", b"1"))
        store.put_plain("heartbeat:uw", "1.5", 60)
        store.put(write("raw:big", b'"' + b"x" * 100_000 + b'"'))
        store.put(write("raw:events", b"2", kind=Kind.EVENTS))
        store.put(write("raw:events", b"3", kind=Kind.EVENTS))
        await store.flush()
        store.unobserve(observer)
        store.put(write("raw:after", b"4"))
        await store.flush()
        assert [(key, data) for key, data, _ in told if key == "raw:events"] == [
            ("raw:events", b"2"),
            ("raw:events", b"3"),
        ]
        seqs = {key: seq for key, _, seq in told}
        assert set(seqs) == {"raw:a", "raw:big", "raw:events"}
        for key in ("raw:a", "raw:big"):
            got = await store.get(key)
            assert got is not None
            assert got.seq == seqs[key]
            stored = await store.get_raw(key)
            assert stored is not None
            # A long value is stored with room behind its seq; else it is told as it is stored.
            assert stored.replace(b" ", b"") == texts[key]
        events = await store.events("raw:events")
        assert [seq for seq, _ in events] == [seq for key, _, seq in told if key == "raw:events"]

    run(make, test)


def test_a_group_is_written_whole_and_the_newest_state_stands(make: Make) -> None:
    async def test(store: Store) -> None:
        for number in range(3):
            event = write("analytics:alerts", b"%d" % number, kind=Kind.EVENTS)
            value = write("feed:a", b"%d" % number, inputs={"raw:a": "7-0"})
            big = write("feed:big", b'"%b%d"' % (b"x" * 100_000, number))
            store.put_together([value, event, big], {"component:a": b"%d" % number})
        store.put_together([], {})
        await store.flush()
        assert await store.state("component:a") == b"2"
        assert [one.data for _, one in await store.events("analytics:alerts")] == [0, 1, 2]
        got = await store.get_many(["feed:a", "feed:big"])
        assert got["feed:a"] is not None
        assert got["feed:a"].data == 2
        assert got["feed:a"].inputs == {"raw:a": "7-0"}
        assert got["feed:big"] is not None
        assert got["feed:big"].data.endswith("2")

    run(make, test)


def test_state_is_told_as_it_was_put_last_written_or_not(make: Make) -> None:
    async def test(store: Store) -> None:
        for number in range(3):
            store.put_state("a", b"%d" % number)
            assert await store.state("a") == b"%d" % number
            store.put_together([write("raw:a")], {"a": b"g%d" % number})
            assert await store.state("a") == b"g%d" % number
        assert await store.state("b") is None

    run(make, test)


def test_a_group_with_what_cannot_be_stored_leaves_nothing(make: Make) -> None:
    async def test(store: Store) -> None:
        with pytest.raises(ValueError, match="feed:bad"):
            store.put_together([write("feed:a"), write("feed:bad", ttl=0)], {"a": b"1"})
        await store.flush()
        assert await store.get("feed:a") is None
        assert await store.state("a") is None

    run(make, test)


def test_texts_of_many_keys_come_as_they_are_stored(make: Make) -> None:
    async def test(store: Store) -> None:
        assert await store.newest_seq() == "0-0"
        assert await store.fetch([], {}) == ([], {})
        for number in range(5):
            store.put(write("raw:prints", b"%d" % number, kind=Kind.EVENTS))
        store.put(write("raw:a", b"7"))
        store.put_state("deltas", b"\x00")
        await store.flush()
        assert await store.newest_seq() == json.loads(await store.get_raw("raw:a") or b"")["seq"]
        texts, events = await store.fetch(
            ["raw:a", "raw:none", "raw:prints", "state:deltas"],
            {"raw:prints": "0", "raw:a": "0", "raw:no": "0"},
            3,
        )
        assert texts == [await store.get_raw("raw:a"), None, None, b"\x00"]
        assert [json.loads(text)["data"] for text in events["raw:prints"]] == [0, 1, 2]
        assert not events["raw:a"]
        assert not events["raw:no"]
        after = json.loads(events["raw:prints"][-1])["seq"]
        _, later = await store.fetch([], {"raw:prints": after})
        assert [json.loads(text)["data"] for text in later["raw:prints"]] == [3, 4]

    run(make, test)
