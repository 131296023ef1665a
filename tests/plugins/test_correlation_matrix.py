"""The correlation matrix: always one, with names for what is not in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.correlation_matrix import CorrelationMatrix, CorrelationMatrixParams
from quanticity.quant.exposure import Floats
from quanticity.testing import contract_suite
from quanticity.views import Bars, Rows, Value
from tests.plugins.days import bars_of, day_rows, minute_rows, walk, year_of
from tests.plugins.running import run
from tests.views.making import NOW, view_of

SYMBOLS = ("SPX", "SPY", "QQQ", "AAPL")
PARAMS = CorrelationMatrixParams(symbols=SYMBOLS)


def matrix_of(
    bars: dict[str, Bars],
    daily: dict[str, Rows] | None = None,
    params: Any = PARAMS,
    positions: Value | None = None,
) -> dict[str, Any]:
    nothing = dict.fromkeys(params.symbols)
    inputs: dict[str, Any] = {
        "bars": {**nothing, **bars},
        "daily": {**nothing, **(daily or {})},
        "positions": positions,
    }
    outputs, _ = run(CorrelationMatrix, inputs, NOW, params=params)
    found: dict[str, Any] = outputs["analytics:correlation_matrix"]
    return found


def prices(seed: int, common: float, count: int = 31) -> Floats:
    """Prices that share `common` of their variance with all others of these."""
    own, all_of_them = np.diff(np.log(walk(seed, count))), np.diff(np.log(walk(99, count)))
    steps = np.sqrt(1 - common) * own + np.sqrt(common) * all_of_them
    return np.asarray(100 * np.exp(np.concatenate([[0.0], np.cumsum(steps)])), dtype=np.float64)


def test_correlations_are_numpys():
    paths = {symbol: prices(at, 0.6) for at, symbol in enumerate(SYMBOLS)}
    found = matrix_of({symbol: bars_of(path) for symbol, path in paths.items()})
    # The first bar has no close before it.
    expected = np.corrcoef([np.diff(np.log(path[1:])) for path in paths.values()])
    assert np.array(found["matrix"]) == pytest.approx(expected, abs=1e-12)
    assert found["symbols"] == list(SYMBOLS)
    assert found["window"].endswith("regular session")
    assert found["least_shared"] == 29
    assert found["repaired_by"] is None
    assert found["left_out"] == {}
    assert found["reason"] is None
    assert found["smallest_eigenvalue"] > 0


def test_pairs_that_move_as_one_are_told():
    same = prices(1, 0.5)
    found = matrix_of(
        {"SPX": bars_of(same), "SPY": bars_of(same * 0.1), "QQQ": bars_of(walk(5, 31))}
    )
    assert [pair["pair"] for pair in found["high"]] == [["SPX", "SPY"]]
    assert found["high"][0]["value"] == pytest.approx(1.0)


def test_a_symbol_without_bars_a_halted_one_and_a_new_one_are_null_with_their_reasons():
    found = matrix_of(
        {
            "SPX": bars_of(prices(1, 0.5)),
            "SPY": bars_of(np.full(31, 50.0)),
            "QQQ": bars_of(prices(2, 0.5, 12)),
        }
    )
    assert found["left_out"] == {
        "SPY": "the price did not move",
        "QQQ": "returns of 10 minutes, 20 are needed",
        "AAPL": "no fresh bars",
    }
    assert found["matrix"][0] == [1.0, None, None, None]
    assert found["matrix"][1] == [None] * 4
    assert found["reason"] == "fewer than two symbols have returns in common"


def test_before_the_open_all_hours_count():
    early = NOW - 3600
    paths = {symbol: minute_rows(prices(at, 0.6, 61), early) for at, symbol in enumerate(SYMBOLS)}
    found = matrix_of({name: view_of(Bars, {"rows": rows}) for name, rows in paths.items()})
    assert found["window"].endswith("all hours")
    assert found["reason"] is None


def test_a_night_is_no_minute():
    """Bars of Friday and of today: no return leads from one to the other."""
    path = prices(3, 0.0, 62)
    rows = minute_rows(path[:31], NOW - 3 * 86_400) + minute_rows(path[31:] * 2)
    params = CorrelationMatrixParams(symbols=("SPX", "SPY"), least=5)
    bars = {"SPX": view_of(Bars, {"rows": rows}), "SPY": bars_of(prices(4, 0.0))}
    assert matrix_of(bars, params=params)["least_shared"] == 29


def test_daily_returns_over_the_days_that_two_share():
    daily = {symbol: year_of(at) for at, symbol in enumerate(SYMBOLS)}
    found = matrix_of({}, daily)["daily"]
    assert found["least_shared"] == 60
    logs = [np.diff(np.log(rows.by_day("close")[1][0]))[-60:] for rows in daily.values()]
    assert np.array(found["matrix"]) == pytest.approx(np.corrcoef(logs), abs=1e-9)
    assert found["reason"] is None


def test_what_is_held_is_picked_out():
    """Of positions and of options the underlying counts, and each once."""
    rows = [
        {"instrument": {"symbol": "SPY", "expiry": "2026-01-05", "strike": 600, "right": "C"}},
        {"instrument": {"symbol": "SPY"}, "quantity": 5},
        {"instrument": {"symbol": "AAPL"}, "quantity": -5},
        {"instrument": {"symbol": "XOM"}, "quantity": 1},
        {"quantity": 1},
    ]
    paths = {symbol: bars_of(prices(at, 0.6)) for at, symbol in enumerate(SYMBOLS)}
    found = matrix_of(paths, positions=view_of(Value, {"positions": rows}))
    assert found["held"] == {
        "symbols": ["SPY", "AAPL"],
        "pairs": [{"pair": ["SPY", "AAPL"], "value": found["matrix"][1][3]}],
        "reason": "XOM: not among the symbols; a position without a symbol",
    }
    none = matrix_of(paths, positions=view_of(Value, {"positions": []}))["held"]
    assert none == {"symbols": [], "pairs": [], "reason": None}


def test_positions_that_nobody_tells_of_are_waited_for():
    assert matrix_of({})["held"] == {
        "symbols": None,
        "pairs": None,
        "reason": "waiting for positions:active",
    }


def test_nothing_at_all():
    found = matrix_of({})
    assert found["matrix"] == [[None] * 4] * 4
    assert found["reason"]
    assert found["daily"]["reason"]
    assert found["mean"] is None


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.floats(0, 0.6))
def test_the_matrix_is_positive_semidefinite_whatever_is_missing(seed, missing):
    """The focus universe, of which each symbol lacks bars of its own."""
    dice = np.random.default_rng(seed)
    params = CorrelationMatrixParams(least=5)
    bars = {}
    for at, symbol in enumerate(params.symbols):
        rows = minute_rows(prices(seed + at, float(dice.uniform(0, 1))))
        kept = [row for row in rows if dice.random() >= missing]
        bars[symbol] = view_of(Bars, {"rows": kept})
    found = matrix_of(bars, params=params)
    inside = [at for at, one in enumerate(params.symbols) if one not in found["left_out"]]
    matrix = np.array(found["matrix"], dtype=np.float64)
    known = matrix[np.ix_(inside, inside)]
    assert np.isfinite(known).all()
    assert np.isnan(np.delete(matrix, inside, axis=0)).all()
    if inside:
        assert (np.diagonal(known) == 1).all()
        assert np.linalg.eigvalsh(known)[0] >= -1e-9


def test_it_keeps_the_contract():
    rows = {"SPX": {"rows": minute_rows(walk(1, 31))}, "SPY": {"rows": minute_rows(walk(2, 31))}}
    days = {"data": day_rows(walk(3, 30), np.full(30, 0.2))}
    held = {"positions": [{"instrument": {"symbol": "SPX"}}, {"instrument": {"symbol": "SPY"}}]}
    contract_suite(
        CorrelationMatrix,
        params={"symbols": ["SPX", "SPY"]},
        given={"bars": rows, "daily": {"SPX": days, "SPY": days}, "positions": held},
    )
