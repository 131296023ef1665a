"""The rest of a long answer, and vendors that never end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from quanticity.config.schema.endpoint import Paging
from quanticity.errors import BadBody
from quanticity.feeds.paging import Page, all_pages
from quanticity.feeds.request import Request
from tests.feeds.loopback import Bench, serving

START = Request(URL("http://v/x"), None, None, 0.0)


def walk(
    answer: Any, *, most: int = 10**9, known: Any = None, **spec: Any
) -> tuple[Page, list[str]]:
    """All pages of `answer(query)`, and the queries that were sent."""
    asked: list[str] = []

    async def fetch(request: Request) -> Page:
        asked.append(request.url.raw_query_string)
        payload = answer(dict(request.url.query))
        return Page(orjson.dumps(payload), payload)

    made = Paging.model_validate({"param": "page", **spec})
    return asyncio.run(all_pages(fetch, START, made, most=most, known=known)), asked


def rows(page: Page, where: str = "data") -> list[Any]:
    return list(orjson.loads(page.body)[where])


def test_a_single_page_stays_byte_for_byte() -> None:
    async def fetch(request: Request) -> Page:
        return Page(b'{ "data" : [1] }', {"data": [1]})

    made = Paging(type="page", param="page", limit=2)
    page = asyncio.run(all_pages(fetch, START, made, most=100))
    assert page.body == b'{ "data" : [1] }'


def test_pages_are_put_together_in_the_first_ones_envelope() -> None:
    def answer(query: dict[str, str]) -> Any:
        number = int(query.get("page", 0))
        return {"date": number, "data": [number * 2, number * 2 + 1][: 1 if number == 2 else 2]}

    page, asked = walk(answer, type="page", limit=2)
    assert orjson.loads(page.body) == {"date": 0, "data": [0, 1, 2, 3, 4]}
    assert page.payload == orjson.loads(page.body)
    assert asked == ["", "page=1", "page=2"]


def test_offsets_move_on_by_whole_pages() -> None:
    table = list(range(7))

    def answer(query: dict[str, str]) -> Any:
        start = int(query.get("offset", 0))
        return table[start : start + 3]

    page, asked = walk(answer, type="offset", param="offset", rows="", limit=3)
    assert orjson.loads(page.body) == table
    assert asked == ["", "offset=3", "offset=6"]


def test_a_cursor_is_followed_until_there_is_none() -> None:
    def answer(query: dict[str, str]) -> Any:
        step = {None: ("a", 1), "a": ("b", 2), "b": (None, 3)}[query.get("page")]
        return {"next": {"token": step[0]}, "data": [step[1]]}

    page, asked = walk(answer, type="cursor", cursor="next.token")
    assert rows(page) == [1, 2, 3]
    assert asked == ["", "page=a", "page=b"]


@given(
    st.lists(st.integers(0, 12), min_size=0, max_size=40),
    st.integers(2, 9),
)
def test_walking_back_in_time_brings_every_row_once(times: list[int], limit: int) -> None:
    table: list[dict[str, Any]] = [
        {"id": n, "at": f"2026-01-05T10:{at:02d}:00Z"}
        for n, at in enumerate(sorted(times, reverse=True))
    ]
    most_alike = max((times.count(at) for at in times), default=0)

    def answer(query: dict[str, str]) -> Any:
        older = query.get("older_than")  # inclusive, as vendors are
        return {"data": [row for row in table if older is None or row["at"] <= older][:limit]}

    spec: dict[str, Any] = {
        "type": "time",
        "param": "older_than",
        "time": "at",
        "id": "id",
        "limit": limit,
    }
    if most_alike < limit:
        page, _ = walk(answer, max_pages=100, **spec)
        assert [row["id"] for row in rows(page)] == [row["id"] for row in table]
    else:
        # More rows at one time than a page holds: it says so, or was lucky; it never hangs.
        with contextlib.suppress(BadBody):
            walk(answer, max_pages=100, **spec)


def test_a_vendor_that_ignores_the_parameter_is_found_out() -> None:
    with pytest.raises(BadBody, match="page 2 repeats the one before: is 'page' the parameter"):
        walk(lambda query: {"data": [1, 2]}, type="page", limit=2)


def test_too_many_rows_at_one_time_are_found_out() -> None:
    numbers = iter(range(100))

    def answer(query: dict[str, str]) -> Any:
        return {"n": next(numbers), "data": [{"id": 1, "at": 5}, {"id": 2, "at": 5}]}

    with pytest.raises(BadBody, match="walking back by 'at' makes no progress"):
        walk(answer, type="time", time="at", id="id", limit=2)


def test_an_endless_vendor_is_cut_at_max_pages_and_the_note_says_so() -> None:
    numbers = iter(range(1000))
    page, asked = walk(
        lambda query: {"data": [next(numbers), next(numbers)]}, type="page", limit=2, max_pages=3
    )
    assert len(asked) == 3
    assert rows(page) == [0, 1, 2, 3, 4, 5]
    assert page.note == "cut at 3 pages (max_pages)"


def test_all_pages_together_keep_to_the_body_limit() -> None:
    numbers = iter(range(1000))
    with pytest.raises(BadBody, match=r"the pages have \d+ bytes so far, max_body_bytes allows 60"):
        walk(
            lambda query: {"data": ["x" * 20 + str(next(numbers))] * 1},
            type="page",
            most=60,
            max_pages=50,
        )


def test_doubles_are_dropped() -> None:
    def answer(query: dict[str, str]) -> Any:
        number = int(query.get("page", 0))
        return {"data": [{"id": number}, {"id": number + 1}]}

    page, _ = walk(answer, type="page", id="id", limit=2, max_pages=3)
    assert [row["id"] for row in rows(page)] == [0, 1, 2, 3]


def test_it_stops_where_everything_is_known() -> None:
    numbers = iter(range(1000))
    _, asked = walk(
        lambda query: {"data": [{"id": next(numbers)}, {"id": next(numbers)}]},
        type="page",
        limit=2,
        known=lambda row: row["id"] >= 2,
    )
    assert len(asked) == 2


@pytest.mark.parametrize("payload", [{"data": {"a": 1}}, {"items": []}, [1]])
def test_rows_in_another_place_are_told(payload: Any) -> None:
    with pytest.raises(BadBody, match="no rows under 'data', where paging looks for them"):
        walk(lambda query: payload, type="page")


def test_no_rows_at_all_is_an_empty_answer() -> None:
    page, asked = walk(lambda query: {"data": None}, type="page")
    assert (page.payload, len(asked)) == ({"data": None}, 1)


def test_rows_without_the_time_to_walk_back_by_are_told() -> None:
    with pytest.raises(BadBody, match="no row has the field 'at'"):
        walk(lambda query: {"data": [{"id": 1}]}, type="time", time="at", id="id")


def test_each_page_takes_a_slot_and_the_value_is_one() -> None:
    from aiohttp import web

    async def pages(request: web.Request) -> web.StreamResponse:
        page = int(request.query["page"])
        return web.json_response({"data": [page] * (2 if page < 2 else 1)})

    async def main() -> None:
        async with serving(pages) as (url, arrived):
            paging = {"type": "page", "param": "page", "limit_param": "limit", "limit": 2}
            bench = Bench(url, {"quote": {"path": "/q", "paging": paging}})
            lane = await bench.run("quote")
            await bench.vendor.close()
        assert lane.endings == ["headers+done"] * 3
        assert [request.query["limit"] for request in arrived] == ["2"] * 3
        assert bench.store.latest["raw:v:quote"].data == {"data": [0, 0, 1, 1, 2]}
        assert bench.feeds["quote"].stats.requests == 3

    asyncio.run(main())
