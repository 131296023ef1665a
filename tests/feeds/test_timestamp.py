"""When a vendor says that its data was true."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.schema.endpoint import Timestamp
from quanticity.feeds.timestamp import VendorTime
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW


def read(payload: Any, path: str = "t", **spec: Any) -> float:
    return VendorTime(Timestamp.model_validate({"path": path, **spec})).read(payload, NOW)


@pytest.mark.parametrize(
    ("given", "spec", "at"),
    [
        ("2026-01-05T14:59:00Z", {}, NOW - 60),
        ("2026-01-05T14:59:00.123456Z", {}, NOW - 60 + 0.123456),
        ("2026-01-05T09:59:00-05:00", {}, NOW - 60),
        ("2026-01-05 14:59:00", {}, NOW - 60),
        ("2026-01-05 09:59:00", {"zone": "America/New_York"}, NOW - 60),
        ("2026-01-05", {"format": "date", "zone": "America/New_York"}, NOW - 10 * 3600),
        (NOW - 60, {"format": "epoch"}, NOW - 60),
        (str(NOW - 60), {"format": "epoch"}, NOW - 60),
        ((NOW - 60) * 1000, {"format": "epoch_ms"}, NOW - 60),
        ("Mon, 05 Jan 2026 14:59:00 GMT", {"format": "rfc822"}, NOW - 60),
        ("5 Jan 2026 09:59:00 -0500", {"format": "rfc822"}, NOW - 60),
        ("soon", {"format": "rfc822"}, NOW),
        # Slightly ahead is now; far ahead, or unreadable, is not believed.
        (NOW + 2, {"format": "epoch"}, NOW),
        (NOW + 3600, {"format": "epoch"}, NOW),
        ("soon", {}, NOW),
        ("soon", {"format": "epoch"}, NOW),
        ("-inf", {"format": "epoch"}, NOW),
        ("0001-01-01", {"zone": "Asia/Tokyo"}, NOW),
        (0, {"format": "epoch"}, NOW),
        (None, {}, NOW),
        (True, {"format": "epoch"}, NOW),
    ],
)
def test_how_times_are_written(given: Any, spec: dict[str, Any], at: float) -> None:
    assert read({"t": given}, **spec) == pytest.approx(at)


def test_a_list_takes_its_latest() -> None:
    rows = [{"t": f"2026-01-05T14:{minute:02d}:00Z"} for minute in (3, 59, 7)]
    assert read({"data": rows}, "data.*.t") == NOW - 60
    assert read({"t": ["2026-01-05T14:59:00Z", "2026-01-05T14:58:59.5Z"]}) == NOW - 60


def test_times_of_rss_are_compared_as_times_and_not_by_their_weekdays() -> None:
    texts = ["Wed, 31 Dec 2025 14:59:00 GMT", "Mon, 05 Jan 2026 14:59:00 GMT"]
    assert read([{"t": text} for text in texts], "*.t", format="rfc822") == NOW - 60


@pytest.mark.parametrize(
    ("payload", "spec", "said"),
    [
        (
            [{"t": "Mon, 05 Jan 2026 14:59:00 GMT"}],
            {"path": "*.t"},
            "the vendor's time is not written as iso: 'Mon, 05 Jan 2026 14:59:00 GMT'",
        ),
        (
            {"t": "2026-01"},
            {"format": "date"},
            "the vendor's time is not written as date: '2026-01'",
        ),
        (
            {"t": "/Date(1767625140000)/"},
            {"format": "epoch_ms"},
            "the vendor's time is not written as epoch_ms: '/Date(1767625140000)/'",
        ),
        ({"t": 1767625140}, {}, "the vendor's time is not written as iso: '1767625140'"),
        (
            {"data": [{"time": 1}]},
            {"path": "data.*.tme"},
            "no time stands at 'data.*.tme', where timestamp looks for it",
        ),
        ({"x": 1}, {}, "no time stands at 't', where timestamp looks for it"),
        # One of them is enough, and what is left empty, or has no rows, is the vendor's to fill.
        ({"t": ["?", "2026-01-05"]}, {}, ""),
        ({"t": None}, {}, ""),
        ({"t": ""}, {}, ""),
        ({"t": 0}, {"format": "epoch"}, ""),
        ({"t": 5}, {"format": "epoch"}, ""),
        ({"data": []}, {"path": "data.*.t"}, ""),
        ({"data": None}, {"path": "data.*.t"}, ""),
        ("text", {}, ""),
    ],
)
def test_a_time_that_could_not_be_read_was_passed_over_without_a_word(
    payload: Any, spec: dict[str, Any], said: str
) -> None:
    made = Timestamp.model_validate({"path": "t", **spec})
    assert VendorTime(made).unread(payload) == said


def test_times_ahead_do_not_hide_the_latest_believable_one() -> None:
    assert read([{"t": "2026-01-05T14:59:00Z"}, {"t": "2030-01-05T14:59:00.0Z"}], "*.t") == NOW - 60


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("t"), inner),
        max_leaves=8,
    ),
    st.sampled_from(["iso", "epoch", "epoch_ms", "date"]),
)
def test_whatever_stands_there_the_time_is_never_later_than_now(payload: Any, form: str) -> None:
    assert 0 < read({"t": payload}, format=form) <= NOW


@pytest.mark.parametrize(
    ("times", "ahead"),
    [([NOW + 60, NOW + 90], 60), ([NOW + 60, NOW - 9], 0), ([NOW + 2], 0), ([], 0), ([0], 0)],
)
def test_by_how_much_a_body_is_ahead_of_us_is_told(times: list[float], ahead: float) -> None:
    """Of figures the greatest alone is read; of texts of several lengths all are."""
    texts = [f"{at}{'0' * number}" for number, at in enumerate(times)]
    spec = Timestamp.model_validate({"path": "t", "format": "epoch"})
    assert VendorTime(spec).judged({"t": texts}, NOW)[1] == pytest.approx(ahead)


def test_the_greatest_text_was_taken_for_the_latest_time_where_offsets_differ() -> None:
    # The hour that comes twice, and a body of two exchanges.
    for late, early in (
        ("2026-01-05T01:10:00-05:00", "2026-01-05T01:50:00-04:00"),
        ("2026-01-05T09:59:00-05:00", "2026-01-05T12:00:00+00:00"),
    ):
        body = {"data": [{"t": early}, {"t": late}, {"t": early}]}
        read = VendorTime(Timestamp(path="data.*.t")).read(body, 1_767_700_000.0)
        assert read == datetime.fromisoformat(late).timestamp()
