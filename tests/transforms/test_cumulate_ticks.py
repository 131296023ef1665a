from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.asking import ask
from transforms.cumulate_ticks import cumulate_ticks

CENTS = st.integers(-(10**9), 10**9).map(lambda cents: f"{cents / 100:.2f}")


def tick(number: int, call: str, put: str, **more: Any) -> dict[str, Any]:
    return {
        "tape_time": f"2026-01-05T{14 + number // 60:02}:{number % 60:02}:00.000000Z",
        "date": "2026-01-05",
        "net_call_premium": call,
        "net_put_premium": put,
        "net_delta": "1.5",
        "call_volume": 10,
        **more,
    }


def test_minutes_add_up() -> None:
    body = {"data": [tick(0, "100.10", "-50"), tick(1, "0.20", "25"), tick(2, "-300", None)]}  # type: ignore[arg-type]
    value = ask(cumulate_ticks, body, symbol="SPY")
    assert [row["net_call_premium"] for row in value["rows"]] == [100.1, 100.3, -199.7]
    assert [row["net_put_premium"] for row in value["rows"]] == [-50.0, -25.0, -25.0]
    assert [row["call_volume"] for row in value["rows"]] == [10.0, 20.0, 30.0]
    assert value["net_premium"] == -174.7
    assert value["direction"] == "bearish"
    assert value["time"] == value["rows"][-1]["time"]
    assert value["symbol"] == "SPY"


def test_a_minute_that_comes_twice_counts_once() -> None:
    value = ask(cumulate_ticks, {"data": [tick(0, "1", "0"), tick(0, "2", "0")]})
    assert value["net_call_premium"] == 2.0


def test_an_empty_session_is_neutral() -> None:
    value = ask(cumulate_ticks, {"data": []})
    assert (value["time"], value["direction"], value["rows"]) == (None, "neutral", [])


@given(st.lists(st.tuples(CENTS, CENTS), min_size=1, max_size=60), st.randoms())
def test_order_does_not_matter_and_the_total_is_the_sum(
    minutes: list[tuple[str, str]], chance: Any
) -> None:
    ticks = [tick(number, call, put) for number, (call, put) in enumerate(minutes)]
    shuffled = list(ticks)
    chance.shuffle(shuffled)
    value = ask(cumulate_ticks, {"data": shuffled})
    assert value == ask(cumulate_ticks, {"data": ticks})
    cents = sum(round(float(call) * 100) for call, _ in minutes)
    assert round(value["net_call_premium"] * 100) == cents
