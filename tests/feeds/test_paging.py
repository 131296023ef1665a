"""The rest of a long answer, and vendors that never end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from quanticity.config.schema.endpoint import Paging
from quanticity.errors import BadBody
from quanticity.feeds.paging import Page, all_pages, next_link
from quanticity.feeds.paths import first
from quanticity.feeds.request import Request
from tests.feeds.loopback import Bench, serving

START = Request(URL("http://v/x"), None, None, 0.0)


def walk(
    answer: Any,
    *,
    most: int = 10**9,
    pages: int | None = None,
    ends: Any = None,
    **spec: Any,
) -> tuple[Page, list[str]]:
    """All pages of `answer(query)`, and the queries that were sent."""
    asked: list[str] = []

    async def fetch(request: Request) -> Page:
        asked.append(request.url.raw_query_string)
        payload = answer(dict(request.url.query))
        return Page(orjson.dumps(payload), payload)

    made = Paging.model_validate({"param": "page", **spec})
    return asyncio.run(all_pages(fetch, START, made, most=most, pages=pages, ends=ends)), asked


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


@pytest.mark.parametrize("where", ["days.0.rows", "days.*.rows", "days.-1.rows", "0.rows", ""])
def test_rows_below_a_list_were_a_traceback_where_there_was_a_second_page(where: str) -> None:
    def answer(query: dict[str, str]) -> Any:
        found: list[Any] = [3] if "page" in query else [1, 2]
        below = [{"rows": found, "n": 7}]
        return {"days": below, "m": 8} if where.startswith("d") else below if where else found

    page, _ = walk(answer, type="page", rows=where, limit=2)
    assert first(orjson.loads(page.body), where) == [1, 2, 3]
    assert page.body.count(b":") == orjson.dumps(answer({})).count(b":")


@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize("sizes", [[2, 3, 2, 4], [3, 2, 2], [4, 4, 1]])
def test_offsets_after_pages_of_several_sizes_lost_rows_or_brought_them_twice(
    sizes: list[int], limit: int | None
) -> None:
    table = list(range(sum(sizes)))
    left = iter(sizes)

    def answer(query: dict[str, str]) -> Any:
        begin = int(query.get("page", 0))
        return {"data": table[begin : begin + next(left, 0)]}

    page, _ = walk(answer, type="offset", limit=limit, max_pages=9)
    assert rows(page) == table


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


@pytest.mark.parametrize(
    ("pages", "max_pages", "note"),
    [
        (1, 3, "cut at 1 page (max_calls)"),
        (2, 3, "cut at 2 pages (max_calls)"),
        (3, 3, "cut at 3 pages (max_pages)"),
        (None, 1, "cut at 1 page (max_pages)"),
    ],
)
def test_a_walk_that_max_calls_cut_was_whole_or_said_max_pages(
    pages: int | None, max_pages: int, note: str
) -> None:
    numbers = iter(range(100))
    page, _ = walk(
        lambda query: {"data": [next(numbers), next(numbers)]},
        type="page",
        limit=2,
        pages=pages,
        max_pages=max_pages,
    )
    assert page.note == note


def test_pages_that_end_where_the_limit_is_are_not_cut() -> None:
    def answer(query: dict[str, str]) -> Any:
        return {"data": [1, 2] if query.get("page") is None else [3]}

    page, _ = walk(answer, type="page", limit=2, max_pages=2)
    assert page.note == ""


def test_cursors_that_go_round_were_followed_to_the_last_page() -> None:
    """Eight requests, and each row four times."""
    asked: list[str] = []

    def answer(query: dict[str, str]) -> Any:
        cursor = query.get("page", "A")
        asked.append(cursor)
        return {"data": [f"{cursor}{n}" for n in range(3)], "next": {"A": "B", "B": "A"}[cursor]}

    with pytest.raises(BadBody, match="page 3 names the cursor 'B' of an earlier one"):
        walk(answer, type="cursor", cursor="next", max_pages=8)
    assert asked == ["A", "B", "A"]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_no_walk_along_cursors_asks_for_one_page_again(following: list[int]) -> None:
    """Whatever page names which: it ends, or it is found out."""
    asked: list[str] = []

    def answer(query: dict[str, str]) -> Any:
        at = int(query.get("page", 0))
        asked.append(str(at))
        later = following[at] if at < len(following) else None
        return {"data": [at], "next": None if later is None else str(later)}

    with contextlib.suppress(BadBody):
        walk(answer, type="cursor", cursor="next", max_pages=100)
    # The first page is asked for without a cursor, and one that names itself once more.
    assert max(asked.count(cursor) for cursor in asked) <= 2
    assert len(asked) <= len(set(asked)) + 1


def test_a_cursor_that_stays_the_same_is_followed() -> None:
    numbers = iter([[1], [2], [3], []])
    page, _ = walk(
        lambda query: {"data": next(numbers), "next": "scroll"}, type="cursor", cursor="next"
    )
    assert rows(page) == [1, 2, 3]


@pytest.mark.parametrize("cursor", [{"a": 1}, [1], True])
def test_a_cursor_that_no_parameter_can_say_is_told(cursor: Any) -> None:
    with pytest.raises(BadBody, match="'next', the cursor, is neither text nor a number"):
        walk(lambda query: {"data": [1], "next": cursor}, type="cursor", cursor="next")


@pytest.mark.parametrize("times", [[{}, {}], [[1], [2]], [True, False], [{"s": 1}, None]])
def test_times_that_are_no_times_were_a_traceback(times: list[Any]) -> None:
    answer = {"data": [{"id": n, "at": at} for n, at in enumerate(times)]}
    with pytest.raises(BadBody, match="'at', which paging walks back by, is neither text nor a"):
        walk(lambda query: answer, type="time", time="at", id="id", limit=2)


def test_one_row_with_an_odd_time_does_not_stop_the_walk() -> None:
    pages = iter([[{"id": 1, "at": 9.5}, {"id": 2, "at": {}}, {"id": 3, "at": 10}], []])
    page, asked = walk(
        lambda query: {"data": next(pages)}, type="time", time="at", id="id", limit=3
    )
    assert (asked, page.note) == (["", "page=9.5"], "")


def exclusive(table: list[tuple[int, int]], limit: int) -> Any:
    """A vendor that lists (id, time) newest first, and takes its bound as `before`."""

    def answer(query: dict[str, str]) -> Any:
        before = int(query.get("page", 10**9))
        return {"data": [{"id": n, "at": at} for n, at in table if at < before][:limit]}

    return answer


@pytest.mark.parametrize(
    "times",
    [
        # Newest first, as the vendor lists them; the oldest text is not the oldest time.
        ["2026-01-05T10:00:01Z", "2026-01-05T10:00:00.5Z", "2026-01-05T10:00:00Z"],
        ["2026-11-01T01:20:00-05:00", "2026-11-01T01:10:00-05:00", "2026-11-01T01:30:00-04:00"],
        ["2026-01-05T15:00:00+00:00", "2026-01-05T09:59:00-05:00", "2026-01-05T14:58:00Z"],
        ["1000000000000", "1000000000", "999999999"],
    ],
)
def test_the_least_text_was_taken_for_the_oldest_time(times: list[str]) -> None:
    older = ["2001-01-05T10:00:00Z", "2001-01-05T09:00:00Z"]
    table = [{"at": at} for at in (*times, *older)]

    def answer(query: dict[str, str]) -> Any:
        bound = query.get("older_than")
        begin = next(n for n, row in enumerate(table) if row["at"] == bound) + 1 if bound else 0
        return {"data": table[begin : begin + 3]}

    page, asked = walk(answer, type="time", param="older_than", time="at", limit=3, max_pages=9)
    assert rows(page) == table
    assert len(asked) == 2


def test_rows_of_one_time_at_a_pages_edge_were_lost_without_a_word() -> None:
    table = [(1, 100), (2, 80), (3, 80), (4, 80), (5, 70)]
    page, _ = walk(exclusive(table, 3), type="time", time="at", id="id", limit=3)
    assert [row["id"] for row in rows(page)] == [1, 2, 3, 5]
    assert page.note == (
        "rows that share the time 80 with a page's last may be missing: 'page' leaves that time out"
    )


def test_an_exclusive_bound_loses_nothing_where_no_two_rows_share_a_time() -> None:
    table = [(n, 100 - n) for n in range(8)]
    page, _ = walk(exclusive(table, 3), type="time", time="at", id="id", limit=3)
    assert (len(rows(page)), page.note) == (8, "")


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


def test_rows_whose_id_is_null_or_empty_were_dropped_as_doubles() -> None:
    table = [{"id": none, "v": n} for n, none in enumerate((None, None, "", ""))]
    page, _ = walk(lambda _: {"data": table}, type="page", id="id", limit=9)
    assert rows(page) == table


def test_it_stops_where_everything_is_known() -> None:
    numbers = iter(range(1000))
    _, asked = walk(
        lambda query: {"data": [{"id": next(numbers)}, {"id": next(numbers)}]},
        type="page",
        limit=2,
        ends=lambda rows, walks_back: all(row["id"] >= 2 for row in rows),
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


def follow(
    *links: str, where: str | None = "next", secrets: Any = (), start: str = "https://v/x?limit=1"
) -> list[str]:
    """The addresses asked, where one page after the other names these as the next."""
    asked: list[str] = []

    async def fetch(request: Request) -> Page:
        asked.append(str(request.url))
        link = links[len(asked) - 1] if len(asked) <= len(links) else ""
        payload = {"data": [len(asked)], **({"next": link} if where else {})}
        return Page(orjson.dumps(payload), payload, link="" if where else link)

    spec = Paging(type="link", cursor=where)
    request = Request(URL(start), None, None, 0.0)
    asyncio.run(all_pages(fetch, request, spec, most=10**9, secrets=secrets))
    return asked


@pytest.mark.parametrize("where", ["next", None])
def test_a_whole_address_was_sent_as_a_cursor_and_no_next_page_came(where: str | None) -> None:
    asked = follow("https://v/y?cursor=a%3D%3D", "https://v/y?cursor=b,c", where=where)
    assert asked[1:] == ["https://v/y?cursor=a%3D%3D", "https://v/y?cursor=b,c"]


def test_a_next_page_is_asked_for_where_the_first_was_and_with_our_key() -> None:
    secrets = [("apiKey", "s+e")]
    asked = follow("http://v/y?a=1", "/z?apiKey=***&b=2", "?c=3", secrets=secrets)
    assert asked[1:] == [
        "https://v/y?a=1&apiKey=s%2Be",
        "https://v/z?b=2&apiKey=s%2Be",
        "https://v/z?c=3&apiKey=s%2Be",
    ]


@pytest.mark.parametrize(
    ("links", "said"),
    [
        (["https://evil.example/y"], "the next page, by 'next', is not at v, and our key does not"),
        (["//evil.example/y"], "is not at v, and our key does not go elsewhere"),
        (["file:///etc/passwd"], "is not at v"),
        (["https://v/y?a", "https://v/x?limit=1"], "page 2 names the address of an earlier one"),
        (["https://[v/y"], "the next page, by 'next', "),
    ],
)
def test_a_next_page_that_cannot_be_followed_is_told(links: list[str], said: str) -> None:
    with pytest.raises(BadBody) as raised:
        follow(*links)
    assert said in str(raised.value)


def test_an_address_where_a_cursor_should_be_is_told_with_what_to_write() -> None:
    with pytest.raises(BadBody, match="'next', the cursor, is a whole address: write 'type: link'"):
        walk(lambda _: {"data": [1], "next": "https://v/y?c=1"}, type="cursor", cursor="next")


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ([], ""),
        (
            ['<https://v/x?a=1,2;b=3>; rel="next", <https://v/y>; rel="last"'],
            "https://v/x?a=1,2;b=3",
        ),
        (["<https://v/y>; rel=prev", "<https://v/x>; title=a; rel=next"], "https://v/x"),
        (['</x>;REL="last next"'], "/x"),
        (['<https://v/y>; rel="nextish"', "no link"], ""),
    ],
)
def test_links_in_headers(headers: list[str], address: str) -> None:
    given = CIMultiDict([("Link", text) for text in headers])
    assert next_link(CIMultiDictProxy(given)) == address


def test_a_header_leads_through_all_pages_and_each_carries_our_key() -> None:
    from aiohttp import web

    async def pages(request: web.Request) -> web.StreamResponse:
        page = int(request.query.get("page", 1))
        # Behind their proxy it is another scheme, and a key of ours is not what they write.
        link = {"Link": f'<http://{request.host}/q?page={page + 1}>; rel="next"'}
        return web.json_response([page], headers=link if page < 3 else {})

    async def main() -> None:
        async with serving(pages) as (url, arrived):
            paging = {"type": "link", "rows": ""}
            auth = {"type": "query", "name": "apikey", "token_env": "V_KEY"}
            feed = {"quote": {"path": "/q", "paging": paging}}
            bench = Bench(url, feed, auth=auth, environ={"V_KEY": "s3cr3t-of-links"})
            await bench.run("quote")
            await bench.vendor.close()
        assert bench.store.latest["raw:v:quote"].data == [1, 2, 3]
        assert {request.query["apikey"] for request in arrived} == {"s3cr3t-of-links"}

    asyncio.run(main())
