"""Whole numbers of more than 64 bits keep their digits where rows are written anew."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import orjson
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.errors import BadBody
from quanticity.feeds.long_numbers import decode_rows, dumps
from quanticity.feeds.value_json import to_json
from tests.feeds.loopback import Bench, serving

FIRST, SECOND = 123456789012345678901, 123456789012345678902
PAGING = {"type": "page", "param": "page", "id": "id", "limit": 1, "max_pages": 2}


def run(feed: dict[str, Any], check: Any, first: str = "", second: str = "") -> None:
    async def vendor(request: web.Request) -> web.StreamResponse:
        row = second if request.query.get("page") == "1" else first
        rows = row if "paging" in feed else f"{first}, {second}"
        return web.Response(text=f'{{"data": [{rows}]}}', content_type="application/json")

    async def main() -> None:
        async with serving(vendor) as (url, _):
            bench = Bench(url, {"x": {"path": "/x", "redis_key": "raw:v:x", **feed}})
            await bench.run("x", times=2)
            assert bench.error("x") == ""
            check(bench)
            await bench.vendor.close()

    asyncio.run(main())


def test_rows_with_long_ids_were_dropped_as_doubles_and_their_digits_lost() -> None:
    def check(bench: Bench) -> None:
        assert bench.raw("raw:v:x") == b'{"data":[{"id":%d},{"id":%d}]}' % (FIRST, SECOND)

    run({"paging": PAGING, "max_calls": 2}, check, f'{{"id": {FIRST}}}', f'{{"id": {SECOND}}}')


@pytest.mark.parametrize("paging", [{}, {"paging": PAGING, "max_calls": 2}])
def test_events_with_long_ids_were_one_event(paging: dict[str, Any]) -> None:
    def check(bench: Bench) -> None:
        written = [write.data for write in bench.store.writes]
        assert sorted(written) == [b'{"id":%d}' % FIRST, b'{"id":%d}' % SECOND]

    run({"kind": "events", **paging}, check, f'{{"id": {FIRST}}}', f'{{"id": {SECOND}}}')


def test_a_long_cursor_was_asked_for_as_a_float() -> None:
    asked: list[str] = []

    async def vendor(request: web.Request) -> web.StreamResponse:
        asked.append(request.query_string)
        body = f'{{"data": [1], "next": {FIRST}}}' if len(asked) == 1 else '{"data": [2]}'
        return web.Response(text=body, content_type="application/json")

    async def main() -> None:
        async with serving(vendor) as (url, _):
            paging = {"type": "cursor", "param": "after", "cursor": "next", "max_pages": 2}
            feed = {"path": "/x", "redis_key": "raw:v:x", "paging": paging, "max_calls": 2}
            bench = Bench(url, {"x": feed})
            await bench.run("x")
            await bench.vendor.close()

    asyncio.run(main())
    assert asked == ["", f"after={FIRST}"]


numbers = st.integers() | st.integers(-(2**70), 2**70) | st.integers(2**64 - 3, 2**64 + 3)
values = st.recursive(
    numbers | st.text() | st.floats(allow_nan=False, allow_infinity=False) | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)
@given(values)
def test_what_is_decoded_and_written_is_the_same_figures(value: Any) -> None:

    body = json.dumps(value).encode()
    decoded = decode_rows(body, 64)
    assert decoded == orjson.loads(body)
    for text in (dumps(decoded), to_json(decoded)):
        assert json.loads(text) == value


def test_what_is_refused_stays_refused() -> None:
    for body in (b"[1e999, 12345678901234567890123]", b"[[12345678901234567890123]]", b"[1,]"):
        with pytest.raises(BadBody):
            decode_rows(body, 1)


def test_a_transform_reckons_with_a_long_number() -> None:
    figure = decode_rows(b'{"n": 123456789012345678901}', 9)["n"]
    assert figure + 0.5 == 123456789012345678901.5
    assert to_json({"n": figure, "half": figure / 2}).startswith(b'{"n":123456789012345678901,')
