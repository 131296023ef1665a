"""Who runs when, and on what, with time and arrivals in the test's hand."""

from __future__ import annotations

import signal
from itertools import pairwise
from typing import Any

import msgspec
import orjson
import pytest

from quanticity.clock import MarketCalendar
from quanticity.component import Analytic, Around, Every
from quanticity.errors import ComponentError
from quanticity.model import Key, Kind
from quanticity.runtime.ages import PlainAges
from quanticity.runtime.assemble import assembled
from quanticity.runtime.binding import Binding, bind
from quanticity.runtime.engine import Engine
from quanticity.runtime.execute import execute
from quanticity.runtime.job import Commit, Job, Skip, state_name
from quanticity.runtime.quarantine import LONGEST_PAUSE
from tests.runtime.plain import (
    MONDAY,
    Beat,
    Chained,
    Double,
    Faulty,
    Morning,
    Patient,
    Slowly,
    Spread,
    Sum,
    bound,
    text,
)

CALENDAR = MarketCalendar()


class Bench:
    """An engine, and what came out of it."""

    def __init__(self, *bindings: Binding, **more: Any) -> None:
        self.now = more.pop("now", MONDAY)
        self.number = more.pop("number", 0)
        self.engine = Engine(bindings, PlainAges(), CALENDAR, now=self.now, **more)
        self.commits: list[Commit] = []

    def put(self, key: str, value: Any, *, at: float | None = None) -> None:
        self.number += 1
        moment = self.now if at is None else at
        self.engine.arrived(key, text(key, orjson.dumps(value), self.number, at=moment), self.now)

    def run(self) -> list[str]:
        """Do all that is to do now; the ids of those that ran, in order."""
        engine, ran = self.engine, []
        engine.advance(self.now)
        for job in engine.take(self.now):
            result = execute(job.binding, job.views, job.state, job.now)
            commit = engine.finish(job, result, self.now)
            ran.append(job.binding.id)
            if commit is not None:
                self.commits.append(commit)
        return ran

    def value(self) -> Any:
        return orjson.loads(self.commits[-1].writes[0].data)

    def skip(self, name: str) -> str:
        return str(self.engine.standing(name).skip)

    def saved(self) -> dict[str, bytes]:
        states: dict[str, bytes] = {}
        for commit in self.commits:
            states.update(commit.states)
        return {name.removeprefix("component:"): data for name, data in states.items()}


def test_a_change_makes_it_run_once_on_the_newest() -> None:
    bench = Bench(bound(Double))
    assert bench.run() == []
    for number in range(5):
        bench.put("raw:price:SPY", {"p": number})
    assert bench.run() == ["double:SPY"]
    assert bench.value() == {"value": 8.0}
    assert bench.run() == []


def test_outputs_carry_the_seqs_and_the_time_of_what_they_were_made_from() -> None:
    bench = Bench(bound(Double))
    bench.put("raw:price:SPY", {"p": 1}, at=MONDAY - 20)
    bench.run()
    [write] = bench.commits[0].writes
    assert write.inputs == {"raw:price:SPY": "1-0"}
    assert (write.timestamp, write.received) == (MONDAY - 20, MONDAY)
    assert write.source == "double:SPY"
    assert bench.commits[0].states == {}


def test_the_same_seq_again_is_no_change() -> None:
    bench = Bench(bound(Double))
    bench.put("raw:price:SPY", {"p": 1})
    bench.run()
    bench.number -= 1
    bench.put("raw:price:SPY", {"p": 1})
    assert bench.run() == []


def test_a_missing_input_is_named() -> None:
    bench = Bench(bound(Beat), bound(Morning, "QQQ"))
    bench.now += 1800
    assert bench.run() == ["beat:SPY"]
    assert bench.skip("morning:QQQ") == "price (raw:price:QQQ) has no value yet"


def test_a_stale_input_is_named_with_its_age_and_runs_when_a_fresh_one_comes() -> None:
    bench = Bench(bound(Double))
    bench.put("raw:price:SPY", {"p": 1}, at=MONDAY - 61)
    assert bench.run() == []
    assert bench.skip("double:SPY") == (
        "price (raw:price:SPY) is 61 s old, and at most 60 s are allowed"
    )
    skip = bench.engine.standing("double:SPY").skip
    assert skip is not None
    assert (skip.age, skip.allowed) == (61.0, 60.0)
    bench.put("raw:price:SPY", {"p": 2}, at=MONDAY - 59)
    assert bench.run() == ["double:SPY"]
    assert bench.engine.standing("double:SPY").skip is None


def test_an_optional_input_that_is_stale_is_none() -> None:
    bench = Bench(bound(Beat))
    bench.put("raw:price:SPY", {"p": 1}, at=MONDAY - 61)
    assert bench.run() == ["beat:SPY"]
    assert bench.value() == {"now": MONDAY, "price": None}


def test_a_value_that_cannot_be_read_is_told_and_decoded_once() -> None:
    class Typed(Analytic):
        name = "typed"
        reads = {"price": Key("raw:price:SPY", view=_Refusing)}

    _Refusing.asked = 0
    bench = Bench(bind(Typed, Typed.Params(), {}), bind(Typed, Typed.Params(), {"again": "1"}))
    bench.put("raw:price:SPY", {"p": "x"})
    assert bench.run() == []
    assert bench.skip("typed") == (
        "price (raw:price:SPY) cannot be read as _Refusing: strings for numbers"
    )
    assert _Refusing.asked == 1


class _Refusing:
    asked = 0

    @classmethod
    def of(cls, one: Any) -> Any:
        cls.asked += 1
        raise ValueError("strings for numbers")


def test_every_so_often_at_its_own_phase() -> None:
    bench = Bench(bound(Beat), bound(Beat, "QQQ"))
    assert bench.run() == ["beat:SPY", "beat:QQQ"]
    ran: dict[str, list[float]] = {"beat:SPY": [], "beat:QQQ": []}
    while bench.now < MONDAY + 60:
        bench.now = bench.engine.next_at()
        for name in bench.run():
            ran[name].append(bench.now)
    for moments in ran.values():
        gaps = {round(b - a, 6) for a, b in pairwise(moments)}
        assert gaps == {5.0}
        assert len(moments) >= 12
    assert ran["beat:SPY"][0] != ran["beat:QQQ"][0]


def test_times_of_day_and_what_came_too_late() -> None:
    bench = Bench(bound(Morning))
    assert bench.engine.next_at() == MONDAY + 1800
    bench.now = MONDAY + 1800
    assert bench.run() == []  # no price yet: it waits a minute, and no longer
    bench.now += 61
    bench.put("raw:price:SPY", {"p": 1})
    assert bench.run() == []
    assert bench.engine.next_at() == MONDAY + 5.75 * 3600
    bench.now = MONDAY + 5.75 * 3600
    bench.run()
    bench.now += 30
    bench.put("raw:price:SPY", {"p": 1})
    assert bench.run() == ["morning:SPY"]
    assert bench.commits[-1].writes[0].timestamp == bench.now


def test_around_a_session_half_days_count() -> None:
    class Last(Beat):
        name = "last"
        trigger = Around("close", -600)  # type: ignore[assignment]

    # Friday 2026-11-27 is a half day: it closes at 13:00 Eastern.
    thanksgiving = 1_795_708_800.0
    bench = Bench(bound(Last), now=thanksgiving)
    assert bench.engine.next_at() == 1_795_801_800.0


def test_every_in_some_sessions_only() -> None:
    class InHours(Beat):
        name = "in_hours"
        trigger = Every(60, sessions=("market_hours",))

    friday_close = 1_767_992_400.0  # 2026-01-09 16:00 Eastern
    bench = Bench(bound(InHours), now=friday_close - 30)
    assert bench.run() == ["in_hours:SPY"]
    following = []
    for _ in range(2):
        bench.now = bench.engine.next_at()
        bench.run()
        following.append(bench.now)
    opens = 1_768_228_200.0  # Monday 09:30
    assert any(opens <= moment < opens + 60 for moment in following)


def test_changes_come_no_more_often_than_asked_for() -> None:
    bench = Bench(bound(Slowly))
    ran = []
    for second in range(31):
        bench.now = MONDAY + second
        bench.put("raw:price:SPY", {"p": second})
        if bench.run():
            ran.append(second)
    assert ran == [0, 10, 20, 30]
    bench.put("raw:price:SPY", {"p": 99})
    assert bench.engine.next_at() == MONDAY + 40


def test_the_first_value_waited_a_minute_for_a_run_that_had_had_none() -> None:
    bench = Bench(bound(Patient))
    while not bench.run():
        bench.now += 1
    assert bench.value()["price"] is None
    bench.now += 1
    bench.put("raw:price:SPY", {"p": 1})
    assert bench.run() == ["patient:SPY"]
    assert bench.value()["price"] == 1
    bench.now += 1
    bench.put("raw:price:SPY", {"p": 2})
    assert bench.run() == []


def test_a_value_that_comes_too_old_each_time_makes_nobody_run_out_of_turn() -> None:
    bench = Bench(bound(Patient))
    bench.put("raw:price:SPY", {"p": 1}, at=bench.now - 600)
    ran = [bool(bench.run())]
    for _ in range(59):
        bench.now += 1
        bench.put("raw:price:SPY", {"p": 1}, at=bench.now - 600)
        ran.append(bool(bench.run()))
    # At first, once more for a value that may count, and where its own time comes.
    assert sum(ran) <= 3


def test_after_a_restart_of_the_demo_nobody_ran_until_its_clock_had_caught_up() -> None:
    first = Bench(bound(Sum), now=MONDAY + 3600)
    first.put("raw:prints:SPY", {"n": 1})
    first.run()
    second = Bench(bound(Sum), saved=first.saved(), number=1)
    second.put("raw:prints:SPY", {"n": 2})
    assert second.run() == ["sum:SPY"]
    assert second.value() == {"count": 2, "total": 3.0}


def test_writers_run_before_readers() -> None:
    bench = Bench(bound(Chained), bound(Double))
    bench.put("feed:twice:SPY", {"value": 1})
    bench.put("raw:price:SPY", {"p": 1})
    assert bench.run() == ["double:SPY", "chained:SPY"]


def test_several_symbols_come_as_a_mapping_and_all_are_needed() -> None:
    bench = Bench(bound(Spread, others=("SPY", "QQQ")))
    bench.put("raw:price:SPY", {"p": 5})
    assert bench.run() == []
    assert "raw:price:QQQ" in bench.skip("spread")
    bench.put("raw:price:QQQ", {"p": 2})
    assert bench.run() == ["spread"]
    assert bench.commits[-1].writes[0].data == b"3"
    assert bench.commits[-1].writes[0].inputs == {"raw:price:SPY": "1-0", "raw:price:QQQ": "2-0"}


def test_events_are_given_once_each_and_in_order() -> None:
    bench = Bench(bound(Sum))
    for number in range(3):
        bench.put("raw:prints:SPY", {"n": number})
    assert bench.run() == ["sum:SPY"]
    bench.put("raw:prints:SPY", {"n": 10})
    assert bench.run() == ["sum:SPY"]
    assert bench.value() == {"count": 4, "total": 13.0}
    each = [orjson.loads(one.data)["n"] for one in bench.commits[0].writes[1:]]
    assert each == [0, 1, 2]
    assert bench.engine.events == {"raw:prints:SPY": "4-0"}


def test_a_restart_goes_on_with_state_and_cursor() -> None:
    first = Bench(bound(Sum))
    for number in range(3):
        first.put("raw:prints:SPY", {"n": number})
    first.run()
    second = Bench(bound(Sum), saved=first.saved(), since="3-0")
    assert second.engine.events == {"raw:prints:SPY": "3-0"}
    for number in range(6):  # the store gives more than was asked for: the first three are known
        second.put("raw:prints:SPY", {"n": number})
    second.run()
    assert second.value() == {"count": 6, "total": 15.0}


def test_a_restart_does_not_repeat_a_run_whose_inputs_did_not_change() -> None:
    class Keeping(Double):
        name = "keeping"
        State = dict

        def compute(self, inputs: Any, state: Any, now: float) -> Any:
            return super().compute(inputs, state, now)[0], {"runs": state.get("runs", 0) + 1}

    first = Bench(bound(Keeping))
    first.put("raw:price:SPY", {"p": 1})
    first.run()
    second = Bench(bound(Keeping), saved=first.saved())
    second.put("raw:price:SPY", {"p": 1})
    assert second.run() == []
    second.put("raw:price:SPY", {"p": 2})
    assert second.run() == ["keeping:SPY"]
    assert b"runs\x02" in second.saved()["keeping:SPY"]


def test_a_new_binding_begins_with_the_events_from_now_on_and_says_so_at_once() -> None:
    bench = Bench(bound(Sum), since="5-0")
    assert bench.engine.events == {"raw:prints:SPY": "5-0"}
    born = bench.engine.births()
    assert list(born) == [state_name("sum:SPY")]
    later = Bench(bound(Sum), since="90-0", saved={"sum:SPY": born[state_name("sum:SPY")]})
    assert later.engine.events == {"raw:prints:SPY": "5-0"}


def test_memory_that_cannot_be_read_is_as_none() -> None:
    bench = Bench(bound(Sum), saved={"sum:SPY": b"\xff rubbish"}, since="1-0")
    assert bench.engine.events == {"raw:prints:SPY": "1-0"}


def test_what_fails_is_held_longer_each_time_and_loses_no_event() -> None:
    class Touchy(Sum):
        name = "touchy"
        broken = True

        def compute(self, inputs: Any, state: Any, now: float) -> Any:
            if type(self).broken:
                raise RuntimeError("no")
            return super().compute(inputs, state, now)

    bench = Bench(bound(Touchy), bound(Double))
    for number in range(3):
        bench.put("raw:prints:SPY", {"n": number})
    pauses = []
    for _ in range(4):
        before = bench.now
        assert bench.run() == ["touchy:SPY"]
        bench.put("raw:price:SPY", {"p": 1})
        assert bench.run() == ["double:SPY"]  # nobody else is touched
        bench.now = bench.engine.next_at()
        pauses.append(bench.now - before)
    assert pauses == [1, 2, 4, 8]
    held = bench.engine.quarantine.of("touchy:SPY")
    assert held is not None
    assert (held.failures, held.reason) == (4, "touchy:SPY: RuntimeError: no")
    Touchy.broken = False
    assert bench.run() == ["touchy:SPY"]
    assert bench.value() == {"count": 3, "total": 3.0}
    assert bench.engine.quarantine.of("touchy:SPY") is None


def test_other_bindings_take_over_and_what_did_not_change_does_not_notice() -> None:
    bench = Bench(bound(Double), bound(Sum))
    bench.put("raw:price:SPY", {"p": 1})
    bench.put("raw:prints:SPY", {"n": 1})
    bench.run()
    kept = bench.engine.standing("sum:SPY")
    changed = bound(Double, factor=5.0)
    bench.engine.replace(
        [changed, bench.engine.bindings["sum:SPY"], bound(Beat)],
        PlainAges(),
        now=bench.now,
        saved={},
        since="2-0",
    )
    assert bench.engine.standing("sum:SPY") is kept
    # The new version runs at once on what is there.
    assert sorted(bench.run()) == ["beat:SPY", "double:SPY"]
    values = [write.data for commit in bench.commits for write in commit.writes]
    assert b'{"value":5.0}' in values
    bench.engine.replace([changed], PlainAges(), now=bench.now, saved={}, since="2-0")
    assert bench.engine.next_at() == float("inf")
    assert not bench.engine.reads("raw:prints:SPY")


def test_a_trial_leaves_no_trace() -> None:
    bench = Bench(bound(Sum))
    bench.put("raw:prints:SPY", {"n": 1})
    binding = bound(Sum)
    engine = bench.engine
    trial = assembled(
        engine.shelf, binding, engine.restored(binding, "0-0", {}), "change", bench.now
    )
    assert isinstance(trial, Job)
    assert not execute(binding, trial.views, trial.state, trial.now).error
    assert bench.run() == ["sum:SPY"]
    missing = assembled(
        engine.shelf, bound(Double), engine.restored(bound(Double), "0-0", {}), "change", 0.0
    )
    assert isinstance(missing, Skip)


def test_what_is_no_envelope_is_refused() -> None:
    bench = Bench(bound(Double))
    with pytest.raises(msgspec.DecodeError):
        bench.engine.arrived("raw:price:SPY", b'{"p": 1}', MONDAY)


def test_a_binding_without_all_of_its_values_is_refused() -> None:
    with pytest.raises(ComponentError, match=r"double: no value .* raw:price:\{symbol\}"):
        bind(Double, Double.Params(), {})

    class Wrong(Double):
        from quanticity.component import OnChange

        trigger = OnChange("prcie")

    with pytest.raises(ComponentError, match="its trigger names 'prcie', but it reads price"):
        bound(Wrong)

    class Over(Spread):
        reads = {"prices": Key("raw:price:{other}", over="otters")}

    with pytest.raises(ComponentError, match="goes over 'otters', which must be a parameter"):
        bind(Over, Over.Params(), {})


def test_a_digest_changes_with_file_parameters_and_values() -> None:
    one = bind(Double, Double.Params(), {"symbol": "SPY"}, source=b"a")
    digests = {
        one.digest,
        bind(Double, Double.Params(), {"symbol": "SPY"}, source=b"b").digest,
        bind(Double, Double.Params(factor=3.0), {"symbol": "SPY"}, source=b"a").digest,
        bind(Double, Double.Params(), {"symbol": "QQQ"}, source=b"a").digest,
    }
    assert len(digests) == 4
    assert one.digest == bind(Double, Double.Params(), {"symbol": "SPY"}, source=b"a").digest


def test_faults_of_every_kind_keep_the_engine_going() -> None:
    class Odd(Faulty):
        does = staticmethod(lambda inputs, now: signal.raise_signal(signal.SIGINT))

    # A person's Ctrl-C is no fault of a component.
    bench = Bench(bound(Odd))
    bench.put("raw:price:SPY", {"p": 1})
    with pytest.raises(KeyboardInterrupt):
        bench.run()
    assert bound(Odd).reads["price"].kind is Kind.LATEST


def test_ctrl_c_that_a_component_raised_by_itself_ended_the_worker_again_and_again() -> None:
    class Odd(Faulty):
        does = staticmethod(lambda inputs, now: exec("raise KeyboardInterrupt('mine')"))

    bench = Bench(bound(Odd))
    bench.put("raw:price:SPY", {"p": 1})
    bench.run()
    assert "KeyboardInterrupt: mine" in bench.engine.quarantine.all["faulty:SPY"].reason


def test_what_runs_every_few_seconds_rested_for_as_long_as_the_wall_clock_had_been_set_back() -> (
    None
):
    bench = Bench(bound(Beat), bound(Morning), bound(Slowly))
    assert bench.run() == ["beat:SPY"]
    bench.put("raw:price:SPY", {"p": 1})
    bench.run()
    bench.put("raw:price:SPY", {"p": 2})
    bench.run()
    bench.now -= 3600.0
    bench.put("raw:price:SPY", {"p": 3})
    ran = []
    for _ in range(12):
        bench.now += 5.0
        ran += bench.run()
    assert ran.count("beat:SPY") >= 11
    # What waited for its pause does not wait for it until the clock is there again.
    assert ran.count("slowly:SPY") == 1
    assert "morning:SPY" not in ran


def test_what_failed_was_held_for_as_long_as_the_wall_clock_had_been_set_back() -> None:
    bench = Bench(bound(Faulty))
    bench.put("raw:price:SPY", {"p": "bad"})
    bench.run()
    assert bench.engine.quarantine.all
    held = next(iter(bench.engine.quarantine.all.values()))
    bench.now -= 86_400.0
    bench.run()
    assert next(iter(bench.engine.quarantine.all.values())).until <= bench.now + LONGEST_PAUSE
    assert held.until > bench.now + LONGEST_PAUSE
