"""Lanes: never over the limit, orders first, and room for them under any storm."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from plugins.ibkr.lanes import ORDERS, Lane, Lanes, Message

SECOND = 1.0
LIMIT = 50
pushes = st.lists(
    st.tuples(st.floats(0, 3), st.sampled_from(Lane), st.integers(1, 40)), min_size=1, max_size=40
)


def nothing() -> None:
    """Put on no wire."""


Sent = tuple[float, float, float, Lane]
"""(pushed at, sent at, arrived at, lane)."""


def play(plan: list[tuple[float, Lane, int]], delays: Sequence[float] = (0.001,)) -> list[Sent]:
    """Every message, in the order of sending.

    Each takes its turn of `delays` to arrive, and never overtakes another; that it arrived is
    proved as long again after it.
    """
    lanes = Lanes()
    sent: list[Sent] = []
    pushed: dict[int, tuple[float, Message]] = {}
    events = sorted(plan, key=lambda one: one[0])
    proofs: list[tuple[float, int]] = []
    now = arrived = 0.0
    for _ in range(200_000):
        while events and events[0][0] <= now:
            at, lane, count = events.pop(0)
            for _ in range(count):
                new = lanes.push(Message(lane, nothing))
                pushed[id(new)] = (at, new)
        while proofs and proofs[0][0] <= now:
            lanes.prove(proofs.pop(0)[1], now)
        message, wait = lanes.next(now)
        if message is not None:
            delay = delays[len(sent) % len(delays)]
            arrived = max(arrived, now + delay)
            proofs.append((arrived + delay, message.place))
            sent.append((pushed[id(message)][0], now, arrived, message.lane))
            continue
        soonest = min(
            [wait, *(at - now for at, *_ in events[:1]), *(at - now for at, _ in proofs[:1])]
        )
        if soonest == float("inf"):
            assert not lanes.waiting()
            return sent
        now += max(soonest, 1e-6)
    raise AssertionError("it never ended")


delays = st.lists(st.floats(0.0, 3.0), min_size=1, max_size=5)


@given(pushes, delays)
def test_no_second_of_the_gateways_holds_more_than_the_limit_however_late_they_arrive(plan, late):
    """What left evenly over some seconds of a jam arrived in one of them."""
    sent = play(plan, late)
    assert len(sent) == sum(count for _, _, count in plan)
    times = [at for _, _, at, _ in sent]
    for index, at in enumerate(times):
        assert sum(1 for one in times[index:] if one < at + SECOND) <= LIMIT


@given(pushes)
def test_within_a_lane_the_first_is_sent_first(plan):
    for lane in Lane:
        order = [pushed for pushed, _, _, one in play(plan) if one is lane]
        assert order == sorted(order)


@given(st.integers(100, 800), st.floats(0, 8), st.integers(1, 5))
def test_a_cancel_leaves_at_once_under_a_storm_of_subscriptions(storm, at, cancels):
    plan = [(0.0, Lane.DATA, storm), (at, Lane.EXIT, cancels)]
    waits = [sent - pushed for pushed, sent, _, lane in play(plan) if lane is Lane.EXIT]
    assert len(waits) == cancels
    assert max(waits) <= 0.1


OTHERS = sorted(set(Lane) - ORDERS - {Lane.CONTROL})


@given(st.lists(st.sampled_from(OTHERS), min_size=60, max_size=120))
def test_others_never_take_the_room_of_orders(lanes):
    times = [at for _, at, _, _ in play([(0.0, lane, 1) for lane in lanes])]
    for index, at in enumerate(times):
        assert sum(1 for one in times[index:] if one < at + SECOND) <= 38


def test_proofs_of_arrival_took_the_room_of_orders():
    lanes = Lanes()
    for number in range(60):
        lanes.push(Message(Lane.CONTROL if number % 4 else Lane.DATA, nothing))
    sent = []
    while (message := lanes.next(0.0)[0]) is not None:
        sent.append(message)
        lanes.prove(message.place, 0.0)
    assert len(sent) == 38
    for _ in range(8):
        exit_ = lanes.push(Message(Lane.EXIT, nothing))
        assert lanes.next(0.5)[0] is exit_


def test_what_is_dropped_is_never_sent_and_takes_no_place():
    lanes = Lanes()
    one, other = (lanes.push(Message(Lane.DATA, nothing, name)) for name in ("a", "b"))
    one.drop()
    assert lanes.waiting() == 1
    assert lanes.next(0.0)[0] is other
    assert lanes.next(0.0) == (None, float("inf"))


def test_while_nothing_is_proved_nothing_more_leaves_but_orders():
    lanes = Lanes()
    for _ in range(60):
        lanes.push(Message(Lane.DATA, nothing))
    while lanes.next(0.0)[0] is not None:
        pass
    assert lanes.unproved == 38
    assert lanes.next(100.0) == (None, float("inf"))
    exit_ = lanes.push(Message(Lane.EXIT, nothing))
    assert lanes.next(100.0)[0] is exit_
    lanes.prove(10, 101.0)
    assert lanes.next(101.5)[0] is None, "a second after it is proved, and not sooner"
    assert lanes.next(102.1)[0] is not None


def test_a_lost_line_forgets_what_waits_but_not_what_was_sent():
    lanes = Lanes()
    for _ in range(60):
        lanes.push(Message(Lane.DATA, nothing))
    while lanes.next(0.0)[0] is not None:
        pass
    lanes.clear(0.2)
    lanes.push(Message(Lane.DATA, nothing))
    assert lanes.next(1.0)[0] is None, "the second before still counts at the gateway"
    assert lanes.next(1.3)[0] is not None


def test_the_proof_that_others_arrived_waited_behind_those_that_waited_for_it():
    """A login of fifty accounts asks for that many figures: no line of it lived for long."""
    lanes = Lanes(46, 8)
    for number in range(200):
        lanes.push(Message(Lane.CONTROL, nothing, str(number)))
    now, sent = 0.0, []
    for _ in range(400):
        message, wait = lanes.next(now)
        if message is not None:
            sent.append(message)
            if message.proves:
                lanes.prove(message.place, now)
        elif wait < float("inf"):
            now += wait
        elif not lanes.waiting():
            break
        else:
            lanes.push(Message(Lane.CONTROL, nothing, "time", proves=True))
    assert [one.what for one in sent if not one.proves] == [str(number) for number in range(200)]
    assert now < 10
