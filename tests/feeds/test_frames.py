from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.schema.websocket import Frame
from quanticity.errors import BadBody
from quanticity.feeds.frames import FrameReader, raw_at
from quanticity.feeds.paths import first

NOW = 1_767_625_200.0
NAMES = st.text(st.characters(exclude_characters=".*", exclude_categories=["Cs"]), min_size=1)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)


def reader(**given: Any) -> FrameReader:
    return FrameReader(Frame(**given), max_depth=20)


@given(VALUES, st.booleans(), st.lists(st.booleans() | NAMES, max_size=3))
def test_a_payloads_bytes_are_cut_out_as_they_stand(
    value: Any, spaced: bool, way: list[Any]
) -> None:
    whole, path = value, ""
    for step in way:
        if isinstance(step, bool):
            whole, head = [0, whole, 1], "1"
        else:
            whole, head = {"x": [1], step: whole}, step
        path = f"{head}.{path}" if path else head
    if any(isinstance(step, str) and (step.isdigit() or step == "x") for step in way):
        return
    text = json.dumps(whole, separators=(" , ", " : ") if spaced else (",", ":")).encode()
    cut = raw_at(text, path)
    assert cut in text
    assert orjson.loads(cut) == first(whole, path) == value


def test_numbers_and_spaces_stay_the_vendors() -> None:
    assert raw_at(b'["a", {"p": 1.10,  "q":1e5}]', "1") == b'{"p": 1.10,  "q":1e5}'
    assert raw_at(b'{"a.b": {"c": 1.0}}', "a.b.c") == b"1.0"
    assert raw_at(b"[1]", "") == b"[1]"


def test_the_symbol_is_what_follows_the_colon_unless_a_frame_says_otherwise() -> None:
    frame = ["gex:SPY", {"ticker": "SPX", "n": 5, "flag": True}]
    text = orjson.dumps(frame)
    plain = reader(channel="0", payload="1").cut(text, frame, "gex:SPY", NOW)
    assert plain.values == {"symbol": "SPY"}
    named = reader(
        channel="0", payload="1", values={"symbol": "1.ticker", "n": "1.n", "flag": "1.flag"}
    ).cut(text, frame, "gex:SPY", NOW)
    assert named.values == {"symbol": "SPX", "n": "5"}


def test_a_frame_without_its_payload_is_told() -> None:
    with pytest.raises(BadBody, match="without '1'"):
        reader(channel="0", payload="1").cut(b'["a"]', ["a"], "a", NOW)


@pytest.mark.parametrize(
    ("stamp", "timestamp"),
    [
        (1_767_625_199_000, 1_767_625_199.0),
        ("2026-01-05T14:59:59Z", 1_767_625_199.0),
        (1_767_625_203_000, NOW),
        (1_767_699_999_000, None),
        ("soon", None),
        (None, None),
    ],
)
def test_times_of_frames(stamp: Any, timestamp: float | None) -> None:
    frame = {"t": stamp}
    cut = reader(timestamp="t").cut(orjson.dumps(frame), frame, None, NOW)
    assert cut.timestamp == timestamp


def test_acknowledgements_and_refusals_are_told_apart_from_data() -> None:
    uw = reader(channel="0", payload="1", ignore={"1.status": "ok"})
    yes = ["gex:SPY", {"response": {}, "status": "ok"}]
    no = ["gex:SPY", {"response": {"reason": "unmatched topic"}, "status": "error"}]
    halted = ["trading_halts", {"status": "halted"}]
    assert uw.acknowledges(yes)
    assert not uw.acknowledges(no)
    assert "unmatched topic" in uw.refusal(no)
    assert uw.refusal(yes) == uw.refusal(halted) == ""
    assert not uw.acknowledges(halted)
