"""Events of which some cannot be read."""

from __future__ import annotations

import orjson
import pytest

from plugins.analytics.tick_bars import TickBars
from quanticity.component import Analytic
from quanticity.model import Key, Kind
from quanticity.runtime.binding import bind
from quanticity.testing import Harness, samples
from quanticity.views import Chain
from tests.runtime.plain import MONDAY
from tests.runtime.test_engine import Bench


@pytest.mark.parametrize("event", ["heartbeat", 5, None, True, [[1]], {"data": 5}])
def test_one_event_that_could_not_be_read_stopped_its_readers_forever(event: object) -> None:
    harness = Harness(TickBars, values={"symbol": "SPY"})
    harness.give("trades", event, samples.tape(harness.now))
    assert harness.advance(10)
    assert harness.value("bars")
    harness.give("trades", event)
    assert harness.advance(10), "it is passed over, and nothing waits for it"
    harness.restart()
    harness.give("trades", samples.tape(harness.now))
    assert harness.advance(10)
    assert harness.waits_for == ""


def test_what_was_passed_over_is_told_with_the_run() -> None:
    bench = Bench(bind(TickBars, TickBars.Params(), {"symbol": "SPY"}))
    for event in ("heartbeat", samples.tape(MONDAY), 5):
        bench.put("market:SPY:trades", event)
    bench.engine.advance(bench.now)
    (job,) = bench.engine.take(bench.now)
    assert len(job.views["trades"]) == len(samples.tape(MONDAY))
    assert job.seqs["market:SPY:trades"] == ("1-0", "2-0", "3-0")
    assert job.refused == {
        "market:SPY:trades": (
            "2 of 3 events cannot be read: these are no prints: neither an object nor a list"
        )
    }


def test_a_view_that_is_not_of_events_still_says_so() -> None:
    class Wrong(Analytic):
        name = "wrong"
        reads = {"chain": Key("raw:chains", kind=Kind.EVENTS, view=Chain)}

    bench = Bench(bind(Wrong, Wrong.Params(), {}))
    bench.put("raw:chains", orjson.loads(b"{}"))
    assert bench.run() == []
    assert "a Chain is read from a latest key" in bench.skip("wrong")
