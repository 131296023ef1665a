"""Rows of polled bodies: each written once, whatever values, edits and stalls lie between."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from quanticity.errors import StoreUnavailable
from quanticity.feeds import events
from quanticity.feeds.binding import bound, feeds_of
from quanticity.feeds.events import SeenByValues, SeenRows
from quanticity.logs import logger
from tests.feeds.fakes import MemoryStore
from tests.feeds.loopback import Bench, FakeLane, answering, serving, whole_bench

DAYS = ["2026-01-09", "2026-01-16", "2026-01-23"]


def trades(**fields: Any) -> dict[str, dict[str, Any]]:
    return {
        "chains": {"path": "/chains", "redis_key": "raw:v:chains"},
        "trades": {
            "path": "/trades",
            "params": {"expiry": "{expiry}"},
            "expand": {"expiry": {"from": "chains"}},
            "redis_key": "raw:v:trades:{expiry}",
            "kind": "events",
            **fields,
        },
    }


class Vendor:
    """Numbers the trades of each expiry from 1 on, and lists the expiries in `days`."""

    def __init__(self, *days: str) -> None:
        self.days = list(days)
        self.asked: list[str] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/chains":
            return web.json_response({"data": [{"expiry": day} for day in self.days]})
        self.asked.append(request.query["expiry"])
        page = int(request.query.get("page", 0))
        return web.json_response({"data": [{"id": n} for n in (2 * page + 1, 2 * page + 2)]})


def ids(bench: Bench, day: str) -> list[int]:
    found = bench.store.streams.get(f"raw:v:trades:{day}", [])
    return sorted(event.data["id"] for _, event in found)


def run(vendor: Any, check: Any, **fields: Any) -> None:
    async def main() -> None:
        async with serving(vendor) as (url, _):
            bench = Bench(url, trades(**fields))
            await bench.run("chains")
            await check(bench)
            await bench.vendor.close()

    asyncio.run(main())


def test_one_expiry_hid_the_rows_of_another() -> None:
    async def check(bench: Bench) -> None:
        await bench.run("trades", times=2)
        assert [ids(bench, day) for day in DAYS] == [[1, 2]] * 3
        assert sorted(bench.store.states) == [
            f"seen:raw:v:trades:{{expiry}}|expiry={day}" for day in DAYS
        ]

    paging = {"type": "page", "param": "page", "id": "id", "limit": 100, "max_pages": 1}
    run(Vendor(*DAYS), check, paging=paging, max_calls=3)
    # Rows without an id are told apart by all they hold, which is the same for all three.
    run(Vendor(*DAYS), check)


def test_what_one_expiry_had_ended_the_pages_of_another() -> None:
    vendor = Vendor(*DAYS[:2])

    async def check(bench: Bench) -> None:
        await bench.run("trades")
        assert [ids(bench, day) for day in DAYS[:2]] == [[1, 2, 3, 4]] * 2
        assert vendor.asked == [DAYS[0]] * 2 + [DAYS[1]] * 2

    paging = {"type": "page", "param": "page", "id": "id", "limit": 2, "max_pages": 2}
    run(vendor, check, paging=paging, max_calls=4)


def test_an_expiry_that_returns_brings_nothing_twice_and_meanwhile_takes_no_memory() -> None:
    vendor = Vendor(*DAYS)

    async def check(bench: Bench) -> None:
        seen = bench.feeds["trades"]._seen
        assert seen is not None
        for days in (DAYS, DAYS[1:], DAYS):
            vendor.days = days
            await bench.run("chains")
            await bench.run("trades")
            assert len(seen._parts) == len(days)
        assert [ids(bench, day) for day in DAYS] == [[1, 2]] * 3

    run(vendor, check)


def test_what_an_earlier_version_saved_under_the_name_of_the_feed_is_known() -> None:
    """Else an upgrade would write all rows again."""

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote:SPY")
        saved = bench.store.states.pop("seen:raw:v:SPY")
        assert orjson.loads(saved)
        bench.store.states["seen:v.quote:SPY"] = saved
        made = SeenByValues("raw:v:SPY", "v.quote:SPY", [], None, bench.store).of({})
        await made.restore()
        assert made.known({"id": 1})

    fields = {"kind": "events", "symbols": ["SPY"], "redis_key": "raw:v:{symbol}"}
    whole_bench(answering([{"id": 1}]), fields, check)


class Stalled(MemoryStore):
    """Takes what it is given, and goes on answering with what it had before."""

    async def state(self, name: str) -> bytes | None:
        return None


def test_an_edit_while_the_store_stalled_wrote_events_twice() -> None:
    async def check(bench: Bench) -> None:
        old = bench.feeds["trades"]
        await bench.run("trades")
        given = bench.effective.sources["v"].endpoints["trades"]
        (made,) = feeds_of(given, bench.vendor, bench.effective, bench.book)
        (new,) = bound(made.recipe, given, bench.book, {old.id: old})
        assert new is not old
        await new.run(FakeLane(bench.clock.now()))
        # A run of the old one that the edit met may end after the first of the new one.
        await old.run(FakeLane(bench.clock.now()))
        assert [ids(bench, day) for day in DAYS] == [[1, 2]] * 3

    async def main() -> None:
        async with serving(Vendor(*DAYS)) as (url, _):
            bench = Bench(url, trades(), store=Stalled())
            await bench.run("chains")
            await check(bench)
            await bench.vendor.close()

    asyncio.run(main())


class Away(MemoryStore):
    """Takes what it is given, and cannot be read."""

    async def state(self, name: str) -> bytes | None:
        raise StoreUnavailable("the store is away")


def test_a_first_poll_while_the_store_was_away_was_a_traceback() -> None:
    lines: list[str] = []
    sink = logger.add(lines.append, level="WARNING")

    async def main() -> None:
        async with serving(Vendor(*DAYS)) as (url, arrived):
            bench = Bench(url, trades(breaker={"failures": 1}), store=Away())
            await bench.run("chains")
            await bench.run("trades", times=2)
            await bench.vendor.close()
        # What was seen is not known: rows that are fetched now might be written twice.
        assert len(arrived) == 1
        assert bench.error("trades") == "the store is away"
        assert not bench.feeds["trades"].recipe.breaker.is_open

    try:
        asyncio.run(main())
    finally:
        logger.remove(sink)
    assert "Traceback" not in "".join(lines)


def test_a_poll_of_more_rows_than_are_remembered_doubled_the_surplus_each_time() -> None:
    """25,000 rows polled three times were 35,000 events."""
    body = [{"id": number} for number in range(events.REMEMBERED + 5_000)]

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=3)
        assert len(bench.store.streams["raw:v:tape"]) == len(body)

    whole_bench(answering(body), {"kind": "events", "redis_key": "raw:v:tape"}, check)


@given(st.lists(st.lists(st.integers(0, 30), max_size=12), min_size=1, max_size=12))
def test_a_row_of_the_poll_before_is_never_new(polls: list[list[int]]) -> None:
    """However many there are, and however short the memory; and it stays short."""

    async def main(store: MemoryStore) -> None:
        before: set[int] = set()
        seen = SeenRows("v.tape", "id", store)
        for poll in polls:
            new = {number for number in poll if seen.enter({"id": number})}
            seen.save(len(poll))
            assert not new & before
            assert not new or len(seen._marks) <= max(events.REMEMBERED, len(poll))
            before = set(poll)

    kept, events.REMEMBERED = events.REMEMBERED, 5
    try:
        asyncio.run(main(MemoryStore()))
    finally:
        events.REMEMBERED = kept


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 5)), max_size=40), st.data())
def test_each_set_of_values_has_each_row_once(rows: list[tuple[str, int]], data: Any) -> None:
    """Whatever edits and forgotten sets lie between."""

    async def main(store: MemoryStore) -> None:
        written: list[tuple[str, int]] = []
        seen = SeenByValues("raw:v:tape", "v.tape", ["expiry"], "id", store)
        for expiry, number in rows:
            own = seen.of({"symbol": "SPY", "expiry": expiry})
            await own.restore()
            if own.enter({"id": number}):
                written.append((expiry, number))
            own.save(1)
            match data.draw(st.sampled_from(["nothing", "edit", "left out"])):
                case "edit":
                    after = SeenByValues("raw:v:tape", "v.tape", ["expiry"], "id", store)
                    after.follow(seen)
                    seen = after
                case "left out":
                    seen.keep([{"expiry": "B"}])
        assert sorted(written) == sorted(set(rows))

    asyncio.run(main(MemoryStore()))


def test_rows_that_no_poll_changed_for_a_month_were_forgotten() -> None:
    """What is saved lives for thirty days: each run saves it once more."""

    async def check() -> None:
        store = MemoryStore()
        store.states["seen:v.list"] = b'["1","2"]'
        saved: list[bytes] = []
        seen = SeenRows("v.list", "id", store)
        await seen.restore()
        del store.states["seen:v.list"]
        for _ in range(2):
            assert not any(seen.enter({"id": number}) for number in (1, 2))
            seen.save(2)
            saved.append(store.states.pop("seen:v.list", b""))
        assert [sorted(orjson.loads(text)) if text else [] for text in saved] == [["1", "2"], []]

    asyncio.run(check())


def test_rows_whose_id_is_null_or_empty_were_taken_for_one() -> None:
    rows = [{"id": none, "v": n} for n, none in enumerate((None, None, "", ""))]

    async def vendor(_: web.Request) -> web.StreamResponse:
        return web.json_response({"data": rows})

    async def main() -> None:
        async with serving(vendor) as (url, _):
            paging = {"type": "page", "param": "page", "id": "id", "limit": 100, "max_pages": 1}
            feed = {"path": "/x", "redis_key": "raw:v:x", "kind": "events", "paging": paging}
            bench = Bench(url, {"x": feed})
            await bench.run("x", times=2)
            written = [event.data["v"] for _, event in bench.store.streams["raw:v:x"]]
            assert sorted(written) == [0, 1, 2, 3]
            await bench.vendor.close()

    asyncio.run(main())
