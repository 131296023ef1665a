"""What one set of values asks for, and what it keeps of the last answer."""

from __future__ import annotations

from typing import Any

from multidict import CIMultiDict, CIMultiDictProxy

from quanticity.feeds.call import Call
from quanticity.feeds.feed import Feed
from quanticity.feeds.recipe import Recipe
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW
from tests.feeds.loopback import Bench

DAY = 86_400.0


def recipe(**endpoint: Any) -> Recipe:
    feed: Feed = next(iter(Bench("http://127.0.0.1:1", {"quote": endpoint}).feeds.values()))
    return feed.recipe


def headers(**given: str) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict({name.replace("_", "-"): v for name, v in given.items()}))


def test_its_keys_are_the_endpoints_with_its_values() -> None:
    made = recipe(
        path="/{symbol}",
        symbols=["SPY"],
        redis_key="raw:v:quote:{symbol}",
        timestamp_key="v:{symbol}:timestamp",
        transform="rows",
    )
    call = Call(made, {"symbol": "SPY"})
    assert call.key == "raw:v:quote:SPY"
    assert call.output_key == "feed:v:quote:SPY"
    assert call.timestamp_key == "v:SPY:timestamp"


def test_without_a_transform_there_is_no_second_key() -> None:
    call = Call(recipe(path="/q"), {})
    assert (call.output_key, call.timestamp_key) == ("", "")


def test_a_request_without_dates_is_made_once() -> None:
    made = recipe(path="/q")
    call = Call(made, {})
    assert call.request(made, NOW) is call.request(made, NOW + 30 * DAY)


def test_a_request_with_dates_is_made_anew_when_they_have_passed() -> None:
    made = recipe(path="/q", params={"d": "today"})
    call = Call(made, {})
    first = call.request(made, NOW)
    assert call.request(made, NOW + 60) is first
    assert call.request(made, NOW + DAY).url.query["d"] == "2026-01-06"


def test_a_wall_clock_set_back_asks_for_the_day_it_shows() -> None:
    """The request of the wrong day was kept until that day had passed."""
    made = recipe(path="/q", params={"d": "today"})
    call = Call(made, {})
    assert call.request(made, NOW + DAY).url.query["d"] == "2026-01-06"
    assert call.request(made, NOW).url.query["d"] == "2026-01-05"


def test_what_a_vendor_marks_makes_the_next_request_conditional() -> None:
    made = recipe(path="/q", conditional=True, headers={"Accept": "text/csv"})
    call = Call(made, {})
    request = call.request(made, NOW)
    assert call.headers(request) == {"Accept": "text/csv"}
    call.remember(headers(ETag='"7"', Last_Modified="Mon, 05 Jan 2026 15:00:00 GMT"), b"{}")
    assert call.headers(request) == {
        "Accept": "text/csv",
        "If-None-Match": '"7"',
        "If-Modified-Since": "Mon, 05 Jan 2026 15:00:00 GMT",
    }


def test_an_answer_without_a_mark_is_not_kept_in_memory() -> None:
    made = recipe(path="/q", conditional=True)
    call = Call(made, {})
    call.remember(headers(), b"{}")
    assert call.body is None
    assert call.headers(call.request(made, NOW)) is None


def test_yesterdays_answer_is_no_answer_to_todays_request() -> None:
    made = recipe(path="/q", conditional=True, params={"d": "today"})
    call = Call(made, {})
    call.request(made, NOW)
    call.remember(headers(ETag='"7"'), b"{}")
    tomorrow = call.request(made, NOW + DAY)
    assert call.body is None
    assert call.headers(tomorrow) is None
