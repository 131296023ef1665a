"""A component on the bench behaves as it does live."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from quanticity.testing import MONDAY, Harness
from tests.runtime.plain import Beat, Double, Faulty, Morning, Slowly, Spread, Sum

SPY = {"symbol": "SPY"}


def test_values_in_outputs_out():
    harness = Harness(Double, params={"factor": 3}, values=SPY)
    harness.give("price", {"p": 1.0}, {"p": 2.0}, age=5)
    (ran,) = harness.run()
    assert harness.value("twice") == {"value": 6.0}
    assert (ran.now, ran.trigger, ran.timestamp) == (MONDAY, "change", MONDAY - 5)
    assert ran.data[0].key == "feed:twice:SPY"
    assert harness.run() == ()


def test_why_it_does_not_run():
    harness = Harness(Double, values=SPY)
    with pytest.raises(AssertionError, match="no 'twice': double:SPY did not run"):
        harness.value("twice")
    harness.give("price", {"p": 1.0}, age=61)
    assert harness.run() == ()
    said = "price (raw:price:SPY) is 61 s old, and at most 60 s are allowed"
    assert harness.waits_for == said
    with pytest.raises(AssertionError, match=r"waits for price \(raw:price:SPY\) is 61 s old"):
        harness.value("twice")


def test_time_passes_and_each_run_comes_at_its_moment():
    harness = Harness(Beat, values=SPY)
    moments = [ran.now for ran in harness.advance(20)]
    assert moments[0] == MONDAY
    gaps = {round(b - a, 6) for a, b in pairwise(moments[1:])}
    assert gaps == {5.0}
    assert harness.now == MONDAY + 20
    slow = Harness(Slowly, values=SPY)
    for second in range(11):
        slow.give("price", {"p": second})
        slow.advance(1)
    assert [ran.outputs["twice"]["value"] for ran in slow.runs] == [0, 18]


def test_a_time_of_day_without_its_input_is_no_endless_loop():
    harness = Harness(Morning, values=SPY)
    assert harness.advance(3600) == ()
    harness.give("price", {"p": 1})
    assert harness.advance(5 * 3600) == ()  # at 15:45 the price was hours old
    assert harness.waits_for.startswith("price (raw:price:SPY) is ")


def test_events_state_and_a_restart():
    harness = Harness(Sum, values=SPY)
    harness.give("prints", {"n": 1}, {"n": 2})
    harness.run()
    harness.restart()
    assert harness.run() == ()
    harness.give("prints", {"n": 3})
    harness.run()
    assert harness.events("each") == ({"n": 1}, {"n": 2}, {"n": 3})
    assert harness.value("total") == {"count": 3, "total": 6.0}
    assert (harness.state.count, harness.state.total) == (3, 6.0)


def test_an_input_for_each_of_a_list():
    harness = Harness(Spread, params={"others": ["SPY", "QQQ"]})
    harness.give("prices", {"p": 5}, over="SPY")
    harness.run()
    assert "raw:price:QQQ" in harness.waits_for
    harness.give("prices", {"p": 2}, over="QQQ")
    harness.run()
    assert harness.value("spread") == 3
    with pytest.raises(AssertionError, match=r"say over= which value of 'prices' .* SPY, QQQ"):
        harness.give("prices", {"p": 2})


class Touchy(Faulty):
    name = "touchy"
    does: Any = staticmethod(lambda inputs, now: 1 / inputs.price.data)


def test_a_failure_fails_the_test_unless_it_is_what_the_test_is_about():
    harness = Harness(Touchy, values=SPY)
    harness.give("price", 0)
    with pytest.raises(AssertionError, match=r"ZeroDivisionError.*test_harness\.py:\d+"):
        harness.run()
    patient = Harness(Touchy, values=SPY, keep_going=True)
    patient.give("price", 0)
    assert len(patient.advance(3.5)) == 3  # at once, after 1 s, after 2 more
    assert "ZeroDivisionError" in patient.runs[-1].error


def test_names_that_are_none_are_told():
    harness = Harness(Sum, values=SPY)
    with pytest.raises(AssertionError, match="does not read 'print'; it reads prints"):
        harness.give("print", 1)
    with pytest.raises(AssertionError, match="does not write 'sum'; it writes each, total"):
        harness.value("sum")
    with pytest.raises(AssertionError, match=r"'each' holds events: ask events\('each'\)"):
        harness.value("each")
    with pytest.raises(ValueError, match=r"parameters of double: .*unknown field 'factr'"):
        Harness(Double, params={"factr": 3}, values=SPY)
