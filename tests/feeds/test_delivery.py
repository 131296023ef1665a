"""From a good body to keys: what is written where, with which times."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from quanticity.clock import Session
from quanticity.errors import TransformError
from quanticity.feeds.call import Call
from quanticity.feeds.delivery import Delivery
from quanticity.feeds.events import SeenRows
from quanticity.feeds.paging import Page
from quanticity.feeds.rows import row_of
from quanticity.model import Kind
from quanticity.pace.state import State
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW
from tests.feeds.loopback import Bench


class Desk:
    """The delivery of one feed, without the fetching before it."""

    def __init__(self, **endpoint: Any) -> None:
        self.bench = Bench("http://127.0.0.1:1", {"quote": {"path": "/q", **endpoint}})
        (self.feed,) = self.bench.feeds.values()
        self.recipe = self.feed.recipe
        self.call = Call(self.recipe, {})
        self.delivery = Delivery(self.recipe, self.feed.id, self.feed.stats)

    async def value(self, payload: Any) -> None:
        await self.delivery.value(self.call, Page(orjson.dumps(payload), payload))

    async def __aenter__(self) -> Desk:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.bench.vendor.close()

    @property
    def written(self) -> list[tuple[str, Any, float]]:
        return [(w.key, orjson.loads(w.data), w.timestamp) for w in self.bench.store.writes]


def test_the_vendors_bytes_are_stored_as_they_came_with_the_vendors_time() -> None:
    async def main() -> None:
        async with Desk(timestamp={"path": "t", "format": "epoch"}) as desk:
            await desk.value({"t": NOW - 30, "p": "1.50"})
            (write,) = desk.bench.store.writes
            assert write.data == orjson.dumps({"t": NOW - 30, "p": "1.50"})
            assert (write.key, write.source, write.timestamp) == (
                "raw:v:quote",
                "v.quote",
                NOW - 30,
            )
            assert write.received == pytest.approx(NOW, abs=5)
            assert write.ttl == 180
            assert desk.feed.stats.timestamp == NOW - 30

    asyncio.run(main())


def test_a_transform_that_fails_leaves_the_raw_value_and_no_output_of_before() -> None:
    async def main() -> None:
        async with Desk(transform="broken", conditional=True) as desk:
            desk.call.body = orjson.dumps({"p": 1})
            with pytest.raises(TransformError):
                await desk.value({"p": 1})
            with pytest.raises(TransformError):
                await desk.delivery.again(desk.call)
            assert [key for key, _, _ in desk.written] == ["raw:v:quote"] * 2
            assert desk.feed.stats.transform_failures == 2

    asyncio.run(main())


def test_what_still_stands_is_stored_again_with_the_vendors_own_time() -> None:
    async def main() -> None:
        async with Desk(
            conditional=True, transform="rows", timestamp={"path": "t", "format": "epoch"}
        ) as desk:
            desk.call.body = orjson.dumps({"t": NOW - 900})
            await desk.value({"t": NOW - 900})
            await desk.delivery.again(desk.call)
            keys = [(key, timestamp) for key, _, timestamp in desk.written]
            assert keys == [("raw:v:quote", NOW - 900), ("feed:v:quote", NOW - 900)] * 2
            assert desk.feed.stats.note == "not modified"
            assert desk.feed.stats.fetches == 2

    asyncio.run(main())


def test_the_same_body_again_is_counted_as_unchanged() -> None:
    async def main() -> None:
        async with Desk() as desk:
            for price in (1, 1, 2):
                await desk.value({"p": price})
            assert desk.feed.stats.unchanged == 1
            assert len(desk.written) == 3

    asyncio.run(main())


@pytest.mark.parametrize("shape", ["bare", "data", "rows"])
def test_rows_become_events_oldest_first_each_once(shape: str) -> None:
    wrap = {
        "bare": lambda rows: rows,
        "data": lambda rows: {"data": rows},
        "rows": lambda rows: {"result": {"prints": rows}},
    }[shape]

    def page(*ids: int) -> Page:
        body = wrap([{"id": one, "t": NOW - 100 + one} for one in ids])
        return Page(orjson.dumps(body), body)

    async def main() -> None:
        star = {"bare": "*.t", "data": "data.*.t", "rows": "result.prints.*.t"}[shape]
        async with Desk(
            kind="events",
            cap=50,
            timestamp={"path": star, "format": "epoch"},
            **({"rows": "result.prints", "format": "json"} if shape == "rows" else {}),
        ) as desk:
            seen = SeenRows(desk.feed.id, "id", desk.bench.store)
            await desk.delivery.events(desk.call, page(3, 2, 1), seen)
            await desk.delivery.events(desk.call, page(4, 3, 2), seen)
            assert [data["id"] for _, data, _ in desk.written] == [1, 2, 3, 4]
            assert [at for _, _, at in desk.written] == [NOW - 100 + each for each in (1, 2, 3, 4)]
            assert {(w.kind, w.cap) for w in desk.bench.store.writes} == {(Kind.EVENTS, 50)}
            assert desk.feed.stats.timestamp == NOW - 96

    asyncio.run(main())


def test_the_only_row_of_a_body_was_no_event_where_the_vendor_left_its_list_out() -> None:
    async def main() -> None:
        async with Desk(kind="events", rows="trades.trade") as desk:
            seen = SeenRows(desk.feed.id, "id", desk.bench.store)
            for trades in ({"trade": {"id": 1}}, {"trade": [{"id": 1}, {"id": 2}]}, "null"):
                body = {"trades": trades}
                await desk.delivery.events(desk.call, Page(orjson.dumps(body), body), seen)
            assert [data["id"] for _, data, _ in desk.written] == [1, 2]

    asyncio.run(main())


def test_a_body_without_rows_is_no_event() -> None:
    async def main() -> None:
        async with Desk(kind="events", rows="result", format="json") as desk:
            seen = SeenRows(desk.feed.id, None, desk.bench.store)
            await desk.delivery.events(desk.call, Page(b'{"result":null}', {"result": None}), seen)
            assert desk.written == []
            assert desk.feed.stats.fetches == 1

    asyncio.run(main())


def test_xml_that_its_content_type_told_brought_no_events() -> None:
    """`rows` is then the element of a row, and no path in the rows that were made of it."""
    page = Page(b'[{"id":"2"},{"id":"1"}]', [{"id": "2"}, {"id": "1"}])

    async def main() -> None:
        async with Desk(kind="events", rows="item") as desk:
            seen = SeenRows(desk.feed.id, "id", desk.bench.store)
            await desk.delivery.events(desk.call, page, seen)
            assert [data["id"] for _, data, _ in desk.written] == ["1", "2"]
            assert desk.feed.stats.note == ""

    asyncio.run(main())


def test_a_slip_in_rows_brought_no_events_and_no_word() -> None:
    async def main() -> None:
        async with Desk(kind="events", rows="reslut") as desk:
            seen = SeenRows(desk.feed.id, None, desk.bench.store)
            payload = {"result": [{"id": 1}]}
            await desk.delivery.events(desk.call, Page(orjson.dumps(payload), payload), seen)
            assert desk.written == []
            assert desk.feed.stats.note.startswith("the body has no 'reslut', where its rows")

    asyncio.run(main())


def test_a_vendor_whose_times_stand_still_is_told_once() -> None:
    async def main() -> None:
        async with Desk(
            timestamp={"path": "t", "format": "epoch"}, max_age_seconds=600, ttl_seconds=600
        ) as desk:
            for old in (10, 700, 800, 20, 900):
                await desk.value({"t": NOW - old})
            told = [str(drift) for drift in desk.bench.witness.drifts]
            assert told == [
                "v.quote: t: the latest time is 700 s ago, in market hours",
                "v.quote: t: the latest time is 900 s ago, in market hours",
            ]
            assert len(desk.written) == 5
            assert desk.feed.behind(NOW) is not None

    asyncio.run(main())


def test_the_table_shows_a_vendor_that_stands_still_as_stale() -> None:
    async def main() -> None:
        async with Desk(timestamp={"path": "t", "format": "epoch"}) as desk:
            now = desk.bench.clock.now()
            state = State(now, Session.MARKET_HOURS, now + 3600, {}, {}, False, 0)
            await desk.value({"t": NOW - 10})
            assert row_of(desk.feed, state, drift="", now=now).status == "ok"
            await desk.value({"t": NOW - 1000})
            row = row_of(desk.feed, state, drift="", now=now)
            assert row.status == "stale"
            assert row.reason.startswith("the vendor's own time is 100")

    asyncio.run(main())


def test_a_vendors_time_ahead_of_the_demos_clock_was_dropped_without_a_word() -> None:
    async def main() -> None:
        async with Desk(timestamp={"path": "t", "format": "epoch"}) as desk:
            await desk.value({"t": NOW + 4 * 86_400 + 60})
            (write,) = desk.bench.store.writes
            assert write.timestamp == write.received
            said = "the vendor's time is 4 d ahead of ours and not believed"
            assert desk.feed.stats.note == said
            now = desk.bench.clock.now()
            state = State(now, Session.MARKET_HOURS, now + 3600, {}, {}, False, 0)
            row = row_of(desk.feed, state, drift="", now=now)
            assert (row.status, row.reason) == ("ok", said)
            for fine in (NOW - 30, None):
                await desk.value({"t": fine})
                assert desk.feed.stats.note == ""
            await desk.value({"t": "soon"})
            assert desk.feed.stats.note == "the vendor's time is not written as epoch: 'soon'"

    asyncio.run(main())
