"""The 0DTE strategy: when it wants something, and when it must not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import orjson
import pytest

from plugins.strategies.gamma_scalp_0dte import GammaScalp0Dte, GammaScalpParams
from quanticity.clock import EASTERN
from quanticity.runtime.binding import bind
from quanticity.runtime.execute import execute
from quanticity.views import Chain, Value
from quanticity.views.base import Stored
from tests.cli.whole_demo import bindings

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=EASTERN).timestamp()
TODAY, TOMORROW = "260105", "260106"


def stored(data: Any, at: float = NOON) -> Stored:
    return Stored(at, at, "test", "1-0", "x", msgspec.Raw(orjson.dumps(data)))


def contract(strike: float, right: str, bid: str, ask: str, day: str = TODAY) -> dict[str, str]:
    name = f"SPY{day}{right}{round(strike * 1000):08d}"
    return {
        "contractID": name,
        "strike": f"{strike}",
        "expiration": f"20{day[:2]}-{day[2:4]}-{day[4:]}",
        "type": "call" if right == "C" else "put",
        "bid": bid,
        "ask": ask,
        "open_interest": "1000",
        "implied_volatility": "0.2",
        "delta": "0.4" if right == "C" else "-0.4",
        "gamma": "0.05",
    }


def contracts(day: str = TODAY, ask: str = "1.55") -> list[dict[str, str]]:
    strikes = (599.0, 600.0, 601.0)
    return [contract(strike, right, "1.50", ask, day) for strike in strikes for right in "CP"]


def world(**change: Any) -> dict[str, Any]:
    """Spot just below the peak strike, dealers long gamma, the book leans up: a call."""
    given = {
        "spot": 599.7,
        "peak": 600.0,
        "gex": 2.5e9,
        "grade": "A",
        "imbalance": 0.3,
        "chain": contracts(),
    } | change
    chain = given["chain"]
    return {
        "gex": Value.of(stored({"total": given["gex"]})),
        "walls": Value.of(stored({"largest": given["peak"]})),
        "liquidity": Value.of(stored({"grade": given["grade"], "mid": given["spot"]})),
        "imbalance": Value.of(stored({"imbalance": given["imbalance"]})),
        "alpha_vantage": Chain.of(stored({"data": chain})) if chain is not None else None,
        "unusual_whales": None,
        "cboe": None,
        "flags": None,
        "quality": None,
        "alarm": None,
    }


def decided(
    views: dict[str, Any], now: float = NOON, state: bytes | None = None, **params: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], bytes | None]:
    """Signals, log, state."""
    binding = bind(GammaScalp0Dte, GammaScalpParams(**params), {"symbol": "SPY"})
    result = execute(binding, views, state, now)
    assert result.error == ""
    by_name: dict[str, list[dict[str, Any]]] = {"pending": [], "log": [], "active": []}
    for output in result.outputs:
        by_name[output.name].append(orjson.loads(output.data))
    assert [one["signals"] for one in by_name["active"]] == [[x] for x in by_name["pending"]]
    return by_name["pending"], by_name["log"], result.state


def test_near_the_peak_in_long_gamma_it_buys_the_way_back_to_it() -> None:
    (signal,), log, _ = decided(world())
    assert signal["direction"] == "call"
    assert signal["instrument"]["strike"] == 600.0
    assert signal["instrument"]["expiry"] == "2026-01-05"
    assert signal["instrument"]["right"] == "C"
    assert signal["confidence"] == 0.85
    assert signal["risk"] == 0.02
    assert signal["entry"] == 1.55
    assert signal["stop"] == 0.775
    assert signal["id"].startswith("SIG-gamma_scalp_0dte-SPY-")
    assert all(one["held"] for one in signal["triggers"])
    assert signal["good_for"] == 60.0
    assert log == [signal]


@pytest.mark.parametrize(
    ("spot", "gex", "imbalance", "direction"),
    [
        (599.7, 2.5e9, 0.3, "call"),
        (600.3, 2.5e9, -0.3, "put"),
        (599.7, -2.5e9, -0.3, "put"),
        (600.3, -2.5e9, 0.3, "call"),
    ],
)
def test_the_direction_rule(spot: float, gex: float, imbalance: float, direction: str) -> None:
    (signal,), _, _ = decided(world(spot=spot, gex=gex, imbalance=imbalance))
    assert signal["direction"] == direction
    strike = signal["instrument"]["strike"]
    assert strike >= spot if direction == "call" else strike <= spot


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("flags", {"active": ["stale_book", "sudden_delta"]}, "stale_book, sudden_delta"),
        ("quality", {"halt": True}, "data quality"),
        ("alarm", {"symbols": ["QQQ", "SPY"]}, "gamma exposure shifted"),
    ],
)
def test_what_others_flag_holds_it_back(name: str, body: Any, why: str) -> None:
    """Regression: flags and alarms were written, and nobody looked at them before trading."""
    signals, (passed,), _ = decided(world() | {name: Value.of(stored(body))})
    assert (signals, passed["reason"]) == ([], f"doubtful: {why}")
    assert passed["snapshot"]["gex"]["total"] == 2.5e9


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("flags", {"active": []}),
        ("flags", {"active": 5}),
        ("flags", 7),
        ("quality", {"halt": False, "problems": ["stale_feeds"]}),
        ("alarm", {"symbols": ["QQQ"]}),
        ("alarm", None),
    ],
)
def test_what_others_do_not_flag_does_not(name: str, body: Any) -> None:
    signals, _, _ = decided(world() | {name: Value.of(stored(body))})
    assert len(signals) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"spot": 598.9}, "near_peak_gamma"),
        ({"grade": "C"}, "liquid"),
        ({"imbalance": -0.3}, "book_leans_with_it"),
        ({"imbalance": 0.05}, "book_leans_with_it"),
        ({"spot": 600.0}, "book_leans_with_it"),
        ({"chain": contracts(TOMORROW)}, "no contract"),
        ({"chain": contracts(ask="2.50")}, "no contract"),
        ({"chain": []}, "no contract"),
        ({"chain": None}, "a chain"),
        ({"gex": None}, "null"),
        ({"peak": None}, "null"),
        ({"grade": None}, "null"),
    ],
)
def test_it_wants_nothing_and_says_why(change: dict[str, Any], why: str) -> None:
    signals, (log,), _ = decided(world(**change))
    assert signals == []
    assert why in log["reason"]


def test_no_entry_after_half_past_three_or_before_it_has_settled() -> None:
    for clock in ("15:30", "15:59", "09:30", "18:00"):
        hour, minute = map(int, clock.split(":"))
        at = datetime(2026, 1, 5, hour, minute, tzinfo=EASTERN).timestamp()
        signals, (log,), _ = decided(world(), now=at)
        assert signals == []
        assert "time_of_day" in log["reason"]


def test_what_is_stale_is_told_with_a_snapshot_and_only_once() -> None:
    views = world() | {"imbalance": None}
    signals, (log,), state = decided(views)
    assert signals == []
    assert log["reason"] == "missing or stale: imbalance"
    seen = log["snapshot"]
    assert seen["imbalance"] == {"age": None, "max_age": 10}
    assert seen["gex"] == {"age": 0.0, "max_age": 180, "total": 2.5e9}
    assert seen["alpha_vantage"] == {"age": 0.0, "max_age": 60}
    assert decided(views, now=NOON + 2, state=state)[:2] == ([], [])


def test_what_is_null_is_told_with_a_snapshot() -> None:
    _, (log,), _ = decided(world(peak=None), now=NOON + 1.5)
    assert log["reason"] == "a figure it needs is null"
    assert log["snapshot"]["walls"] == {"age": 1.5, "max_age": 180, "largest": None}
    assert log["snapshot"]["liquidity"] == {"age": 1.5, "max_age": 10, "grade": "A"}


def test_one_signal_and_then_a_pause() -> None:
    _, _, state = decided(world())
    signals, (log,), state = decided(world(), now=NOON + 2, state=state)
    assert signals == []
    assert log["reason"] == "signalled lately"
    signals, _, _ = decided(world(), now=NOON + 301, state=state)
    assert len(signals) == 1


def test_a_signal_of_a_demo_before_this_one_kept_it_silent_until_that_hour() -> None:
    _, _, state = decided(world(), now=NOON + 3600)
    signals, _, _ = decided(world(), state=state)
    assert len(signals) == 1


def test_tomorrow_will_do_where_the_parameters_say_so() -> None:
    (signal,), _, _ = decided(world(chain=contracts(TOMORROW)), days=1)
    assert signal["instrument"]["expiry"] == "2026-01-06"


def test_the_same_inputs_give_the_same_bytes() -> None:
    binding = bind(GammaScalp0Dte, GammaScalpParams(), {"symbol": "SPY"})
    first = execute(binding, world(), None, NOON)
    second = execute(binding, world(), None, NOON)
    assert first.outputs == second.outputs
    assert first.state == second.state


def test_on_a_half_day_it_entered_after_the_close_and_was_to_get_out_three_hours_after_it() -> None:
    def half_day(hour: int, minute: int) -> float:
        return datetime(2025, 11, 28, hour, minute, tzinfo=EASTERN).timestamp()

    views = world(chain=contracts("251128"))
    intents, _, _ = decided(views, half_day(12, 29))
    assert intents[0]["exits"]["time_stop"] == "12:55"
    assert not decided(views, half_day(12, 30))[0]
    assert decided(world())[0][0]["exits"]["time_stop"] == "15:55"


def test_it_was_bound_to_an_index_that_has_no_book():
    """What makes it run is written for every symbol that it is bound to."""
    written = {write.key for one in bindings() for write in one.writes.values()}
    mine = [one for one in bindings() if one.component.name == "gamma_scalp_0dte"]
    assert {one.values["symbol"] for one in mine} == {"SPY", "QQQ", "IWM"}
    for one in mine:
        assert set(one.watched) <= written, one.id
