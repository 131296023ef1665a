"""Events that come faster than the runs of a component take them."""

from __future__ import annotations

import pytest

from plugins.analytics.tick_bars import TickBars
from plugins.analytics.vpin import Vpin
from quanticity.component import Analytic
from quanticity.runtime.assemble import MOST_EVENTS
from quanticity.testing import Harness


def prints(count: int, until: float, seconds: float) -> list[dict[str, object]]:
    return [
        {"time": until - seconds + at * seconds / count, "price": 640.0 + at % 3, "size": 1}
        for at in range(count)
    ]


def volume(harness: Harness) -> float:
    told = harness.state
    if isinstance(harness.binding.instance, Vpin):
        return float(told.volume)
    return float(sum(bar["volume"] for bar in harness.value("bars")["data"]))


@pytest.mark.parametrize("component", [TickBars, Vpin])
def test_who_was_behind_by_a_run_was_behind_for_good(component: type[Analytic]) -> None:
    """Of a time or of changes no more often than asked for: a tape of 3,000 prints a second."""
    harness = Harness(component, values={"symbol": "SPY"})
    given = 0
    for _ in range(3):
        harness.give("trades", *prints(MOST_EVENTS + 2000, harness.now, 4.0))
        given += MOST_EVENTS + 2000
        harness.advance(5)
    harness.advance(5)
    assert volume(harness) == given
    assert harness.waits_for == ""


def test_what_fits_into_one_run_keeps_its_cadence() -> None:
    harness = Harness(TickBars, values={"symbol": "SPY"})
    harness.give("trades", *prints(MOST_EVENTS, harness.now, 4.0))
    harness.run()
    harness.give("trades", *prints(10, harness.now, 0.5))
    assert harness.run() == ()
