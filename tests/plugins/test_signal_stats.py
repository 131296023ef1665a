"""How the signals of a strategy fared, when its entries were best, and that the shapes hold."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from plugins.analytics.entry_timing import EntryTiming
from plugins.analytics.signal_stats import SignalStats
from quanticity.component import trading
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY

CALL = {"symbol": "SPY", "expiry": "2026-01-05", "strike": 500.0, "right": "C"}


def trade(gain: float, number: int = 0, **more: Any) -> dict[str, Any]:
    """Opened at 10:00 Eastern unless told otherwise."""
    plain = {
        "id": f"T{number}",
        "strategy": "gamma_scalp_0dte",
        "signal": f"SIG-{number}",
        "instrument": CALL,
        "quantity": 2,
        "opened": MONDAY,
        "closed": MONDAY + 60 + number,
        "entry": 2.0,
        "exit": 2.0 * (1 + gain),
    }
    return plain | more


def stats(*gains: float, **params: Any) -> dict[str, Any]:
    harness = Harness(SignalStats, params=params)
    harness.give("closed", *(trade(gain, number) for number, gain in enumerate(gains)))
    harness.run()
    found: dict[str, Any] = harness.value("stats")["strategies"]["gamma_scalp_0dte"]
    return found


def test_the_statistics_of_a_few_trades_by_hand():
    found = stats(0.8, -0.5, 0.2, -0.1)
    assert (found["trades"], found["wins"], found["win_rate"]) == (4, 2, 0.5)
    assert found["mean_gain"] == pytest.approx(0.1)
    assert found["mean_win"] == pytest.approx(0.5)
    assert found["mean_loss"] == pytest.approx(0.3)
    assert found["profit_factor"] == pytest.approx(1.0 / 0.6)
    assert found["losses_in_a_row"] == 1


def test_the_profit_factor_of_the_notes_sample_is_two():
    """40% wins of 450 against losses of 150: the notes said 1.2."""
    gains = [0.450, -0.150, 0.450, -0.150, -0.150] * 2
    assert stats(*gains)["profit_factor"] == pytest.approx(2.0)


def test_no_loss_is_no_mean_loss_and_hides_nothing():
    """Regression of the notes: the mean of an empty list was NaN, and no comparison held."""
    found = stats(*[0.1] * 20)
    assert (found["mean_loss"], found["profit_factor"], found["signs"]) == (None, None, [])
    assert found["reason"]
    lost = stats(*[-0.1] * 20)
    assert (lost["mean_win"], lost["win_rate"], lost["profit_factor"]) == (None, 0.0, 0.0)
    assert (lost["signs"], lost["disable"]) == (["win rate", "losses in a row"], True)


def test_two_signs_of_decay_disable_and_one_does_not():
    alternating = [0.1, -0.2] * 10
    assert (stats(*alternating)["signs"], stats(*alternating)["disable"]) == (
        ["loss to win"],
        False,
    )
    worse = [0.1, -0.2, -0.2, 0.1, -0.2] * 4
    assert stats(*worse)["signs"] == ["win rate", "loss to win"]
    assert stats(*worse)["disable"] is True


def test_only_the_last_trades_count_and_a_restart_remembers_them():
    harness = Harness(SignalStats, params={"trades": 3})
    harness.give("closed", *(trade(-0.5, number) for number in range(5)))
    harness.run()
    harness.restart()
    harness.give("closed", *(trade(0.5, 5 + number) for number in range(3)))
    harness.run()
    assert harness.value("stats")["strategies"]["gamma_scalp_0dte"]["win_rate"] == 1.0


def test_a_short_gains_where_the_price_falls():
    harness = Harness(SignalStats)
    harness.give("closed", trade(-0.25, quantity=-1))
    harness.run()
    assert harness.value("stats")["strategies"]["gamma_scalp_0dte"]["mean_gain"] == 0.25


@pytest.mark.parametrize(
    "bad", [{}, 7, None, trade(0.1, entry="two"), trade(0.1, entry=0.0), trade(0.1, opened=-5.0)]
)
def test_a_trade_that_cannot_be_read_counts_for_nothing(bad: Any):
    for component, output in ((SignalStats, "stats"), (EntryTiming, "times")):
        harness = Harness(component)
        harness.give("closed", bad)
        harness.run()
        assert harness.value(output)["strategies"] == {}
        assert harness.value(output)["reason"] == "no closed trade that can be read"


def times(*trades: dict[str, Any], **params: Any) -> dict[str, Any]:
    harness = Harness(EntryTiming, params=params)
    harness.give("closed", *trades)
    harness.run()
    found: dict[str, Any] = harness.value("times")["strategies"]["gamma_scalp_0dte"]
    return found


def test_the_best_time_of_day_is_the_one_that_gained_most():
    early = [trade(0.1 + 0.01 * (number % 2), number) for number in range(4)]
    late = [trade(0.3 + 0.01 * (number % 2), opened=MONDAY + 5400) for number in range(4)]
    found = times(*early, *late, least=4)
    assert found["best"] == "11:30"
    assert [(one["begins"], one["trades"]) for one in found["slots"]] == [
        ("10:00", 4),
        ("11:30", 4),
    ]
    assert found["slots"][0]["mean_gain"] == pytest.approx(0.105)
    assert found["slots"][0]["standard_error"] == pytest.approx(0.005 / 3**0.5)


def test_a_lucky_handful_is_not_the_best_time():
    found = times(trade(9.0), *(trade(0.1, opened=MONDAY + 5400) for _ in range(20)))
    assert found["best"] == "11:30"
    alone = times(trade(9.0))
    assert (alone["best"], alone["reason"]) == (None, "no part of the day has 20 trades yet")


def test_the_keys_and_shapes_that_trading_will_meet_are_fixed():
    """Others build on them: a field may be added here, none renamed or taken away."""
    assert trading.POSITIONS.name == "positions:active"
    assert trading.CLOSED_TRADES.name == "trades:history"
    assert trading.SIGNAL_STATS.name == "analytics:signal_stats"
    assert trading.ENTRY_TIMING.name == "analytics:entry_timing"
    fields: dict[type[msgspec.Struct], str] = {
        trading.Positions: "positions",
        trading.Position: "instrument quantity average_price",
        trading.ClosedTrade: "id strategy signal instrument quantity opened closed entry exit",
        trading.SignalStats: "unit convention method strategies reason",
        trading.StrategyStats: "trades wins win_rate mean_gain mean_win mean_loss profit_factor "
        "losses_in_a_row signs disable last_closed reason",
        trading.EntryTimes: "unit convention method strategies reason",
        trading.EntryTiming: "best slots reason",
        trading.EntrySlot: "begins trades win_rate mean_gain standard_error",
    }
    for shape, names in fields.items():
        assert set(names.split()) <= {one.name for one in msgspec.structs.fields(shape)}


def test_a_value_of_another_shape_is_refused():
    told: dict[str, Any] = {
        "unit": "",
        "convention": "",
        "method": "",
        "strategies": {"x": {}},
        "reason": None,
    }
    with pytest.raises(msgspec.ValidationError, match="trades"):
        msgspec.convert(told, trading.SignalStats)


def test_they_keep_the_contract():
    for component in (SignalStats, EntryTiming):
        contract_suite(component, given={"closed": [trade(0.1), trade(-0.2, 1)]})
