"""The alarm on a shift of gamma exposure, with what it remembers."""

from __future__ import annotations

import pytest

from plugins.analytics.gex_shift import GexShift, GexShiftParams
from quanticity.views import Value
from tests.plugins.running import run
from tests.views.making import NOW, view_of

PARAMS = GexShiftParams(symbols=("SPX", "SPY"))


class Watch:
    """The component over time: what it remembered is handed on."""

    def __init__(self) -> None:
        self.state: bytes | None = None

    def sees(self, seconds: float, true: float | None = None, **totals):
        """Totals that came after `seconds`, and are true since `true` where that is another."""
        at = NOW + seconds
        since = at if true is None else NOW + true
        views = {
            symbol: view_of(Value, {"total": total, "reason": "the chain is empty"}, since)
            for symbol, total in totals.items()
        }
        for view in views.values():
            view.received = at
        inputs = {"gex": {"SPX": None, "SPY": None} | views}
        outputs, self.state = run(GexShift, inputs, at, params=PARAMS, state=self.state)
        return outputs["anomaly:gex"], outputs["analytics:gex"]


def test_a_change_of_more_than_a_fifth_within_five_minutes_is_a_shift():
    watch = Watch()
    alarm, totals = watch.sees(0, SPX=10e9)
    assert not alarm["active"]
    assert totals["symbols"]["SPX"]["total"] == 10e9
    assert watch.sees(60, SPX=11.9e9)[0]["active"] is False
    alarm, _ = watch.sees(120, SPX=12.1e9)
    assert alarm["active"]
    assert alarm["symbols"] == ["SPX"]
    assert alarm["shifts"]["SPX"]["change"] == pytest.approx(0.21)
    assert alarm["shifts"]["SPX"]["since"] == NOW


def test_a_slow_change_is_none():
    watch = Watch()
    for minute in range(30):
        assert not watch.sees(60 * minute, SPX=10e9 * 1.03**minute)[0]["active"]


def test_a_total_near_zero_that_doubled_was_a_shift_of_nothing():
    """Both sides hold 10 billion: their difference doubles at every step of the price."""
    watch = Watch()

    def at(seconds: float, calls: float, puts: float):
        data = {"total": calls + puts, "calls": calls, "puts": puts}
        outputs, watch.state = run(
            GexShift,
            {"gex": {"SPX": view_of(Value, data, NOW + seconds), "SPY": None}},
            NOW + seconds,
            params=PARAMS,
            state=watch.state,
        )
        return outputs["anomaly:gex"]

    at(0, 10e9, -10.05e9)
    alarm = at(60, 10e9, -10.2e9)
    assert alarm["active"] is False
    assert alarm["shifts"]["SPX"]["change"] == pytest.approx(-3)
    assert alarm["shifts"]["SPX"]["of_gross"] == pytest.approx(0.15 / 20.2)
    assert at(120, 10e9, -12e9)["active"]
    # A total near zero in between hid the change that was large: by itself it is too small.
    at(600, 10e9, -12e9)
    at(660, 10e9, -10.01e9)
    alarm = at(720, 10e9, -10.9e9)
    assert alarm["shifts"]["SPX"]["was"] == -2e9
    assert alarm["active"]


def test_an_alarm_ends_when_the_shift_is_five_minutes_old():
    watch = Watch()
    watch.sees(0, SPX=10e9)
    assert watch.sees(10, SPX=5e9)[0]["active"]
    assert watch.sees(290, SPX=5e9)[0]["active"]
    assert not watch.sees(311, SPX=5e9)[0]["active"]


def test_from_plus_to_minus_is_a_shift():
    watch = Watch()
    watch.sees(0, SPX=1e9)
    alarm, _ = watch.sees(60, SPX=-1e9)
    assert alarm["shifts"]["SPX"]["change"] == pytest.approx(-2)


def test_a_shift_was_missed_while_the_older_of_two_chains_stood_still():
    """A total is as old as its oldest input: each new one took the place of the last."""
    watch = Watch()
    watch.sees(0, true=0, SPX=1e9)
    assert watch.sees(20, true=0, SPX=2e9)[0]["symbols"] == ["SPX"]
    assert watch.sees(40, true=0, SPX=2.1e9)[0]["symbols"] == ["SPX"]


def test_where_nothing_could_be_compared_the_alarm_said_that_nothing_shifted():
    watch = Watch()
    alarm, _ = watch.sees(0, SPX=1e9)
    assert (alarm["active"], alarm["reason"]) == (
        None,
        "no symbol has two totals to compare yet",
    )
    assert watch.sees(60, SPX=1.1e9)[0]["reason"] is None


def test_a_change_from_nothing_has_no_fraction():
    watch = Watch()
    watch.sees(0, SPX=0.0)
    alarm, _ = watch.sees(60, SPX=1e9)
    assert alarm["shifts"]["SPX"]["change"] is None
    assert alarm["shifts"]["SPX"]["reason"]


def test_a_change_from_almost_nothing_was_infinite_and_failed_the_component():
    watch = Watch()
    watch.sees(0, SPX=5e-324)
    alarm, _ = watch.sees(60, SPX=1e9)
    assert alarm["shifts"]["SPX"]["change"] is None
    assert "near zero" in alarm["shifts"]["SPX"]["reason"]
    assert watch.sees(120, SPX=1.1e9)[0]["shifts"]["SPX"]["change"] == pytest.approx(0.1)


def test_sides_of_almost_nothing_were_an_infinite_part_and_failed_the_component():
    watch = Watch()
    watch.sees(0, SPX=1e9)
    view = view_of(Value, {"total": 5e-324, "calls": 5e-324, "puts": 0.0}, NOW + 60)
    view.received = NOW + 60
    inputs = {"gex": {"SPX": view, "SPY": None}}
    outputs, _ = run(GexShift, inputs, NOW + 60, params=PARAMS, state=watch.state)
    alarm = outputs["anomaly:gex"]
    assert alarm["shifts"]["SPX"]["change"] == -1.0
    assert alarm["shifts"]["SPX"]["of_gross"] is None
    assert alarm["symbols"] == ["SPX"]


def test_symbols_are_apart_and_one_without_a_total_says_why():
    watch = Watch()
    watch.sees(0, SPX=1e9, SPY=5e9)
    alarm, totals = watch.sees(60, SPX=None, SPY=5e9)
    assert totals["symbols"]["SPX"] == {"total": None, "reason": "the chain is empty"}
    assert alarm["shifts"]["SPX"]["reason"] == "the chain is empty"
    assert alarm["shifts"]["SPY"]["change"] == 0
    # What was known of it is not forgotten meanwhile.
    assert watch.sees(120, SPX=2e9)[0]["symbols"] == ["SPX"]


def test_the_same_value_twice_is_remembered_once():
    watch = Watch()
    watch.sees(0, SPX=1e9)
    first = watch.state
    watch.sees(0, SPX=1e9)
    assert watch.state == first


def test_what_is_remembered_stays_bounded():
    watch = Watch()
    sizes = []
    for second in range(0, 1200, 5):
        watch.sees(second, SPX=1e9, SPY=1e9)
        sizes.append(len(watch.state or b""))
    assert max(sizes[120:]) <= max(sizes[60:120])
