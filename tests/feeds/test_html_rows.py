"""A table of a web page, as rows."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.errors import BadBody
from quanticity.feeds.formats import format_of, to_json
from quanticity.feeds.html_rows import rows_of
from tests.feeds.test_request import endpoint

PAGE = """<!DOCTYPE html><html><head><title>Earnings</title><style>td {}</style></head><body>
<table class="nav small"><tr><td>Home<td>Calendar</table>
<table id="earnings" class="data wide">
 <thead><tr><th>Symbol</th><th>EPS<br>estimate</th><th>EPS&nbsp;estimate</th></tr></thead>
 <tbody>
  <tr><td><a href="/AAPL">AAPL</a><script>a = "x";</script></td><td>$1.20</td><td>&euro;</td></tr>
  <tr><td colspan="3">After the close</td></tr>
  <tr><td> M&amp;T
    Bank </td><td rowspan="2">N/A</td><td></td></tr>
  <tr><td>JPM</td><td>4.1</td></tr>
 </tbody>
</table></body></html>"""
ROWS = [
    {"Symbol": "AAPL", "EPS estimate": "$1.20", "EPS estimate_2": "€"},
    {"Symbol": "M&T Bank", "EPS estimate": "N/A", "EPS estimate_2": ""},
    {"Symbol": "JPM", "EPS estimate": "N/A", "EPS estimate_2": "4.1"},
]


@pytest.mark.parametrize("table", [None, "earnings", "wide"])
def test_a_page_was_refused_whatever_the_config_said(table: str | None) -> None:
    """A40: CSV, JSON with any root, and tables of pages."""
    spec = endpoint(format="html", rows=table)
    assert format_of(spec, "text/html", PAGE.encode()) == "html"
    made = asyncio.run(to_json(spec, "html", "text/html; charset=utf-8", PAGE.encode()))
    assert orjson.loads(made) == ROWS


def test_a_page_that_nobody_asked_for_is_an_error_still() -> None:
    with pytest.raises(BadBody, match="a web page came instead of data: 'Earnings'"):
        format_of(endpoint(), "text/html", PAGE.encode())


def test_columns_stand_in_for_names_and_tags_may_be_left_open() -> None:
    page = "<table><tr><th>a<th>b<tr><td>1<td>2<tr><td>3<td>4"
    assert rows_of(page, None, ["x", "y"]) == [{"x": "1", "y": "2"}, {"x": "3", "y": "4"}]
    assert rows_of(page, None) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_a_table_within_a_cell_is_a_table_of_its_own() -> None:
    inner = "<table id=in><tr><th>k</th></tr><tr><td>v</td></tr></table>"
    page = f"<table id=out><tr><th>a</th></tr><tr><td>1 {inner} 2</td></tr></table>"
    assert rows_of(page, "out") == [{"a": "1 2"}]
    assert rows_of(page, "in") == [{"k": "v"}]


def test_the_charset_that_a_page_names_itself_is_read() -> None:
    text = "<meta charset='latin-1'><table><tr><th>n</th></tr><tr><td>Zürich</td></tr></table>"
    page = f"<html>{text}</html>".encode("latin-1")
    made = asyncio.run(to_json(endpoint(format="html"), "html", "text/html", page))
    assert orjson.loads(made) == [{"n": "Zürich"}]


@pytest.mark.parametrize(
    ("page", "table", "said"),
    [
        ("<html>Sign in</html>", None, "the page has no table; where a script makes it"),
        (PAGE, "earning", "no table 'earning'; those with a name: nav, earnings"),
        ("<table></table>", None, "no rows, and no names"),
        (
            "<table><tr><th>a<th>b<tr><td>1<td>2<td>3",
            None,
            "row 1 of the table has 3 cells where 2",
        ),
    ],
)
def test_what_is_no_such_table_is_told(page: str, table: str | None, said: str) -> None:
    with pytest.raises(BadBody, match=said):
        rows_of(page, table)


def test_a_cell_that_spans_millions_takes_no_memory() -> None:
    wide = "<tr>" + "<td colspan=999999999 rowspan=999999999>x" * 100 + "<tr>" * 200
    with pytest.raises(BadBody, match="more than 2,000,000 values"):
        rows_of(f"<table>{wide}", None)


@pytest.mark.parametrize("tail", ["", ">", "-->"], ids=["open", "closed", "commented"])
@pytest.mark.parametrize(
    "part", ["<!--", "<!", "<![CDATA[", "<a ", "</", "<a='", "&#", "<td", "<?"]
)
def test_a_page_of_what_never_closes_took_a_thread_for_hours(part: str, tail: str) -> None:
    def seconds(page: str) -> float:
        began = time.process_time()
        with contextlib.suppress(BadBody):
            rows_of(page, None)
        return time.process_time() - began

    size = 100_000
    usual = seconds("<table>" + "<tr><td>1</td></tr>" * (size // 19))
    assert seconds(part * (size // len(part)) + tail) < 10 * usual


def test_a_span_of_thousands_of_digits_was_an_error_of_ours() -> None:
    page = f"<table><tr><th>a<th>b<tr><td colspan={'9' * 5000}>x<td>y</table>"
    with pytest.raises(BadBody, match="201 cells where 2 are named"):
        rows_of(page, None)


TAGS = st.sampled_from(
    [
        *("<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<th colspan=2>"),
        *("<td rowspan=3>", "<td colspan=-1>", "<script>", "</script>", "</tbody>"),
        *("x", "&amp;", "<!--", "-->", "<"),
    ]
)


@given(parts=st.lists(TAGS, max_size=40))
def test_any_page_is_rows_or_a_bad_body(parts: list[str]) -> None:
    made: Any = None
    try:
        made = rows_of("".join(parts), None)
    except BadBody:
        return
    assert all(isinstance(value, str) for row in made for value in row.values())
