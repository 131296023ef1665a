"""The vendor's own words, fit to be shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.feeds.message import said, same_trouble


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"message": "a", "error": "b"}, "a"),
        ({"error": {"message": "deep"}}, "deep"),
        ({"errors": ["a", "b"]}, "a; b"),
        ({"code": "x"}, "x"),
        ({"code": "x", "message": "no x here"}, "no x here"),
        ({"code": 7, "detail": "d"}, "d"),
        ({"msg": "required", "path": "/expiry"}, "required (/expiry)"),
        ([{"msg": "one"}, {"msg": "two"}], "one; two"),
        # Tradier, CoinGecko, Nasdaq Data Link and Yahoo: what they said was not told.
        (
            {"fault": {"faultstring": "Invalid Access Token", "detail": {"errorcode": "x"}}},
            "Invalid Access Token",
        ),
        ({"status": {"error_code": 10002, "error_message": "API Key Missing"}}, "API Key Missing"),
        ({"quandl_error": {"code": "QEAx01", "message": "no key"}}, "QEAx01: no key"),
        ({"finance": {"result": None, "error": {"code": "Unauthorized"}}}, "Unauthorized"),
        ({"a": {"b": {"c": {"message": "too deep"}}}}, ""),
        ("plain\n  text", "plain text"),
        (429, "429"),
        (None, ""),
        ({}, ""),
        ({"data": []}, ""),
    ],
)
def test_json_says(payload: Any, text: str) -> None:
    assert said(b"", payload) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<html><title> No\n way </title></html>", "No way"),
        (b"<Error><Code>Denied</Code><Message>Go</Message></Error>", "Denied: Go"),
        (b"Something went wrong", "Something went wrong"),
        (b"", ""),
    ],
)
def test_other_bodies_say(body: bytes, text: str) -> None:
    assert said(body) == text


@given(st.binary(max_size=2000))
def test_whatever_came_it_is_one_short_line(body: bytes) -> None:
    text = said(body)
    assert len(text) <= 200
    assert len(text.splitlines()) <= 1
    assert text.isprintable()


def test_a_vendors_words_cannot_move_the_cursor_of_a_terminal() -> None:
    assert said(b"no\x1b[2J\x07 luck\r\n") == "no[2J luck"


def test_a_request_id_in_each_refusal_made_each_of_them_news() -> None:
    told = "the vendor failed (500): try again, request {}"
    assert same_trouble(told.format("9f8e7d6c5b4a"), told.format("0a1b2c3d4e5f"))
    assert same_trouble(told.format(17), told.format(4))
    assert not same_trouble(told.format(17), told.format(17).replace("500", "503"))
    assert not same_trouble(told.format(17), "the vendor does not know us (401)")
    assert not same_trouble("begins with 1", "")


def test_another_byte_in_each_body_made_each_of_them_news() -> None:
    told = "the body is not UTF-8: byte {} at {}"
    assert same_trouble(told.format("0xfd", 0), told.format("0x8e", 112))
