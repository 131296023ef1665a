"""Flags of missing Greeks, stale books and sudden changes of delta, and the alerts about them."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.analytics.anomalies import Anomalies
from quanticity.testing import Harness, contract_suite

SPY = {"symbol": "SPY"}
CHAIN = {"contracts": 800, "gamma_missing": 8}
BOOK = {"bids": [[99, 5]], "asks": [[101, 5]]}


def dex(calls: float, puts: float = -5e9) -> dict[str, float]:
    return {"total": calls + puts, "calls": calls, "puts": puts}


def bench(**given: Any) -> Harness:
    harness = Harness(Anomalies, values=SPY)
    for name, value in given.items():
        harness.give(name, value)
    harness.advance(5)
    return harness


def flags(harness: Harness) -> dict[str, Any]:
    told = harness.value("flags")
    return {name: told[name]["active"] for name in told if name not in ("symbol", "active")}


def test_good_figures_raise_no_flag() -> None:
    harness = bench(gex=CHAIN, dex=dex(6e9), book=BOOK)
    assert flags(harness) == {"missing_greeks": False, "stale_book": False, "sudden_delta": None}
    assert not harness.events("alerts")


def test_what_cannot_be_judged_is_null_with_its_reason() -> None:
    harness = bench()
    told = harness.value("flags")
    assert flags(harness) == {"missing_greeks": None, "stale_book": None, "sudden_delta": None}
    assert told["missing_greeks"]["reason"] == "no chain to look at"
    assert told["stale_book"]["reason"] == "no book"
    assert flags(bench(gex={"contracts": 0, "gamma_missing": 0}))["missing_greeks"] is None


def test_greeks_that_are_missing_are_told_once_and_again_when_they_are_back() -> None:
    harness = bench(gex=CHAIN | {"gamma_missing": 400})
    assert harness.value("flags")["missing_greeks"]["value"] == 0.5
    harness.advance(10)
    harness.give("gex", CHAIN)
    harness.advance(5)
    assert [(one["kind"], one["message"]) for one in harness.events("alerts")] == [
        ("anomaly", "SPY: missing greeks (0.5, limit 0.25)"),
        ("recovered", "SPY: missing greeks (0.01, limit 0.25) is over"),
    ]


def test_a_book_that_stands_still_is_stale() -> None:
    harness = bench(book=BOOK)
    harness.advance(15)
    assert harness.value("flags")["active"] == ["stale_book"]
    harness.give("book", BOOK)
    harness.advance(5)
    assert harness.value("flags")["active"] == []


def test_a_sudden_change_of_delta_is_flagged_for_three_minutes() -> None:
    harness = bench(dex=dex(6e9))
    harness.give("dex", dex(1e9))
    harness.advance(5)
    told = harness.value("flags")["sudden_delta"]
    assert (told["active"], told["value"]) == (True, pytest.approx(-5 / 6))
    harness.advance(180)
    harness.give("dex", dex(1.1e9))
    harness.advance(60)
    assert flags(harness)["sudden_delta"] is not True


def test_delta_was_never_sudden_while_the_older_of_two_chains_stood_still() -> None:
    """A value is as old as its oldest input: each new one came with the stamp of the last."""
    harness = bench(dex=dex(6e9))
    harness.give("dex", dex(15e9), age=5)
    harness.advance(5)
    told = harness.value("flags")["sudden_delta"]
    assert (told["active"], told["value"]) == (True, 1.5)


def test_a_change_from_almost_nothing_has_no_fraction() -> None:
    harness = bench(dex=dex(5e-324, 0.0))
    harness.give("dex", dex(6e9, 0.0))
    harness.advance(5)
    told = harness.value("flags")["sudden_delta"]
    assert (told["active"], told["value"]) == (None, None)
    assert told["reason"]


def test_two_sides_that_nearly_cancel_were_a_sudden_change_at_each_step_of_the_price() -> None:
    harness = bench(dex=dex(66.62e9, -60.10e9))
    harness.give("dex", dex(63.36e9, -63.24e9))
    harness.advance(5)
    told = harness.value("flags")["sudden_delta"]
    assert (told["active"], told["value"]) == (False, pytest.approx(-3.14 / 60.1))


def test_it_keeps_the_contract() -> None:
    contract_suite(Anomalies, values=SPY, given={"gex": CHAIN, "dex": dex(6e9), "book": BOOK})
