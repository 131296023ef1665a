"""Every bad body gives one clear line; the last good value stays, and nothing else stops."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from aiohttp import web

from tests.feeds.loopback import Bench, Handler, answering, in_turn, serving, whole_bench

DEEP = b"[" * 500 + b"]" * 500
PAGE = "<!doctype html><html><title>502 Bad\n Gateway</title><body>nginx</body></html>"


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (b"", "application/json", "the body is empty"),
        (b"   ", "application/json", "the body is empty"),
        (b'{"a": [1, 2', "application/json", "the JSON breaks off at its end (byte 11)"),
        (b'{"a": 1}}', "application/json", "the body is not JSON"),
        (b'{"a": "\xff"}', "application/json", "the body is not UTF-8: byte 0xff at 7"),
        (DEEP, "application/json", "nested deeper than max_depth (64)"),
        (b"[" * 5000 + b"]" * 5000, "application/json", "nested deeper than max_depth (64)"),
        (PAGE, "text/html", "a web page came instead of data: '502 Bad Gateway'"),
        (PAGE, "application/json", "a web page came instead of JSON: '502 Bad Gateway'"),
        (b"\x89PNG\r\n", "image/png", "content type image/png, and a body that begins with"),
        (b"Something went wrong", "text/plain", "content type text/plain, and a body that"),
        (b"NaN", "application/json", "the body is not JSON"),
        (b'{"a": "\xff"}', "application/json; charset=ascii", "nor is it 'ascii'"),
    ],
)
def test_a_bad_body_is_one_clear_line(body: bytes | str, content_type: str, said: str) -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        lane = await bench.run("quote")
        assert said in bench.error("quote")
        assert "\n" not in bench.error("quote")
        assert bench.witness.told == [("failed", "v.quote", bench.error("quote"))]
        assert bench.store.writes == []
        assert lane.endings == ["headers+done"]

    whole_bench(answering(body, Content_Type=content_type), {}, check)


@pytest.mark.parametrize("body", [b'{"a":1}', b"[1, 2]\n", b'"x"', b"7", b"null", b"[]"])
@pytest.mark.parametrize("contract", [None, "none"])
def test_json_with_any_root_is_stored_byte_for_byte(body: bytes, contract: str | None) -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.error("quote") == ""
        assert bench.raw("raw:v:quote") == body

    whole_bench(answering(body), {"contract": contract}, check)


def test_a_byte_order_mark_is_taken_off() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.raw("raw:v:quote") == b'{"a":1}'

    whole_bench(answering(b'\xef\xbb\xbf{"a":1}'), {}, check)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (PAGE.encode(), "a web page came instead of JSON: '502 Bad Gateway'"),
        (b'{"a": "\xff"}', "the body is not UTF-8"),
        (b'{"a": 1', "the body is not JSON: it begins with"),
        (b"oops", "the body is not JSON"),
    ],
)
def test_without_a_contract_what_plainly_is_no_json_is_still_refused(
    body: bytes, said: str
) -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert said in bench.error("quote")

    whole_bench(answering(body), {"contract": "none"}, check)


@pytest.mark.parametrize(
    ("body", "content_type", "spec", "data"),
    [
        (
            gzip.compress(b"a,b\n1,2\n"),
            "application/gzip",
            {"format": "csv"},
            b'[{"a":"1","b":"2"}]',
        ),
        (gzip.compress(b'{"a": 1}'), "application/json", {}, b'{"a": 1}'),
        (b'{"a":1}\n{"a":2}\n', "application/x-ndjson", {}, b'[{"a":1},{"a":2}]'),
        (
            b"<html><table><tr><th>a</th></tr><tr><td>1</td></tr></table></html>",
            "text/html",
            {"format": "html"},
            b'[{"a":"1"}]',
        ),
    ],
    # Else by the bodies, which hold the time: no two processes would have the same tests.
    ids=["a table in gzip", "JSON in gzip", "JSON by lines", "a page"],
)
def test_files_that_are_compressed_json_by_lines_and_pages_were_no_bodies(
    body: bytes, content_type: str, spec: dict[str, Any], data: bytes
) -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.error("quote") == ""
        assert bench.raw("raw:v:quote") == data

    whole_bench(answering(body, Content_Type=content_type), spec, check)


def test_a_body_with_nan_was_no_json_and_nothing_of_it_was_stored() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        for _ in range(2):
            await bench.run("quote")
            assert bench.raw("raw:v:quote") == b'{"iv": null, "note": "NaN"}'
            said = "1 figure that JSON cannot hold (NaN) became null"
            assert bench.feeds["quote"].stats.note == said
        assert bench.feeds["quote"].stats.unchanged == 1

    whole_bench(answering(b'{"iv": NaN, "note": "NaN"}'), {}, check)


def test_a_body_over_the_configured_limit_names_the_limit() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.error("quote") == "the body has 2003 bytes, max_body_bytes allows 1000"

    whole_bench(answering(b"[" + b"1," * 1000 + b"1]"), {"max_body_bytes": 1000}, check)


def test_a_vendor_with_nothing_is_no_failure() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.error("quote") == ""
        assert bench.feeds["quote"].stats.note == "the vendor has nothing (204)"
        assert bench.store.writes == []
        # It answered, so it is alive.
        assert "heartbeat:v" in bench.store.plain

    whole_bench(answering(b"", status=204), {}, check)


def test_a_part_of_a_body_was_stored_as_the_whole() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.store.writes == []
        assert bench.error("quote") == "only a part of the body came (206), which nobody asked for"

    whole_bench(answering({"rows": [1]}, status=206), {}, check)


def test_our_own_key_echoed_in_a_good_body_is_never_stored() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.raw("raw:v:quote") == b'{"next":"/x?apikey=***"}'

    whole_bench(
        answering({"next": "/x?apikey=s3cr3t-echoed"}),
        {},
        check,
        auth={"type": "query", "name": "apikey", "token_env": "V_KEY"},
        environ={"V_KEY": "s3cr3t-echoed"},
    )


def test_a_retry_takes_a_slot_of_its_own() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        lane = await bench.run("quote")
        assert lane.endings == ["headers+done"] * 3
        assert len(arrived) == 3
        assert bench.raw("raw:v:quote") == b"{}"
        assert bench.feeds["quote"].stats.retries == 2

    whole_bench(
        in_turn(answering("x", status=500), answering("x", status=503), answering("{}")),
        {"retry_policy": {"attempts": 3, "base_seconds": 0.01}},
        check,
    )


def test_a_refusal_for_good_is_not_tried_again() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert len(arrived) == 1

    whole_bench(
        answering({"message": "no"}, status=403),
        {"retry_policy": {"attempts": 3, "base_seconds": 0.01}},
        check,
    )


def test_the_same_failure_is_told_once_and_so_is_the_recovery() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=4)
        kinds = [told[0] for told in bench.witness.told]
        assert kinds == ["failed", "failed", "fetched", "recovered"]
        assert bench.feeds["quote"].stats.failures == 3

    whole_bench(
        in_turn(
            answering("", status=500),
            answering("", status=500),
            answering("", status=404),
            answering("{}"),
        ),
        {},
        check,
    )


CSV = "date,value\r\n2026-01-02,4.1\r\n2026-01-05,.\r\n"
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x

BEGIN:VEVENT
UID:1
SUMMARY:CPI
DTSTART:20260113T133000Z
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize(
    ("endpoint", "answer", "rows"),
    [
        (
            {},
            answering(CSV, Content_Type="text/csv"),
            [{"date": "2026-01-02", "value": "4.1"}, {"date": "2026-01-05", "value": "."}],
        ),
        (
            {"format": "pipe"},
            answering("Symbol|Vol\nSPY|1.5\nQQQ|2\n2\n", Content_Type="text/plain"),
            [{"Symbol": "SPY", "Vol": "1.5"}, {"Symbol": "QQQ", "Vol": "2"}],
        ),
        (
            {"rows": "entry"},
            answering("<f><entry><a>1</a></entry></f>", Content_Type="application/xml"),
            [{"a": "1"}],
        ),
        (
            {"format": "csv", "columns": ["a", "b"]},
            answering(b"\xef\xbb\xbf1,2\n", Content_Type="application/octet-stream"),
            [{"a": "1", "b": "2"}],
        ),
    ],
)
def test_other_formats_become_rows(endpoint: dict[str, Any], answer: Handler, rows: Any) -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.error("quote") == ""
        assert bench.store.latest["raw:v:quote"].data == rows

    whole_bench(answer, endpoint, check)


def test_a_calendar_file_becomes_rows() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        [event] = bench.store.latest["raw:v:quote"].data
        assert event["summary"] == "CPI"
        assert event["start"] == "2026-01-13T13:30:00+00:00"

    whole_bench(answering(ICS, Content_Type="text/calendar"), {}, check)


def test_an_error_in_json_where_csv_is_the_rule_is_seen() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.error("quote") == "the vendor refuses: Invalid API call"

    whole_bench(
        answering({"Error Message": "Invalid API call"}, Content_Type="text/csv"),
        {"format": "csv", "errors": [{"path": "Error Message"}]},
        check,
    )


def test_a_body_that_did_not_change_is_not_sent_again() -> None:
    async def main() -> None:
        async def tagged(request: web.Request) -> web.StreamResponse:
            if request.headers.get("If-None-Match") == '"v1"':
                return web.Response(status=304)
            return web.json_response({"a": 1}, headers={"ETag": '"v1"'})

        async with serving(tagged) as (url, arrived):
            bench = Bench(url, {"quote": {"path": "/q", "conditional": True, "transform": "rows"}})
            await bench.run("quote")
            first = bench.feeds["quote"].stats.received
            bench.store.latest.clear()
            lane = await bench.run("quote")
            await bench.vendor.close()
        assert len(arrived) == 2
        assert lane.endings == ["headers+done"]
        # Stored again, as of now: the value and what was made of it.
        assert bench.store.latest["raw:v:quote"].data == {"a": 1}
        assert bench.store.latest["feed:v:quote"].data["of"] == {"a": 1}
        stats = bench.feeds["quote"].stats
        assert stats.received is not None
        assert first is not None
        assert stats.received > first
        assert (stats.note, stats.error) == ("not modified", "")

    asyncio.run(main())


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("media", ["application/json", "application/vnd.v+json"])
def test_json_in_another_charset_is_stored_as_utf_8(charset: str, media: str) -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.error("quote") == ""
        assert bench.raw("raw:v:quote") == '{"city": "Zürich"}'.encode()

    body = '{"city": "Zürich"}'.encode(charset)
    whole_bench(answering(body, Content_Type=f"{media}; charset={charset}"), {}, check)


def test_without_a_remembered_body_no_condition_is_sent() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=2)
        assert not any("If-None-Match" in request.headers for request in arrived)

    whole_bench(answering("{}"), {"conditional": True}, check)
