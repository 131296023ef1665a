"""A vendor's count: exact in every window, and told arrival by arrival."""

from hypothesis import given
from hypothesis import strategies as st

from quanticity.sim.vendors.limits import Gate, Over, VendorLimits

MORNING = 1_767_625_200.0
TIMES = st.lists(st.floats(0, 20), max_size=60).map(sorted)
WINDOWS = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from([0.5, 2.0, 5.0])), min_size=1, max_size=3
)


def fill(gate: Gate, times: list[float]) -> list[Over | None]:
    found = []
    for at in times:
        found.append(gate.arrive(at, MORNING + at))
        gate.leave()
    return found


@given(times=TIMES, windows=WINDOWS)
def test_an_arrival_is_over_exactly_when_a_window_that_ends_with_it_holds_too_many(times, windows):
    gate = Gate("x", VendorLimits(windows=tuple(windows)))
    verdicts = fill(gate, times)
    for index, at in enumerate(times):
        counts = [sum(at - seconds < t for t in times[: index + 1]) for _, seconds in windows]
        over = any(count > limit for count, (limit, _) in zip(counts, windows, strict=True))
        assert (verdicts[index] is Over.WINDOW) == over
    assert list(gate.arrivals) == times


@given(times=TIMES)
def test_violations_name_the_window_and_the_count(times):
    gate = Gate("x", VendorLimits(windows=((3, 2.0),)))
    fill(gate, times)
    for violation in gate.violations:
        held = [at for at in times if violation.at - 2.0 < at <= violation.at]
        assert violation.limit == 3 < violation.count <= len(held)


def test_two_arrivals_a_whole_window_apart_do_not_meet():
    gate = Gate("x", VendorLimits(windows=((1, 2.0),)))
    assert fill(gate, [0.0, 2.0, 4.0]) == [None, None, None]


def test_what_is_left_and_when_it_begins_anew():
    gate = Gate("x", VendorLimits(windows=((2, 1.0), (5, 60.0)), per_day=100))
    fill(gate, [10.0, 30.0])
    usage = gate.usage(40.0)
    assert (usage.used, usage.limit, usage.remaining) == (2, 5, 3)
    assert usage.reset_in == 30.0
    assert (usage.day_used, usage.day_limit) == (2, 100)


def test_in_flight_counts_until_the_answer_has_left():
    gate = Gate("x", VendorLimits(max_in_flight=1))
    assert gate.arrive(0.0, MORNING) is None
    assert gate.arrive(0.1, MORNING) is Over.IN_FLIGHT
    gate.leave()
    gate.leave()
    assert gate.arrive(0.2, MORNING) is None
    assert gate.most_in_flight == 2
