"""Two vendors side by side: what differs, by how much, and what cannot be compared."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.analytics.crosscheck import Crosscheck
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from quanticity.testing.samples import book, chain, tape

SPY = {"symbol": "SPY"}


def bench(**given: Any) -> Harness:
    """With all that is read, agreeing, but for what is given; None is not there."""
    harness = Harness(Crosscheck, values=SPY)
    agreeing: dict[str, Any] = {
        "stream": {"close": "500.00", "vol": 1_000_000},
        "minute": {"price": 500.1},
        "state": {"data": {"close": "499.9"}},
        "bars": {"rows": [{"time": MONDAY - 60, "close": 500.5}]},
        "book": book(MONDAY),
        "uw_chain": chain(MONDAY),
        "av_chain": chain(MONDAY),
        "broker_chain": chain(MONDAY),
    }
    for name, value in (agreeing | given).items():
        if value is not None:
            harness.give(name, value)
    return harness


def checks(harness: Harness, seconds: float = 1) -> dict[str, Any]:
    harness.advance(seconds)
    found: dict[str, Any] = harness.value("checks")["checks"]
    return found


def quoted(**more: float) -> dict[str, Any]:
    body = chain(MONDAY)
    for row in body["contracts"]:
        row.update({name: row[name] + change for name, change in more.items()})
    return body


def test_where_all_agree_nothing_is_active():
    harness = bench()
    found = checks(harness)
    assert harness.value("checks")["active"] == []
    assert set(harness.value("checks")["compared"]) == set(found) - {"volume"}
    price = found["price_stream"]
    assert price["one"] == {"of": "unusual_whales", "value": 500.0, "timestamp": MONDAY}
    assert price["other"] == {"of": "the broker", "value": 500.0, "timestamp": MONDAY}
    assert (price["difference"], price["limit"]) == (0.0, 0.02)


def test_a_price_two_percent_away_from_the_book_is_told():
    harness = bench(stream={"close": "511", "vol": 5})
    assert checks(harness)["price_stream"]["difference"] == pytest.approx(0.022)
    (alert,) = harness.events("alerts")
    assert alert["message"].startswith("SPY: price stream of unusual_whales and the broker (0.022")
    harness.advance(15)
    assert harness.value("checks")["active"] == ["price_stream"]  # the book is old: not over
    harness.advance(harness.next_at - harness.now - 1)
    harness.give("stream", {"close": "500.5", "vol": 5})
    harness.give("book", book(harness.now))
    harness.advance(2)
    assert harness.events("alerts")[-1]["kind"] == "recovered"


def test_a_bid_five_cents_away_from_the_brokers_is_told():
    """Of the notes' 0.02 and 0.05 the one is a part of the price, the other dollars of a bid."""
    assert checks(bench(broker_chain=quoted(bid=-0.04)))["option_bid"]["active"] is False
    found = checks(bench(broker_chain=quoted(bid=-0.06)))["option_bid"]
    assert (found["active"], round(found["difference"], 9)) == (True, 0.06)
    assert found["contracts"] == 12


def test_spreads_and_deltas_are_compared_contract_by_contract():
    found = checks(bench(broker_chain=quoted(ask=0.2), av_chain=quoted(delta=-0.11)))
    assert found["option_spread"]["active"] is True
    assert found["vendor_delta"]["active"] is True
    assert found["option_delta"]["active"] is False


def test_what_cannot_be_compared_is_null_with_its_reason():
    harness = Harness(Crosscheck, values=SPY)
    found = checks(harness)
    assert harness.value("checks")["reason"] == "no two sources of one figure yet"
    for check in found.values():
        assert (check["active"], check["difference"]) == (None, None)
        assert check["reason"]
    without = checks(bench(broker_chain=None, book=None))
    assert without["option_bid"]["reason"] == "no option quotes of the broker"
    assert without["price_minute"]["reason"] == "no book of it"


def test_prices_that_are_none_are_not_compared():
    """A missing price read as 0 would be 100% away."""
    bad = bench(stream={"close": "N/A", "vol": "x"}, minute={"price": None}, state={}, bars={})
    for name, check in checks(bad).items():
        if name.startswith("price"):
            assert check["active"] is None
            assert check["reason"] == "no price of it"
    crossed = checks(bench(book={"bids": [[9, 1]], "asks": [[8, 1]]}))["price_stream"]
    assert crossed["reason"] == "the book has no middle"
    one_sided = checks(bench(book={"bids": [[9, 1]], "asks": []}))["price_stream"]
    assert one_sided["active"] is None


def test_the_tape_cannot_have_more_volume_than_the_vendor_counted():
    harness = bench()
    harness.give("prints", *tape(MONDAY))
    assert checks(harness)["volume"]["reason"] == "not watched for long enough yet"
    harness.give("stream", {"close": "500", "vol": 1_001_000})
    harness.give("prints", *tape(MONDAY))
    harness.advance(50)
    harness.give("stream", {"close": "500", "vol": 1_001_000})
    found = checks(harness, 30)["volume"]
    assert (found["one"]["value"], found["other"]["value"]) == (1000.0, 2100.0)
    assert (found["active"], found["difference"]) == (True, 2.1)
    # A new day: the vendor counts from 0 again.
    harness.give("stream", {"close": "500", "vol": 10})
    assert checks(harness, 15)["volume"]["active"] is None


def test_chains_of_different_minutes_are_not_compared():
    """Regression: a chain of two minutes ago against one of now told of a vendor that was wrong."""
    harness = bench(uw_chain=None)
    harness.give("uw_chain", quoted(bid=-1.0), age=100)
    assert checks(harness)["option_bid"]["reason"] == "their chains are 100 s apart"


def test_chains_without_a_contract_in_common():
    other = chain(MONDAY, days=(30,))
    found = checks(bench(broker_chain=other, av_chain={"contracts": []}))
    assert found["option_bid"]["reason"] == "they have no contract near spot in common"
    assert found["vendor_bid"]["reason"] == "they have no contract near spot in common"


def test_it_keeps_the_contract():
    given = {
        "stream": {"close": "500.00", "vol": 1_000_000},
        "minute": {"price": 500.1},
        "state": {"data": {"close": "499.9"}},
        "bars": {"rows": [{"time": MONDAY - 60, "close": 500.5}]},
    }
    contract_suite(Crosscheck, values=SPY, given=given)
