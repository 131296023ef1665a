"""History, real-time bars and tick-by-tick: every rule of the vendor, over random requests."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plugins.ibkr.errors import Means, meaning
from plugins.ibkr.history_pace import Ask, HistoryPace, TickPace
from plugins.ibkr.lanes import Lane, Lanes, Message

asks = st.builds(
    Ask,
    contract=st.sampled_from("ABC"),
    what=st.sampled_from(("TRADES", "BID_ASK", "MIDPOINT")),
    bar=st.sampled_from((5, 30, 60)),
    span=st.sampled_from(("1800 S", "3600 S")),
)


def nothing() -> None:
    """Put on no wire."""


def play(wanted: list[Ask], answered_after: float) -> list[tuple[float, Ask]]:
    lanes, pace = Lanes(), HistoryPace()
    sent: list[tuple[float, Ask]] = []
    told: dict[int, tuple[Ask, int]] = {}
    for number, ask in enumerate(wanted):
        new = Message(Lane.HISTORY, nothing, gates=(pace.gate(ask, number),))
        told[id(lanes.push(new))] = (ask, number)
    now = 0.0
    open_until: list[tuple[float, int]] = []
    for _ in range(100_000):
        for until, number in [one for one in open_until if one[0] <= now]:
            pace.ended(number)
            open_until.remove((until, number))
        message, wait = lanes.next(now)
        if message is not None:
            ask, number = told[id(message)]
            sent.append((now, ask))
            lanes.prove(message.place, now)
            open_until.append((now + answered_after, number))
            assert len(pace.open) <= 50
        elif not lanes.waiting():
            return sent
        else:
            ends = min((one[0] for one in open_until), default=float("inf"))
            now += max(1e-6, min(wait, ends - now))
    raise AssertionError("it never ended")


@given(st.lists(asks, max_size=150), st.sampled_from((0.05, 2.0, 40.0)))
def test_no_rule_is_ever_broken_and_every_request_is_sent(wanted, answered_after):
    sent = play(wanted, answered_after)
    assert sorted(map(repr, (ask for _, ask in sent))) == sorted(map(repr, wanted))
    small = [(at, ask) for at, ask in sent if ask.bar <= 30]
    for index, (at, ask) in enumerate(small):
        later = small[index:]
        assert sum(one.weight for when, one in later if when < at + 600) <= 60
        same = [
            one
            for when, one in later
            if when < at + 2 and (one.contract, one.what) == (ask.contract, ask.what)
        ]
        assert sum(one.weight for one in same) < 6
        assert all(when >= at + 15 for when, one in later[1:] if one == ask)


def test_fifty_open_requests_are_enough():
    pace = HistoryPace()
    for number in range(50):
        pace.sent(Ask(f"C{number}", "TRADES", 60, "1 D"), number, 0.0)
    ask = Ask("X", "TRADES", 60, "1 D")
    assert pace.wait(ask, 1000.0) == float("inf")
    pace.ended(7)
    assert pace.wait(ask, 1000.0) == 0
    pace.forget_open()
    assert not pace.open


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from("AB")), max_size=40))
def test_an_instrument_is_asked_for_ticks_once_in_fifteen_seconds(steps):
    pace, now = TickPace(), 0.0
    last: dict[str, float] = {}
    for step, instrument in steps:
        now += step
        if pace.wait(instrument, now) <= 0:
            assert now - last.get(instrument, -100.0) >= 15
            pace.arrived(instrument, now)
            last[instrument] = now
    for instrument in last:
        assert pace.wait(instrument, now + 16) == 0


def test_a_request_that_was_held_up_on_its_way_was_followed_by_one_too_early():
    lanes, pace = Lanes(), TickPace()
    lanes.push(Message(Lane.DATA, lambda: None, gates=(pace.gate("SPY"),)))
    message, _ = lanes.next(0.0)
    assert message is not None
    lanes.prove(message.place, 4.0)
    assert pace.wait("SPY", 16.0) == 3.5, "the gateway counts from when it came"
    bars = HistoryPace()
    ask = Ask("SPY", "TRADES", 5, "real time")
    gate = bars.gate(ask, 1, ends=False)
    gate.sent(0.0)
    gate.arrived(4.0)
    assert bars.wait(ask, 16.0) == 3.5


def test_a_second_request_left_while_the_first_was_still_on_its_way():
    # The gateway read both at once, a long time after the first had been given up.
    ticks, bars, ask = TickPace(), HistoryPace(), Ask("SPY", "TRADES", 5, "real time")
    for gate, wait in (
        (ticks.gate("SPY"), lambda now: ticks.wait("SPY", now)),
        (bars.gate(ask, 1, ends=False), lambda now: bars.wait(ask, now)),
    ):
        assert gate.wait(0.0) == 0.0
        gate.sent(0.0)
        assert wait(100.0) == float("inf")
        gate.arrived(101.0)
        assert wait(102.0) == 14.5
        assert wait(117.0) == 0.0


def test_ticks_that_were_asked_for_too_often_were_left_out_for_a_quarter_of_an_hour():
    text = "Failed to request tick-by-tick data.No more than 1 tick-by-tick request can be made"
    assert meaning(10189, text + " for the same instrument within 15 seconds").means is Means.PACING
    assert meaning(10189, "Failed to request tick-by-tick data: no permissions").do
