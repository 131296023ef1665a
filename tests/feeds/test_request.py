"""From an endpoint to what stands on the wire."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from quanticity.config.schema import Endpoint
from quanticity.feeds.request import RequestPlan, with_param
from tests.feeds.loopback import CALENDAR
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW


def endpoint(**fields: Any) -> Endpoint:
    if "url" not in fields:
        fields.setdefault("path", "/quote")
    return Endpoint.model_validate(
        {"interval_seconds": 60, "ttl_seconds": 60, "redis_key": "raw:v:q", **fields}
    )


def plan(base: str = "https://v.com/api/", secrets: Any = (), **fields: Any) -> RequestPlan:
    return RequestPlan(base, endpoint(**fields), CALENDAR, secrets=secrets)


def test_base_path_and_query_meet() -> None:
    request = plan(path="stock/{symbol}/x", params={"date": "today"}).request(
        {"symbol": "SPY"}, NOW
    )
    assert str(request.url) == "https://v.com/api/stock/SPY/x?date=2026-01-05"


def test_a_symbol_cannot_leave_its_place_in_the_path() -> None:
    request = plan(path="/s/{symbol}/x").request({"symbol": "../a?b=c#d"}, NOW)
    assert request.url.raw_path == "/api/s/..%2Fa%3Fb%3Dc%23d/x"
    assert request.url.raw_query_string == ""


def test_a_whole_url_may_carry_a_query_of_its_own() -> None:
    request = plan(url="https://cdn.v.com/a.json?v=1", params={"b": 2}).request({}, NOW)
    assert str(request.url) == "https://cdn.v.com/a.json?v=1&b=2"


def test_dates_stand_in_file_names() -> None:
    request = plan(path="/CNMSshvol{last_trading_day:%Y%m%d}.txt").request({}, NOW)
    assert request.url.name == "CNMSshvol20260102.txt"


def test_the_key_goes_last_and_filters_stay_readable() -> None:
    params = {"filter": "a:gte:2026-01-05,b:eq:x", "page[size]": 100, "t": "A&B c+"}
    request = plan(params=params, secrets=[("apikey", "k=1")]).request({}, NOW)
    assert request.url.raw_query_string == (
        "filter=a:gte:2026-01-05,b:eq:x&page[size]=100&t=A%26B%20c%2B&apikey=k%3D1"
    )


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=4))
def test_whatever_is_sent_arrives_as_it_was_written(params: dict[str, str]) -> None:
    from quanticity.feeds.request import query_text

    query = list(params.items())
    assert parse_qsl(query_text(query), keep_blank_values=True) == query


def test_a_dated_request_is_good_until_the_session_changes_and_any_other_for_ever() -> None:
    assert plan(params={"a": "today"}).request({}, NOW).until == CALENDAR.next_change(NOW)
    assert plan(params={"a": "b"}).request({}, NOW).until == math.inf


def test_a_post_carries_its_body_as_json() -> None:
    request = plan(method="POST", body={"s": "{symbol}"}).request({"symbol": "SPY"}, NOW)
    assert request.data is not None
    assert orjson.loads(request.data) == {"s": "SPY"}
    assert request.headers == {"Content-Type": "application/json"}


def test_paging_sends_its_size_and_its_start() -> None:
    paging = {"type": "page", "param": "page", "limit_param": "limit", "limit": 50, "start": 1}
    request = plan(paging=paging, params={"limit": 10}).request({}, NOW)
    assert dict(request.url.query) == {"limit": "10", "page": "1"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://v.com/a", "https://v.com/a?page=2"),
        ("https://v.com/a?page=1&x=%2F", "https://v.com/a?x=%2F&page=2"),
        ("https://v.com/a?x[]=1&x[]=2", "https://v.com/a?x[]=1&x[]=2&page=2"),
    ],
)
def test_the_next_page_changes_one_parameter(before: str, after: str) -> None:
    assert str(with_param(URL(before, encoded=True), "page", "2")) == after


def test_needed_values_are_named_wherever_they_stand() -> None:
    made = plan(path="/{a}", params={"x": "{b}"}, headers={"H": "{c}"}, body=["{d}"])
    assert made.names == {"a", "b", "c", "d"}
