"""How fresh each feed is, which figures cannot be so, and who is told."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.analytics.data_quality import _FEEDS, DataQuality
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from quanticity.testing.samples import book, chain, tape

SPY = {"symbol": "SPY"}
# Read for their age and for what they hold: one key.
SHARED = ("alpha_vantage_chain", "unusual_whales_chain", "book", "bars")


def bars(now: float, *, without: tuple[int, ...] = ()) -> dict[str, Any]:
    last = now - now % 60
    ago = [number for number in range(12) if number not in without]
    return {"rows": [{"time": last - 60 * one, "close": 1.0} for one in reversed(ago)]}


def bench(now: float = MONDAY, **given: Any) -> Harness:
    """With all that is read, and good, but for what is given; None is not there."""
    harness = Harness(DataQuality, values=SPY, start=now)
    good = {
        "first_chain": chain(now),
        "second_chain": chain(now),
        "depth": book(now),
        "minutes": bars(now + 15),
        "prints": tape(now),
    } | {name: {} for name in _FEEDS if name not in SHARED}
    for name, value in (good | given).items():
        if value is not None:
            harness.give(name, *(value if name == "prints" else (value,)))
    return harness


def told(harness: Harness, seconds: float = 15) -> dict[str, Any]:
    harness.advance(seconds)
    found: dict[str, Any] = harness.value("quality")
    return found


def spoilt(**fields: Any) -> dict[str, Any]:
    body = chain(MONDAY)
    for row in body["contracts"]:
        row.update(fields)
    return body


def test_good_data_are_good():
    found = told(bench(), 1)
    assert (found["good"], found["problems"], found["halt"]) == (True, [], False)
    assert {feed["fresh"] for feed in found["feeds"].values()} == {True}


def test_a_feed_that_stands_still_is_stale():
    harness = bench()
    found = told(harness)
    assert found["problems"] == ["stale_feeds"]
    assert found["checks"]["stale_feeds"]["feeds"] == ["book"]
    assert found["feeds"]["book"]["age"] > 10.0
    harness.advance(harness.next_at - harness.now - 1)
    harness.give("depth", book(harness.now))
    assert told(harness, 1)["good"] is True


def test_what_cannot_be_judged_is_null_with_its_reason():
    found = told(Harness(DataQuality, values=SPY))
    assert found["good"] is None
    # Without a chain it said that there was nothing to halt for.
    assert found["halt"] is None
    assert found["reason"] == "no data of it yet"
    for check in found["checks"].values():
        assert check["active"] is None
        assert check["reason"]
    for feed in found["feeds"].values():
        assert (feed["age"], feed["fresh"]) == (None, None)
        assert feed["reason"]


@pytest.mark.parametrize(
    ("check", "body"),
    [
        ("volatility_bounds", spoilt(iv=5.2)),
        ("volatility_near_spot", spoilt(iv=4.3)),
        ("option_prices", spoilt(bid=-1.0)),
        ("option_crossed", spoilt(bid=9.0, ask=2.0)),
        ("option_spreads", spoilt(bid=1.0, ask=30.0)),
        ("theta", spoilt(theta=1.5)),
        ("gross_gamma", spoilt(gamma=9000.0)),
    ],
)
def test_a_chain_with_impossible_figures_is_told(check: str, body: dict[str, Any]):
    found = told(bench(first_chain=body))
    assert check in found["problems"]
    assert found["good"] is False
    assert found["halt"] is (check == "gross_gamma")


def test_what_only_looks_impossible_is_left_alone():
    """Deep volatilities above 4, thetas a little above 0, and a net gamma below 0 are all real."""
    body = chain(MONDAY)
    for row in body["contracts"]:
        is_put = row["option_symbol"][9] == "P"
        row.update(theta=0.3, open_interest=4000 if is_put else 10)
    deep = body["contracts"][0] | {"option_symbol": "SPY260105C00200000", "iv": 4.6}
    body["contracts"].append(deep)
    found = told(bench(first_chain=body))
    assert set(found["problems"]) <= {"stale_feeds"}
    assert found["checks"]["gross_gamma"]["value"] > 0


def test_an_empty_chain_is_no_good_chain():
    found = told(bench(first_chain={"contracts": []}, second_chain={"contracts": []}))
    assert found["checks"]["theta"]["reason"] == "the chain is empty"


def test_a_body_that_is_no_chain_is_fresh_and_still_no_chain():
    found = told(bench(first_chain={"Information": "slow down"}, second_chain=None))
    assert found["feeds"]["alpha_vantage_chain"]["fresh"] is True
    assert found["checks"]["option_prices"]["reason"] == "no chain"


def test_a_crossed_book_and_one_with_one_side():
    crossed = {"bids": [[101, 5]], "asks": [[99, 5]]}
    assert "book_crossed" in told(bench(depth=crossed))["problems"]
    wide = {"bids": [[90, 5]], "asks": [[99, 5]]}
    assert "book_spread" in told(bench(depth=wide))["problems"]
    one_sided = told(bench(depth={"bids": [[101, 5]], "asks": []}))["checks"]["book_spread"]
    assert (one_sided["active"], one_sided["reason"]) == (None, "the book has not both sides")


def test_prints_that_stop_and_minutes_that_lack_are_gaps():
    harness = bench(minutes=bars(MONDAY + 15, without=(4, 5)))
    assert told(harness)["checks"]["bar_gap"] | {"reason": None} == {
        "active": True,
        "value": 180.0,
        "limit": 120.0,
        "unit": "seconds",
        "reason": None,
        "bars_missing": 2,
    }
    assert told(harness, 150)["checks"]["print_pause"]["active"] is True
    harness.give("prints", *tape(harness.now))
    assert told(harness)["checks"]["print_pause"]["active"] is False


def test_minutes_before_the_open_are_no_gap():
    opened = MONDAY - MONDAY % 86_400 + 14.5 * 3600
    early = {"rows": [{"time": opened - 1800.0}, {"time": opened + 60}, {"time": opened + 120}]}
    assert told(bench(opened + 130, minutes=early))["checks"]["bar_gap"]["value"] == 60.0


def test_a_stamp_ahead_of_now_is_told():
    harness = bench()
    harness.give("price", {}, age=-40)
    assert told(harness)["checks"]["stamps"]["active"] is True


def test_a_price_that_is_none_is_told():
    bad = [{"price": 0, "size": 5, "time": MONDAY}, {"price": 9, "size": 5, "time": MONDAY}]
    assert told(bench(prints=bad), 1)["checks"]["print_prices"]["value"] == 0.5


def test_a_check_that_changes_is_told_once():
    harness = bench(first_chain=spoilt(theta=2.0))
    told(harness, 45)
    said = [one["message"] for one in harness.events("alerts") if one["flag"] == "theta"]
    assert said == ["SPY: theta (1, limit 0.01 fraction)"]
    harness.give("first_chain", chain(harness.now))
    told(harness)
    assert harness.events("alerts")[-1]["kind"] == "recovered"


def test_it_keeps_the_contract():
    stamped = (*_FEEDS, *(f"fresh_{name}" for name in _FEEDS))
    given: dict[str, Any] = {name: {"rows": []} for name in stamped}
    given |= {"first_chain": chain(MONDAY), "second_chain": chain(MONDAY), "depth": book(MONDAY)}
    contract_suite(DataQuality, values=SPY, given=given | {"minutes": bars(MONDAY)})
