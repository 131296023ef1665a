"""What a body is, and the rows made of it."""

from __future__ import annotations

import asyncio
import codecs
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.errors import BadBody
from quanticity.feeds import ics, tables, xml_rows
from quanticity.feeds.formats import format_of, in_utf8, to_json
from tests.feeds.test_request import endpoint


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        ("application/json; charset=utf-8", b"{}", "json"),
        ("application/vnd.api+json", b"{}", "json"),
        ("text/csv", b"a,b\n1,2", "csv"),
        ("application/vnd.sdmx.data+csv;version=1.0.0", b"KEY,FREQ", "csv"),
        ("text/tab-separated-values", b"a\tb", "csv"),
        ("application/x-ndjson", b'{"a":1}\n{"a":2}', "ndjson"),
        ("application/xml", b"<a/>", "xml"),
        ("application/atom+xml", b"<a/>", "xml"),
        ("text/calendar", b"BEGIN:VCALENDAR", "ics"),
        ("text/plain", b'[{"a":1}]', "json"),
        ("text/html", b'{"a":1}', "json"),
        ("text/csv", b'{"Error Message":"x"}', "json"),
        ("", b'{"a":1}', "json"),
        ("", b"BEGIN:VCALENDAR\r\n", "ics"),
        ("application/octet-stream", b"<?xml version='1.0'?><a/>", "xml"),
    ],
)
def test_the_content_type_decides_and_the_body_corrects_it(
    content_type: str, body: bytes, kind: str
) -> None:
    assert format_of(endpoint(), content_type, body) == kind


def test_what_the_config_says_counts_most() -> None:
    assert format_of(endpoint(format="pipe"), "text/csv", b"a|b") == "pipe"


def test_a_web_page_is_named_by_its_title() -> None:
    page = b"<html><head><title>Just a  moment...</title></head></html>"
    with pytest.raises(BadBody, match=r"a web page came instead of CSV: 'Just a moment\.\.\.'"):
        format_of(endpoint(), "text/csv", page)
    with pytest.raises(BadBody, match="a web page came instead of PIPE"):
        asyncio.run(to_json(endpoint(format="pipe"), "pipe", "text/plain", page))


def test_a_declared_charset_is_used_and_a_wrong_byte_told() -> None:
    latin = "name\nZürich\n".encode("latin-1")
    rows = asyncio.run(to_json(endpoint(), "csv", "text/csv; charset=ISO-8859-1", latin))
    assert orjson.loads(rows) == [{"name": "Zürich"}]
    with pytest.raises(BadBody, match="not UTF-8: byte 0xfc at 6"):
        asyncio.run(to_json(endpoint(), "csv", "text/csv", latin))
    with pytest.raises(BadBody, match="charset 'klingon' is unknown"):
        asyncio.run(to_json(endpoint(), "csv", "text/csv; charset=klingon", latin))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["bare", "marked"])
def test_rows_in_utf_8_of_which_the_vendor_says_that_they_are_latin_1_were_garbled(
    mark: bytes,
) -> None:
    body = mark + "name,price\nZürich,1\n".encode()
    rows = asyncio.run(to_json(endpoint(), "csv", "text/csv; charset=iso-8859-1", body))
    assert orjson.loads(rows) == [{"name": "Zürich", "price": "1"}]


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "iso-2022-jp"])
def test_rows_are_read_in_the_charset_that_is_named(charset: str) -> None:
    name = "東京" if charset == "iso-2022-jp" else "Zürich"
    body = f"name,price\n{name},1\n".encode(charset)
    rows = asyncio.run(to_json(endpoint(), "csv", f"text/csv; charset={charset}", body))
    assert orjson.loads(rows) == [{"name": name, "price": "1"}]


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("latin-1", "latin-1"),
        ('"ISO-8859-1"', "latin-1"),
        ("utf-16", "utf-16"),
        ("UTF-16LE", "utf-16-le"),
        ("utf-16be", "utf-16-be"),
        ("windows-1252", "utf-8"),
        ("klingon", "utf-8"),
    ],
)
def test_json_in_the_charset_that_its_content_type_names_was_refused(
    charset: str, codec: str
) -> None:
    text = '{"name": "Zürich"}'
    assert in_utf8(text.encode(codec), f"application/json; charset={charset}") == text.encode()


@pytest.mark.parametrize("named", ["", "; charset=utf-8", "; charset=utf-16le"])
@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE], ids=["le", "be"])
def test_utf_16_with_its_mark_was_read_only_where_the_vendor_named_it(
    named: str, mark: bytes
) -> None:
    codec = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    table, text = mark + "name,price\nZürich,1\n".encode(codec), '{"name": "Zürich"}'
    rows = asyncio.run(to_json(endpoint(), "csv", f"text/csv{named}", table))
    assert orjson.loads(rows) == [{"name": "Zürich", "price": "1"}]
    assert in_utf8(mark + text.encode(codec), f"application/json{named}") == text.encode()


def test_json_of_plain_letters_in_utf_16_is_read_too() -> None:
    body = '{"a": 1}'.encode("utf-16-le")
    assert in_utf8(body, "application/json;charset=utf-16le") == b'{"a": 1}'


@pytest.mark.parametrize(
    ("body", "charset", "said"),
    [
        (b'{"a": "\xff"}', "ascii", r"byte 0xff at 7; nor is it 'ascii', as its content type says"),
        (b'{"a": "\xff"}', "klingon", "of its content type, 'klingon', is unknown"),
        (b'{"a": "\xff"}', "zip", "'zip', is unknown"),
        (b'{"a": "\xff"}', "undefined", "nor is it 'undefined'"),
        (b'{"a":"\0"}', "utf-16", "it holds zero bytes; nor is it 'utf-16'"),
    ],
)
def test_a_charset_that_does_not_read_the_body_is_named(
    body: bytes, charset: str, said: str
) -> None:
    with pytest.raises(BadBody, match=said):
        in_utf8(body, f"application/json; charset={charset}")


@given(st.binary(max_size=60), st.sampled_from(["utf-16", "utf-7", "latin-1", "punycode", "idna"]))
def test_whatever_comes_in_whatever_charset_is_utf_8_or_a_bad_body(body: bytes, name: str) -> None:
    with suppress(BadBody):
        in_utf8(body, f"application/json; charset={name}").decode()


def test_a_big_table_is_turned_into_rows_off_the_loop() -> None:
    """Whoever does it is asked, not how long the loop stood: a busy machine stops it anyway."""

    class Aside(ThreadPoolExecutor):
        asked = 0

        def submit(self, *given: Any, **named: Any) -> Future[Any]:
            self.asked += 1
            return super().submit(*given, **named)

    async def main(rows: int) -> int:
        with Aside() as aside:
            asyncio.get_running_loop().set_default_executor(aside)
            await to_json(endpoint(), "csv", "text/csv", b"a,b\n" + b"1,2\n" * rows)
            return aside.asked

    assert asyncio.run(main(100_000)) == 1


EVENT = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:x\n{}\nEND:VEVENT\nEND:VCALENDAR\n"


@pytest.mark.parametrize(
    ("kind", "content_type", "body"),
    [
        ("ics", "text/calendar", EVENT.format("DTSTART:99999999T999999").encode()),
        ("ics", "text/calendar", EVENT.format("DTSTART;TZID=America:20260105T100000").encode()),
        ("xml", "text/xml", b"<?xml version='1.0' encoding='big5'?><a/>"),
        ("xml", "text/xml", b"<?xml version='1.0' encoding='utf-7'?><a/>"),
        ("xml", "text/xml", b"<?xml version='1.0' encoding='foo-9'?><a/>"),
        ("xml", "text/xml", b"<?xml version='1.0' encoding='undefined'?><a/>"),
        ("csv", "text/csv", "a,b\n1,2\n²\n".encode()),
        ("csv", "text/csv", b"a,b\n1,2\n" + b"1" * 6000 + b"\n"),
        ("csv", "text/csv; charset=undefined", b"a,b\n1,2\n"),
        ("csv", "text/csv; charset=utf-7", b"a,b\n1,+2AA-\n"),
    ],
)
def test_a_bad_body_escaped_as_a_traceback_and_was_no_failure(
    kind: Any, content_type: str, body: bytes
) -> None:
    with pytest.raises(BadBody):
        asyncio.run(to_json(endpoint(), kind, content_type, body))


CALENDAR_LINES = st.lists(
    st.sampled_from(
        [
            *("BEGIN:VEVENT", "END:VEVENT", "UID:x", "UID:y", "CATEGORIES:a,b", "SUMMARY", ":"),
            *("DTSTART:20260105", "DTSTART;VALUE=DATE:20260119", "DTSTART:1", "RRULE:FREQ=X"),
        ]
    )
)


@given(CALENDAR_LINES)
def test_a_calendar_of_any_lines_is_read_or_is_a_bad_body(lines: list[str]) -> None:
    body = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]).encode()
    with suppress(BadBody):
        assert isinstance(orjson.loads(asyncio.run(to_json(endpoint(), "ics", "", body))), list)


def test_json_line_by_line_keeps_the_vendors_bytes() -> None:
    body = b'{"p": 1.10}\r\n\n[2e0]\n'
    rows = asyncio.run(to_json(endpoint(format="ndjson"), "ndjson", "", body))
    assert rows == b'[{"p": 1.10},[2e0]]'
    with pytest.raises(BadBody, match="line 2 is not JSON: unexpected end of data"):
        asyncio.run(to_json(endpoint(format="ndjson"), "ndjson", "", b'{"a":1}\n{"a":'))


@pytest.mark.parametrize(
    ("fields", "content_type", "body"),
    [
        ({"delimiter": ";"}, "text/csv", b"a;b\r\n1;2,5\r\n"),
        ({}, "text/tab-separated-values", b"a\tb\n1\t2,5\n"),
        ({"skip_lines": 1, "delimiter": ";", "footer": "--"}, "text/csv", b"x\na;b\n1;2,5\n--\n"),
    ],
)
def test_delimiters_of_others(fields: dict[str, Any], content_type: str, body: bytes) -> None:
    rows = asyncio.run(to_json(endpoint(**fields), "csv", content_type, body))
    assert orjson.loads(rows) == [{"a": "1", "b": "2,5"}]


class TestTables:
    def test_quotes_and_delimiters_within_fields(self) -> None:
        assert tables.rows_of('a,b\n"x, y","say ""hi"""\n', ",") == [{"a": "x, y", "b": 'say "hi"'}]

    def test_a_trailer_that_counts_right_is_dropped(self) -> None:
        text = "Date|Symbol|Vol\n20260105|SPY|1.5\n20260105|QQQ|2\n2\n"
        assert [row["Symbol"] for row in tables.rows_of(text, "|")] == ["SPY", "QQQ"]

    def test_a_trailer_that_counts_wrong_is_worth_another_try(self) -> None:
        with pytest.raises(BadBody, match="promises 3 rows, 1 came") as caught:
            tables.rows_of("a|b\n1|2\n3\n", "|")
        assert caught.value.retryable

    def test_a_single_column_of_numbers_has_no_trailer(self) -> None:
        assert tables.rows_of("n\n1\n2\n", ",") == [{"n": "1"}, {"n": "2"}]

    def test_a_line_cut_short_is_told_with_its_number(self) -> None:
        with pytest.raises(BadBody, match="line 3 has 2 fields where 3 are named"):
            tables.rows_of("a,b,c\n1,2,3\n4,5", ",")

    @pytest.mark.parametrize("text", ["", "\n\n"])
    def test_nothing_at_all_is_told(self, text: str) -> None:
        with pytest.raises(BadBody, match="no header line"):
            tables.rows_of(text, ",")

    def test_a_header_alone_is_no_rows(self) -> None:
        assert tables.rows_of("a,b\n", ",") == []

    def test_a_column_hid_another_of_the_same_name(self) -> None:
        rows = tables.rows_of("p,v,p,p_2,p\n1,2,3,4,5\n", ",")
        assert rows == [{"p": "1", "v": "2", "p_2": "3", "p_2_2": "4", "p_3": "5"}]

    def test_a_header_of_very_many_equal_names_is_read_in_time(self) -> None:
        names = 100_000
        (row,) = tables.rows_of(",".join("a" * names) + "\n" + ",".join("1" * names), ",")
        assert len(row) == names

    def test_lines_before_the_header_and_after_the_rows_were_rows_cut_short(self) -> None:
        text = (
            '"Cboe volume, and ratios"\nPRODUCT: ALL, EXCHANGE: Cboe\n\n'
            "DATE,CALLS\n11/27/2026,5\n\nTotal records: 1\nas is, no warranty,\n"
        )
        rows = [{"DATE": "11/27/2026", "CALLS": "5"}]
        assert tables.rows_of(text, ",", skip=3, footer="Total") == rows
        with pytest.raises(BadBody, match=r"line 7 has 1 fields .* \(see skip_lines and footer\)"):
            tables.rows_of(text, ",", skip=3)
        stamped = "S|N\nAAPL|Apple\nFile Creation Time: 1127202616:02|\n"
        assert tables.rows_of(stamped, "|", footer="File Cre") == [{"S": "AAPL", "N": "Apple"}]
        assert tables.rows_of("end|\n", "|", ("a", "b"), footer="end") == []

    @pytest.mark.parametrize("mark", [";", "\t", "|"])
    def test_a_file_with_another_delimiter_was_a_table_of_one_column(self, mark: str) -> None:
        text = mark.join("ab") + "\n" + mark.join("12") + "\n"
        with pytest.raises(BadBody, match="the header line is one field"):
            tables.rows_of(text, ",")
        assert tables.rows_of(text, mark) == [{"a": "1", "b": "2"}]

    def test_lines_that_end_as_on_an_old_mac_were_no_table(self) -> None:
        expected = [{"a": "1", "b": "x\ry"}, {"a": "2", "b": ""}]
        assert tables.rows_of('skip\ra,b\r1,"x\ry"\r2,\r', ",", skip=1) == expected

    def test_a_field_of_more_than_131072_characters_was_refused(self) -> None:
        assert tables.rows_of("a\n" + "x" * 200_000 + "\n", ",")[0]["a"] == "x" * 200_000

    def test_columns_stand_in_for_a_header(self) -> None:
        assert tables.rows_of("1,2\n", ",", ("x", "y")) == [{"x": "1", "y": "2"}]


class TestXml:
    @pytest.mark.parametrize(
        ("xml", "rows"),
        [
            ("<f><e><a>1</a><b/></e><e><a>2</a></e></f>", [{"a": "1", "b": None}, {"a": "2"}]),
            ("<f><e id='7'>text</e></f>", [{"@id": "7", "#text": "text"}]),
            ("<f><e><t>1</t><t>2</t><t>3</t></e></f>", [{"t": ["1", "2", "3"]}]),
            ("<f xmlns='http://x'><e><a>1</a></e></f>", [{"a": "1"}]),
            ("<f><g><e>1</e></g></f>", ["1"]),
        ],
    )
    def test_each_named_element_is_a_row(self, xml: str, rows: Any) -> None:
        assert xml_rows.rows_of(xml.encode(), "e") == rows

    def test_without_a_name_the_document_is_kept_whole(self) -> None:
        assert xml_rows.rows_of(b"<f><a>1</a></f>", None) == {"f": {"a": "1"}}

    def test_text_behind_a_child_was_lost(self) -> None:
        xml = b"<f><p>one <b>two</b> three</p></f>"
        assert xml_rows.rows_of(xml, "p") == [{"b": "two", "#text": "one three"}]

    def test_entities_that_multiply_are_refused(self) -> None:
        bomb = (
            b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
            b'<!ENTITY c "&b;&b;&b;&b;">]><l>&c;</l>'
        )
        with pytest.raises(BadBody, match="what is refused"):
            xml_rows.rows_of(bomb, None)

    def test_files_are_never_read(self) -> None:
        bad = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]><l>&a;</l>'
        with pytest.raises(BadBody, match="what is refused"):
            xml_rows.rows_of(bad, None)

    def test_of_attributes_that_differ_in_their_namespace_only_the_last_one_stayed(self) -> None:
        xml = b"<f xmlns:x='u' xmlns:y='v'><e id='1' x:id='2' y:id='3' x:at='4'/></f>"
        assert xml_rows.rows_of(xml, "e") == [{"@id": "1", "@id_2": "2", "@id_3": "3", "@at": "4"}]
        plain_last = b"<f xmlns:x='u'><e x:id='2' id='1'/></f>"
        assert xml_rows.rows_of(plain_last, "e") == [{"@id": "1", "@id_2": "2"}]

    @pytest.mark.parametrize(
        ("content_type", "head", "charset"),
        [
            # What .NET writes of a text in memory, whatever bytes it sends then.
            ("application/xml", '<?xml version="1.0" encoding="utf-16"?>', "utf-8"),
            ("text/xml; charset=utf-8", "<?xml version='1.0'  encoding='UTF-16' ?>", "utf-8"),
            ("text/xml", '<?xml version="1.0" encoding="utf-16"?>', "utf-16"),
            ("text/xml; charset=iso-8859-1", "", "iso-8859-1"),
            ("text/xml; charset=iso-8859-1", "", "utf-8"),
            ("text/xml; charset=utf-8", '<?xml version="1.0" encoding="cp1252"?>', "cp1252"),
        ],
    )
    def test_xml_that_names_a_charset_which_it_has_not_was_refused(
        self, content_type: str, head: str, charset: str
    ) -> None:
        body = f"{head}<f><e>caf\xe9</e></f>".encode(charset)
        spec = endpoint(format="xml", rows="e")
        assert orjson.loads(asyncio.run(to_json(spec, "xml", content_type, body))) == ["caf\xe9"]

    @pytest.mark.parametrize("xml", [b"<a><b></a>", b"<a>", b"", b"plain"])
    def test_what_is_no_xml_is_told(self, xml: bytes) -> None:
        with pytest.raises(BadBody, match="the body is not XML"):
            xml_rows.rows_of(xml, "e")

    def test_deep_nesting_is_refused(self) -> None:
        with pytest.raises(BadBody, match="nested deeper than 200"):
            xml_rows.rows_of(b"<e>" * 300 + b"</e>" * 300, None)


BLS = """BEGIN:VCALENDAR
PRODID:-//BLS//EN
VERSION:2.0

BEGIN:VTIMEZONE
TZID:US-Eastern
BEGIN:STANDARD
DTSTART:20251102T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:EST
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20260308T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
END:DAYLIGHT
END:VTIMEZONE

BEGIN:VEVENT
UID:cpi
SUMMARY:Consumer Price Index
DTSTART;TZID=US-Eastern:20260113T083000
DTEND;TZID=US-Eastern:20260113T083000
CATEGORIES:Inflation,Prices
END:VEVENT

BEGIN:VEVENT
UID:day
SUMMARY:A whole day
DTSTART;VALUE=DATE:20260119
END:VEVENT
END:VCALENDAR
"""


class TestCalendarFiles:
    def test_events_have_times_with_their_offset(self) -> None:
        timed, whole_day = ics.events_of(BLS)
        assert timed["summary"] == "Consumer Price Index"
        assert timed["start"] == "2026-01-13T08:30:00-05:00"
        assert timed["categories"] == ["Inflation", "Prices"]
        assert whole_day["start"] == "2026-01-19"
        assert whole_day["end"] is None

    @pytest.mark.parametrize("separator", ["\u2028", "\x0b", "\x0c", "\x85"])
    def test_a_separator_within_a_text_lost_what_follows_it(self, separator: str) -> None:
        text = BLS.replace("A whole day", f"A{separator}whole day")
        assert ics.events_of(text)[1]["summary"] == f"A{separator}whole day"

    def test_an_event_that_lasts_had_no_end(self) -> None:
        text = BLS.replace(
            "DTSTART;VALUE=DATE:20260119", "DTSTART:20260119T150000Z\nDURATION:PT90M"
        )
        whole = BLS.replace("VALUE=DATE:20260119", "VALUE=DATE:20260119\nDURATION:P2D")
        assert ics.events_of(text)[1]["end"] == "2026-01-19T16:30:00+00:00"
        assert ics.events_of(whole)[1]["end"] == "2026-01-21"

    def test_an_event_that_recurs_passed_for_one_that_comes_once(self) -> None:
        text = BLS.replace("UID:day", "UID:day\nRRULE:FREQ=DAILY;COUNT=5").replace(
            "UID:cpi", "UID:cpi\nRECURRENCE-ID:20260112T133000Z"
        )
        moved, often = ics.events_of(text)
        assert (often["recurs"], moved["replaces"]) == (
            "FREQ=DAILY;COUNT=5",
            "2026-01-12T13:30:00+00:00",
        )
        assert not {"recurs", "replaces"} & {name for row in ics.events_of(BLS) for name in row}

    def test_an_event_that_was_called_off_passed_for_one_that_comes(self) -> None:
        off = BLS.replace("UID:cpi", "UID:cpi\nSTATUS:CANCELLED")
        sure = BLS.replace("UID:cpi", "UID:cpi\nSTATUS:CONFIRMED")
        assert ics.events_of(off)[0]["status"] == "CANCELLED"
        assert "status" not in ics.events_of(sure)[0]

    def test_times_that_fall_out_of_an_event_that_recurs_were_lost(self) -> None:
        text = BLS.replace(
            "UID:day",
            "UID:day\nRRULE:FREQ=DAILY;COUNT=5\nEXDATE;VALUE=DATE:20260120,20260121"
            "\nEXDATE;VALUE=DATE:20260123",
        )
        assert ics.events_of(text)[1]["excludes"] == ["2026-01-20", "2026-01-21", "2026-01-23"]

    def test_a_date_that_is_none_was_told_in_the_words_of_a_library_without_its_event(self) -> None:
        said = (
            "the event 'A whole day' has a DTSTART that cannot be read: Wrong date format 20261301"
        )
        with pytest.raises(BadBody, match=said):
            ics.events_of(BLS.replace("VALUE=DATE:20260119", "VALUE=DATE:20261301"))

    @pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n"])
    def test_what_is_no_calendar_is_told(self, text: str) -> None:
        with pytest.raises(BadBody, match="not a calendar file"):
            ics.events_of(text)


@pytest.mark.parametrize("mark", [",", ";"])
def test_quotes_after_a_blank_became_a_part_of_names_and_values(mark: str) -> None:
    text = f'"Date"{mark} "Close"\r\n"2026-01-05"{mark} "1{mark}5"\r\n'
    assert tables.rows_of(text, mark) == [{"Date": "2026-01-05", "Close": f"1{mark}5"}]
    plain = f"a{mark} b\n1{mark} 2\n"
    assert tables.rows_of(plain, mark) == [{"a": "1", "b": " 2"}], "it is left as it stands"
