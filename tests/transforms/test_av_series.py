from __future__ import annotations

from typing import Any

import pytest

from tests.transforms.asking import ask, recorded
from transforms.av_series import av_series

META = {
    "1. Information": "Intraday (1min)",
    "2. Symbol": "MSFT",
    "3. Last Refreshed": "2026-01-05 10:00:00",
    "4. Interval": "1min",
    "6. Time Zone": "US/Eastern",
}
BAR = {"1. open": "86.49", "2. high": "86.50", "3. low": "86.47", "4. close": "86.5"}


def body(points: dict[str, Any], root: str = "Time Series (1min)") -> dict[str, Any]:
    return {"Meta Data": META, root: points}


def test_rows_are_oldest_first_with_moments_and_plain_names() -> None:
    value = ask(
        av_series,
        body({"2026-01-05 10:00:00": BAR | {"5. volume": "10494"}, "2026-01-05 09:59:00": BAR}),
    )
    first, last = value["rows"]
    assert last["time"] == 1_767_625_200.0
    assert first["time"] == last["time"] - 60
    assert first["open"] == 86.49
    assert last["volume"] == 10494.0
    assert (value["symbol"], value["interval"]) == ("MSFT", "1min")
    assert value["last_refreshed"] == 1_767_625_200.0


def test_a_delay_in_the_roots_name_does_not_matter() -> None:
    root = "Time Series (1min) - DATA DELAYED BY 15 MINUTES"
    value = ask(av_series, body({"2026-01-05 10:00:00": BAR}, root))
    assert value["series"] == root
    assert len(value["rows"]) == 1


def test_daily_rows_have_dates() -> None:
    value = ask(av_series, body({"2026-01-05": BAR, "2026-01-02": BAR}))
    assert [row["date"] for row in value["rows"]] == ["2026-01-02", "2026-01-05"]


def test_indicators_number_their_meta_data_otherwise() -> None:
    meta = {"1: Symbol": "SPY", "4: Interval": "1min", "7: Time Zone": "US/Eastern"}
    points = {"2026-01-05 10:00": {"Real Upper Band": "1.5", "MACD_Signal": "-0.5"}}
    value = ask(av_series, {"Meta Data": meta, "Technical Analysis: BBANDS": points})
    assert value["symbol"] == "SPY"
    assert value["rows"] == [{"time": 1_767_625_200.0, "real_upper_band": 1.5, "macd_signal": -0.5}]


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ([], "no object"),
        ({"Meta Data": META}, "holds 0 series"),
        (body({"soon": BAR}), "'soon' is neither a time nor a date"),
        (body({"2026-01-05": "x"}), "holds no fields"),
    ],
)
def test_another_body_is_told(payload: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ask(av_series, payload)


@pytest.mark.parametrize("name", ["mock_time_series", "mock_technical_indicator"])
def test_recorded_series_read(name: str) -> None:
    value = ask(av_series, recorded(f"alpha_vantage-lib/{name}.json"))
    times = [row["time"] for row in value["rows"]]
    assert times == sorted(times)
    assert len(times) > 10
