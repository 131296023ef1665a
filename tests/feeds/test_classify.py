"""What vendors answer when the answer is no, and what that means for their budget."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from quanticity.config.schema import Source
from quanticity.errors import FetchError, RateLimited, VendorRefused
from quanticity.feeds.classify import Classifier, NothingThere, Verdict
from quanticity.feeds.http import Answer
from quanticity.feeds.paths import MISSING
from quanticity.pace.ports import Word
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW
from tests.feeds.test_request import endpoint

UW = {
    "base_url": "https://api.unusualwhales.com/api",
    "auth": {"type": "bearer", "token_env": "UW_API_TOKEN"},
    "rate_limits": {
        "requests_per_minute": 120,
        "headers": {
            "remaining": "x-uw-req-per-minute-remaining",
            "reset": "x-uw-req-per-minute-reset",
            "reset_unit": "milliseconds",
        },
    },
}
AV = {
    "base_url": "https://www.alphavantage.co",
    "rate_limits": {
        "windows": [{"limit": 600, "seconds": 60}, {"limit": 25, "per": "day"}],
        "body_limits": [
            {"path": "Information", "matches": "per day", "until": "day"},
            {"path": "Information", "matches": "rate limit|per second|burst", "wait_seconds": 2},
            {"path": "Note"},
        ],
    },
    "errors": [
        {"path": "Error Message"},
        {"path": "Information", "matches": "premium", "say": "needs a premium plan"},
        {"path": "message", "not_equals": "success"},
        {"path": "data.0.symbol", "equals": "XXYYZZ", "say": "artificial rows"},
        {"path": "feed", "equals": "", "kind": "no_data"},
        {"path": "Hiccup", "kind": "retry"},
    ],
}


def answer(status: int, body: Any, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, CIMultiDictProxy(CIMultiDict(named)), content, URL("https://v.com/x"))


def of_status(status: int, body: Any, *, source: Any = UW, **headers: Any) -> Verdict:
    payload = MISSING if isinstance(body, bytes) else body
    classifier = Classifier(Source.model_validate(source), endpoint())
    return classifier.of_status(answer(status, body, **headers), payload, NOW)


def test_a_key_in_a_header_of_ones_own_was_said_not_to_be_there() -> None:
    tiingo = {"base_url": "https://v", "headers": {"Authorization": "Token x"}}
    said = str(of_status(401, {"detail": "no"}, source=tiingo).error)
    assert said.endswith("no; it wants a key, and auth names none: check headers and address")


def of_body(payload: Any) -> Verdict | None:
    return Classifier(Source.model_validate(AV), endpoint()).of_body(payload)


PAGE = b"<!DOCTYPE html><html><head><title>Attention Required!</title></head></html>"
SEC = b"<html><title>SEC.gov | Request Rate Threshold Exceeded</title></html>"
S3 = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Denied</Message></Error>"


@pytest.mark.parametrize(
    ("status", "body", "said", "retryable"),
    [
        (401, {"message": "bad token"}, "(401): bad token; check UW_API_TOKEN", False),
        (402, {"Error Message": "Premium Query Parameter"}, "plan does not cover", False),
        (
            403,
            {"code": "historic_data_access_missing", "message": "Not in your plan"},
            "(403): historic_data_access_missing: Not in your plan",
            False,
        ),
        (403, PAGE, "a web page, not the vendor's own answer: Attention Required!", False),
        (403, S3, "(403): AccessDenied: Denied", False),
        (404, {}, "not found (404): an unknown symbol, or a wrong path", False),
        (404, {"error": "Route not found"}, "wrong path: Route not found", False),
        (
            422,
            {"path": "/expiry", "msg": "expiry is required", "query": {}},
            "refuses a parameter (422): expiry is required (/expiry)",
            False,
        ),
        (400, {"error_code": 400, "error_message": "Bad api_key"}, "request (400): Bad api", False),
        (410, {"message": "guest access discontinued"}, "gone for good (410)", False),
        (500, b"Something went wrong", "the vendor failed (500): Something went wrong", True),
        (502, PAGE, "the vendor failed (502): Attention Required!", True),
        (503, b"", "the vendor failed (503)", True),
        (504, b"", "the vendor failed (504)", True),
        (418, b"teapot", "the vendor refuses (418): teapot", False),
        (304, b"", "not modified (304), the vendor says, but there is no value", False),
        (305, b"", "a redirect without a place to go (305)", False),
    ],
)
def test_a_status_is_told_in_words(status: int, body: Any, said: str, retryable: bool) -> None:
    verdict = of_status(status, body)
    assert isinstance(verdict.error, VendorRefused)
    assert said in str(verdict.error)
    assert verdict.error.retryable is retryable
    assert verdict.error.status == status
    assert verdict.word is None


@pytest.mark.parametrize(
    ("body", "headers", "word", "retry_after"),
    [
        ({"code": "daily_request_limit_hit"}, {}, Word(until_day_reset=True), None),
        (
            {"message": "You have exceeded 3 concurrent requests, retry shortly"},
            {},
            Word(wait=1.0, in_flight=True),
            1.0,
        ),
        ({"message": "slow down"}, {"x_uw_req_per_minute_reset": "4096"}, Word(wait=4.096), 4.096),
        ({"message": "slow down"}, {"Retry_After": "7"}, Word(wait=7.0), 7.0),
        ({"message": "slow down"}, {"Retry_After": "0"}, Word(wait=1.0), 0.0),
        ({"message": "slow down"}, {}, Word(wait=60.0), 60.0),
        (b"", {}, Word(wait=60.0), 60.0),
    ],
)
def test_the_three_kinds_of_too_many(
    body: Any, headers: dict[str, str], word: Word, retry_after: float | None
) -> None:
    verdict = of_status(429, body, **headers)
    assert isinstance(verdict.error, RateLimited)
    assert verdict.word == word
    assert verdict.error.retry_after == retry_after
    assert verdict.error.retryable is not word.until_day_reset


def test_a_retry_after_date_is_read_by_the_vendors_own_clock() -> None:
    verdict = of_status(
        429,
        b"",
        Retry_After="Mon, 05 Jan 2015 10:00:30 GMT",
        Date="Mon, 05 Jan 2015 10:00:00 GMT",
    )
    assert verdict.word == Word(wait=30.0)


def test_a_retry_after_that_is_a_moment_is_not_taken_for_half_a_century() -> None:
    for text in (str(NOW + 30), str(int((NOW + 30) * 1000))):
        word = of_status(429, b"", Retry_After=text).word
        assert word is not None
        assert word.wait == pytest.approx(30.0)


def test_a_day_that_is_used_up_ends_no_sooner_than_the_vendor_asks_for() -> None:
    """Where no reset is known it is tried every hour, which the vendor ruled out."""
    verdict = of_status(429, {"code": "daily_request_limit_hit"}, Retry_After="40000")
    assert verdict.word == Word(wait=40_000.0, until_day_reset=True)
    assert not verdict.error.retryable


def test_a_limit_message_of_a_429_does_not_hide_its_retry_after() -> None:
    told = {"Information": "our rate limit is reached"}
    verdict = of_status(429, told, source=AV, Retry_After="90")
    assert isinstance(verdict.error, RateLimited)
    assert (verdict.word, verdict.error.retry_after) == (Word(wait=90.0), 90.0)
    assert of_status(429, told, source=AV, Retry_After="1").word == Word(wait=2.0)


@pytest.mark.parametrize(("status", "retryable"), [(403, False), (404, False), (500, True)])
def test_retry_after_holds_with_any_refusal(status: int, retryable: bool) -> None:
    verdict = of_status(status, {"message": "secondary rate limit"}, Retry_After="60")
    assert verdict.word == Word(wait=60.0)
    assert verdict.error.retryable is retryable
    assert "secondary rate limit" in str(verdict.error)
    assert of_status(404, b"", Retry_After="0").word is None


def test_a_busy_vendor_that_says_how_long_is_left_alone_for_that_long() -> None:
    verdict = of_status(503, b"", Retry_After="12")
    assert isinstance(verdict.error, RateLimited)
    assert verdict.word == Word(wait=12.0)


def test_the_page_that_means_asked_too_fast_holds_the_budget() -> None:
    verdict = of_status(403, SEC)
    assert isinstance(verdict.error, RateLimited)
    assert verdict.word == Word(wait=600.0)


@pytest.mark.parametrize(
    ("payload", "kind", "said", "word"),
    [
        (
            {"Information": "25 requests per day"},
            RateLimited,
            "per day",
            Word(until_day_reset=True),
        ),
        ({"Information": "Burst pattern"}, RateLimited, "Burst", Word(wait=2.0)),
        ({"Note": "Thank you for using"}, RateLimited, "Thank you", Word(wait=60.0)),
        ({"Information": "a premium endpoint"}, VendorRefused, "needs a premium plan: a", None),
        ({"Error Message": "Invalid API call"}, VendorRefused, "refuses: Invalid API call", None),
        ({"message": "sorry", "data": []}, VendorRefused, "refuses: sorry", None),
        ({"message": "success", "data": [{"symbol": "XXYYZZ"}]}, VendorRefused, "artifici", None),
        ({"feed": ""}, NothingThere, "the body holds 'feed'", None),
        ({"Hiccup": True}, VendorRefused, "the body holds 'Hiccup'", None),
    ],
)
def test_what_hides_in_a_good_status(
    payload: Any, kind: type[FetchError], said: str, word: Word | None
) -> None:
    verdict = of_body(payload)
    assert verdict is not None
    assert type(verdict.error) is kind
    assert said in str(verdict.error)
    assert verdict.word == word
    assert verdict.error.retryable is (
        "Hiccup" in payload or (kind is RateLimited and word != Word(until_day_reset=True))
    )


@pytest.mark.parametrize(
    "payload", [{"message": "success", "data": [{"symbol": "SPY"}]}, [1], {}, "x", 7, None]
)
def test_a_value_is_let_through(payload: Any) -> None:
    assert of_body(payload) is None


def test_a_limit_message_counts_whatever_its_status() -> None:
    verdict = of_status(400, {"Note": "5 calls a minute"}, source=AV)
    assert verdict.word == Word(wait=60.0)


def test_an_echoed_key_is_not_in_the_error() -> None:
    from quanticity.logs import register_secret

    register_secret("QX7KEYECHOED")
    verdict = of_body({"Note": "We have detected your API key as QX7KEYECHOED and our limit"})
    assert verdict is not None
    assert "QX7KEYECHOED" not in str(verdict.error)


@pytest.mark.parametrize("none", [False, 0, 0.0, None, "", [], {}])
def test_an_error_that_is_false_was_an_error(none: Any) -> None:
    assert of_body({"Error Message": none, "message": "success"}) is None


@pytest.mark.parametrize("some", [True, 1, "0", "false", [0], {"code": 0}])
def test_an_error_that_says_something_is_one(some: Any) -> None:
    assert of_body({"Error Message": some, "message": "success"}) is not None
