"""Polled events whose rows carry no time: they are written in the order in which they came."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from quanticity.feeds.listing import Listing, Order
from tests.feeds.loopback import Bench, whole_bench

PAGING = {"type": "page", "param": "page", "limit": 2, "max_pages": 9, "id": "id"}
FIELDS = {"kind": "events", "redis_key": "raw:v:tape"}


class Vendor:
    """Has rows 0, 1, 2 and so on, lists the last `window` of them, in pages of two where asked."""

    def __init__(self, *, oldest_first: bool, window: int = 6, times: bool = False) -> None:
        self.made = 3
        self.oldest_first = oldest_first
        self.window = window
        self.times = times
        self.pages: list[int] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        numbers = list(range(max(0, self.made - self.window), self.made))
        if not self.oldest_first:
            numbers.reverse()
        if "page" in request.query:
            page = int(request.query["page"])
            self.pages.append(page)
            numbers = numbers[2 * page : 2 * page + 2]
        more = {"day": "2026-01-05"} if self.times else {}
        return web.json_response({"data": [{"id": number, **more} for number in numbers]})


def written(vendor: Vendor, polls: int, news: int, **fields: Any) -> list[int]:
    """What stands in the stream after so many polls, between which so many rows are made."""
    found: list[int] = []

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        for _ in range(polls):
            vendor.pages.clear()
            await bench.run("quote")
            vendor.made += news
        rows = bench.store.streams["raw:v:tape"]
        found.extend(event.data["id"] for _, event in rows)

    whole_bench(vendor, {**FIELDS, **fields}, check)
    return found


def test_rows_of_a_vendor_that_lists_the_oldest_first_were_written_backwards() -> None:
    found = written(Vendor(oldest_first=True), 4, 2)
    # Nothing told the order of the first body; each that followed did.
    assert found == [2, 1, 0, *range(3, 9)]
    assert written(Vendor(oldest_first=False), 4, 2) == list(range(9))


@pytest.mark.parametrize("oldest_first", [False, True])
def test_where_the_order_is_declared_the_first_body_is_right_too(*, oldest_first: bool) -> None:
    order = "oldest_first" if oldest_first else "newest_first"
    found = written(Vendor(oldest_first=oldest_first), 4, 2, row_order=order)
    assert found == list(range(9))


@pytest.mark.parametrize("oldest_first", [False, True])
def test_rows_of_one_day_stand_in_the_order_of_the_list(*, oldest_first: bool) -> None:
    vendor = Vendor(oldest_first=oldest_first, times=True)
    found = written(vendor, 3, 2, timestamp={"path": "data.*.day", "format": "date"})
    assert sorted(found[:3]) == [0, 1, 2]
    assert found[3:] == [3, 4, 5, 6]


@pytest.mark.parametrize("order", ["auto", "oldest_first"])
def test_what_was_new_on_the_last_page_was_never_asked_for(order: str) -> None:
    """The first page, of the oldest rows, was known: nothing new was stored ever after."""
    vendor = Vendor(oldest_first=True, window=100)
    found = written(vendor, 4, 2, paging=PAGING, row_order=order, max_calls=9)
    assert sorted(found) == list(range(9))


def test_where_the_newest_come_first_pages_end_where_all_is_known() -> None:
    vendor = Vendor(oldest_first=False, window=100)
    found = written(vendor, 9, 2, paging=PAGING, max_calls=20)
    assert sorted(found) == list(range(19))
    assert vendor.pages == [0, 1], "the first is new, the second known"


def test_what_was_found_out_is_known_after_a_restart() -> None:
    vendor = Vendor(oldest_first=True, window=3)

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        for _ in range(2):
            await bench.run("quote")
            vendor.made += 2
        vendor.made += 10  # nothing of what is listed now was there before
        url = bench.effective.sources["v"].source.base_url
        again = Bench(url, {"quote": {"path": "/quote", **FIELDS}}, store=bench.store)
        await again.run("quote")
        await again.vendor.close()
        rows = bench.store.streams["raw:v:tape"]
        assert [event.data["id"] for _, event in rows][-3:] == [14, 15, 16]

    whole_bench(vendor, FIELDS, check)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_a_list_is_never_taken_for_the_other_order(polls: list[tuple[int, int]]) -> None:
    for first in (True, False):
        listing, told = Listing(), False
        for known, new in polls:
            body = [False] * new + [True] * known
            listing.look(body if first else body[::-1])
            told = told or bool(known and new)
            assert listing.newest_first == (first or not told)
            assert listing.ends_at_known == (first and told)


def test_one_row_that_a_vendor_corrects_turns_no_list_round() -> None:
    listing = Listing()
    for _ in range(5):
        listing.look([False, True, True])
    listing.look([True, True, False])
    assert listing.newest_first


@pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
def test_what_is_declared_stands_whatever_is_seen(order: Order) -> None:
    listing = Listing(order)
    for known in ([True, False], [False, True]):
        listing.look(known)
        assert listing.newest_first == (order == "newest_first")
