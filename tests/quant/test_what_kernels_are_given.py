"""Kernels look at no bounds: what does not fit together is refused before they see it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quanticity.quant import (
    correlation,
    evidence,
    exposure,
    gamma_profile,
    greeks,
    implied_vol,
    indicators,
    tape,
    vol_forecast,
    volatility,
    vpin,
)

SHORT, LONG = np.full(2, 0.5), np.full(5000, 0.5)
WHICH = np.ones(5000, dtype=np.bool_)


def test_kernels_read_what_lay_beyond_a_shorter_array():
    refused = (
        lambda: tape.lee_ready(LONG, SHORT, LONG),
        lambda: tape.lee_ready(LONG, LONG, SHORT),
        lambda: vpin.buckets(LONG, SHORT, 10.0),
        lambda: vpin.of_bars(LONG, SHORT, 10.0),
        lambda: vol_forecast.premiums(LONG, SHORT, 5, 0.9),
        lambda: gamma_profile.GammaProfile(SHORT, SHORT, SHORT, LONG, WHICH),
        lambda: gamma_profile.GammaProfile(LONG, LONG, SHORT[:1], LONG, WHICH),
    )
    for call in refused:
        with pytest.raises(ValueError, match="one length"):
            call()


def test_a_profile_with_one_side_for_all_was_of_one_contract():
    with pytest.raises(ValueError, match="side"):
        gamma_profile.GammaProfile(LONG, LONG, LONG, LONG, WHICH[:1])


def test_a_table_is_no_array_of_prints():
    table = np.ones((3, 3))
    with pytest.raises(ValueError, match="one length"):
        tape.lee_ready(table, table, table)


def test_eigenvalues_of_a_matrix_that_is_not_square_were_read_from_beyond_it():
    for shape in ((2, 3), (3, 2)):
        with pytest.raises(ValueError, match="as many rows"):
            correlation.smallest_eigenvalue(np.ones(shape))
    with pytest.raises(ValueError, match="as many rows"):
        correlation.nearest_correlation(np.ones(4))


def test_a_matrix_with_nan_was_worked_at_for_minutes():
    with pytest.raises(ValueError, match="not finite"):
        correlation.nearest_correlation(np.full((60, 60), np.nan))


def test_a_ring_of_no_buckets_was_written_to():
    for call in (
        lambda: vpin.buckets(LONG, LONG, 1.0, most=0),
        lambda: vpin.of_bars(LONG, LONG, 1.0, window=0),
        lambda: vpin.vpin(SHORT, 0),
    ):
        with pytest.raises(ValueError, match="at least one bucket"):
            call()


def test_a_premium_of_days_to_come_was_read_from_beyond_the_end():
    with pytest.raises(ValueError, match="not known"):
        vol_forecast.premiums(SHORT, SHORT, -1, 0.9)


@pytest.mark.parametrize("odd", [np.inf, np.nan, -5.0, 0.0])
def test_an_infinite_print_filled_buckets_forever_and_nan_ended_them(odd: float):
    volumes, bought = np.array([60.0, odd, 60.0]), np.array([1.0, 0.5, 1.0])
    found = vpin.buckets(volumes, bought, 100.0)
    assert found.tolist() == [1.0, 20.0, 20.0]
    closes = np.array([10.0, 11.0, 12.5])
    alone = vpin.of_bars(closes, np.array([60.0, 0.0, 60.0]), 100.0)
    assert vpin.of_bars(closes, volumes, 100.0).tolist()[2] == alone.tolist()[2]


def test_a_part_bought_that_is_none_made_a_balance():
    for part in (np.nan, 1.5, -1.0):
        with pytest.raises(ValueError, match="between 0 and 1"):
            vpin.buckets(np.array([200.0]), np.array([part]), 100.0)


def test_vpin_of_bars_without_a_close_was_a_plausible_zero():
    closes = np.array([10.0, np.nan, 12.5])
    assert np.isnan(vpin.of_bars(closes, np.full(3, 500.0), 100.0)).all()


@pytest.mark.parametrize("sides", [["p", "c"], [-1, 1], [None, True], [np.nan, 1.0], "put"])
def test_a_put_written_otherwise_was_a_call(sides: Any):
    for call in (greeks.first_order, greeks.higher_order, implied_vol.implied_vol):
        with pytest.raises(ValueError, match="is_call"):
            call(10.0, 10.0, 0.1, 0.2, sides)


def test_sides_may_be_one_and_zero():
    plain = greeks.delta(100, 100, 0.1, 0.2, [True, False])
    for sides in ([1, 0], np.array([1.0, 0.0]), np.array([True, 0], dtype=object)):
        assert greeks.delta(100, 100, 0.1, 0.2, sides).tolist() == plain.tolist()
    assert greeks.delta(100, 100, 0.1, 0.2, []).tolist() == []


def test_gamma_at_no_price_or_rate_was_a_plausible_zero():
    of = (np.array([100.0]), np.array([0.1]), np.array([0.2]), np.array([5.0]), WHICH[:1])
    profile = gamma_profile.GammaProfile(*of)
    found = profile.over(np.array([-5.0, 0.0, np.nan, 100.0]))
    assert np.isnan(found).tolist() == [True, True, True, False]
    with pytest.raises(ValueError, match="rates"):
        gamma_profile.GammaProfile(*of, rate=np.nan)


@pytest.mark.parametrize("odd", [np.nan, -1e6, np.inf])
def test_max_pain_was_wherever_an_open_interest_was_no_number(odd: float):
    strikes, calls = np.array([90.0, 100.0, 110.0, 120.0]), np.array([True, True, False, False])
    interest = np.array([10.0, 50.0, 50.0, 10.0])
    right = exposure.max_pain(strikes, interest, calls).strike
    more = exposure.max_pain(
        np.append(strikes, 80.0), np.append(interest, odd), np.append(calls, True)
    )
    assert more.strike == right == 100.0


def test_what_is_not_in_one_piece_or_not_of_floats_is_the_same():
    wide = np.arange(1.0, 41.0)
    pieces: list[Any] = [wide[::2], wide[::2].astype(np.float32), wide[::2].tolist()]
    for given in pieces:
        signs = tape.lee_ready(given, np.zeros(20), np.zeros(20))
        assert signs.tolist() == [0.0, *[1.0] * 19]
    kept = wide.copy()
    kept.flags.writeable = False
    assert len(vpin.buckets(kept, np.ones(40), 100.0)) == 10
    assert len(vol_forecast.premiums(wide[::2].astype(int), wide[1::2], 1, 0.9)) == 20


def test_an_amount_before_the_first_block_was_added_to_the_last():
    amounts = np.array([5.0, 1.0, 1.0])
    for early in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="before the first block"):
            evidence.blocks(np.array([early, 1.0, 25.0]), amounts, 0.0, 10.0)


def test_indicators_and_variances_refused_whole_numbers_and_pieces():
    wide = np.round(100 + 5 * np.sin(np.arange(120.0)))
    whole: Any = wide[::2].astype(int)
    small: Any = wide[::2].astype(np.float32)
    plain = wide[::2].copy()
    for given in (whole, small, wide[::2]):
        assert indicators.rsi(given) == indicators.rsi(plain)
        assert indicators.macd(given) == indicators.macd(plain)
        assert indicators.bands(given) == indicators.bands(plain)
        assert indicators.atr(given, given, given) == indicators.atr(plain, plain, plain)
        found = volatility.ewma_variance(given / given.max())
        assert found == pytest.approx(volatility.ewma_variance(plain / plain.max()), rel=1e-6)
