"""What vendors say in headers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.schema.limits import LimitHeaders as Spec
from quanticity.feeds.limits import LimitHeaders, retry_after
from quanticity.pace.ports import Word
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW

SPEC = {
    "remaining": "X-Left",
    "reset": "X-Reset",
    "used": "X-Used",
    "limit": "X-Limit",
    "daily_used": "X-Day",
    "daily_limit": "X-Day-Limit",
}


def word(headers: dict[str, str], **spec: Any) -> Word | None:
    return LimitHeaders(Spec.model_validate({**SPEC, **spec})).word(headers, NOW)


def test_every_header_has_its_place() -> None:
    headers = {"X-Left": "7", "X-Reset": "4096", "X-Used": "113", "X-Limit": "120"}
    headers |= {"X-Day": "14999", "X-Day-Limit": "15000"}
    assert word(headers, reset_unit="milliseconds") == Word(
        remaining=7, reset_in=4.096, used=113, limit=120, day_used=14999, day_limit=15000
    )


@pytest.mark.parametrize(
    ("unit", "text", "seconds"),
    [
        ("seconds", "30", 30.0),
        ("milliseconds", "30", 0.03),
        ("epoch", str(NOW + 30), 30.0),
        ("epoch", str(NOW - 30), 0.0),
        ("seconds", "1e9", 86_400.0),
        # What can only be a moment is one, and what can only be a length, whatever is configured.
        ("seconds", str(NOW + 30), 30.0),
        ("seconds", str((NOW + 30) * 1000), 30.0),
        ("milliseconds", str((NOW + 30) * 1000), 30.0),
        ("epoch", str((NOW + 30) * 1000), 30.0),
        ("epoch", "30", 30.0),
    ],
)
def test_a_reset_is_in_seconds_from_now(unit: str, text: str, seconds: float) -> None:
    told = word({"X-Reset": text}, reset_unit=unit)
    assert told is not None
    assert told.reset_in == pytest.approx(seconds)


@pytest.mark.parametrize("headers", [{}, {"X-Left": "many"}, {"X-Left": "nan"}, {"X-Left": ""}])
def test_what_cannot_be_read_says_nothing(headers: dict[str, str]) -> None:
    assert word(headers) is None


def test_a_negative_remainder_is_none_left() -> None:
    assert word({"X-Left": "-1"}) == Word(remaining=0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("3.5", 3.5),
        ("-5", 0.0),
        ("soon", None),
        ("1e12", 86_400.0),
        ("315360000", 86_400.0),
        ("nan", None),
        ("inf", None),
        ("-inf", None),
        ("", None),
        ("Mon, 05 Jan 2026 15:00:30 GMT", 30.0),
        ("Mon, 05 Jan 2026 14:00:00 GMT", 0.0),
        ("Wed, 21 Oct 1015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 9999 07:28:00 GMT", 86_400.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400.0),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": text}, NOW) == seconds


@pytest.mark.parametrize("year", ["99999999999", "9" * 30, "-1", "12026"])
def test_a_date_of_an_absurd_year_was_a_traceback(year: str) -> None:
    text = f"Wed, 21 Oct {year} 07:28:00 GMT"
    assert retry_after({"Retry-After": text}, NOW) is None
    assert retry_after({"Retry-After": "Mon, 05 Jan 2026 15:00:30 GMT", "Date": text}, NOW) == 30


@given(st.text(st.characters(codec="latin-1")), st.text(st.characters(codec="latin-1")))
def test_no_wait_is_longer_than_a_day_or_less_than_none(text: str, date: str) -> None:
    wait = retry_after({"Retry-After": text, "Date": date}, NOW)
    assert wait is None or 0 <= wait <= 86_400


def test_no_retry_after() -> None:
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize("none", ["0", "-1", "-1.0"])
def test_a_limit_of_none_at_all_stopped_a_source_that_has_no_limit(none: str) -> None:
    # It answered: the limit is not none. So vendors write that there is none.
    told = word({"X-Limit": none, "X-Day-Limit": none, "X-Day": "7", "X-Left": "5"})
    assert told == Word(remaining=5, day_used=7)
