"""Lanes: never over the limit, orders first, and room for them under any storm."""

from __future__ import annotations

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


def play(plan: list[tuple[float, Lane, int]]) -> list[tuple[float, float, Lane]]:
    """(pushed at, sent at, lane) of every message, on a clock of milliseconds."""
    lanes = Lanes()
    sent: list[tuple[float, float, Lane]] = []
    pushed: dict[int, tuple[float, Message]] = {}
    events = sorted(plan, key=lambda one: one[0])
    now = 0.0
    for _ in range(200_000):
        while events and events[0][0] <= now:
            at, lane, count = events.pop(0)
            for _ in range(count):
                new = lanes.push(Message(lane, nothing))
                pushed[id(new)] = (at, new)
        message, wait = lanes.next(now)
        if message is not None:
            sent.append((pushed[id(message)][0], now, message.lane))
            continue
        if wait == float("inf"):
            if not events:
                return sent
            wait = events[0][0] - now
        elif events:
            wait = min(wait, events[0][0] - now)
        now += max(wait, 1e-6)
    raise AssertionError("it never ended")


@given(pushes)
def test_no_second_holds_more_than_the_limit_and_nothing_is_lost(plan):
    sent = play(plan)
    assert len(sent) == sum(count for _, _, count in plan)
    times = [at for _, at, _ in sent]
    for index, at in enumerate(times):
        assert sum(1 for one in times[index:] if one < at + SECOND) <= LIMIT


@given(pushes)
def test_within_a_lane_the_first_is_sent_first(plan):
    for lane in Lane:
        order = [pushed for pushed, _, one in play(plan) if one is lane]
        assert order == sorted(order)


@given(st.integers(100, 800), st.floats(0, 8), st.integers(1, 5))
def test_a_cancel_leaves_at_once_under_a_storm_of_subscriptions(storm, at, cancels):
    plan = [(0.0, Lane.DATA, storm), (at, Lane.EXIT, cancels)]
    waits = [sent - pushed for pushed, sent, lane in play(plan) if lane is Lane.EXIT]
    assert len(waits) == cancels
    assert max(waits) <= 0.1


@given(st.lists(st.sampled_from(sorted(set(Lane) - ORDERS)), min_size=60, max_size=120))
def test_others_never_take_the_room_of_orders(lanes):
    times = [at for _, at, _ in play([(0.0, lane, 1) for lane in lanes])]
    for index, at in enumerate(times):
        assert sum(1 for one in times[index:] if one < at + SECOND) <= 38


def test_what_is_dropped_is_never_sent_and_takes_no_place():
    lanes = Lanes()
    one, other = (lanes.push(Message(Lane.DATA, nothing, name)) for name in ("a", "b"))
    one.drop()
    assert lanes.waiting() == 1
    assert lanes.next(0.0)[0] is other
    assert lanes.next(0.0) == (None, float("inf"))


def test_a_lost_line_forgets_what_waits_but_not_what_was_sent():
    lanes = Lanes()
    for _ in range(60):
        lanes.push(Message(Lane.DATA, nothing))
    while lanes.next(0.0)[0] is not None:
        pass
    lanes.clear()
    lanes.push(Message(Lane.DATA, nothing))
    assert lanes.next(0.5)[0] is None, "the second before still counts at the gateway"
