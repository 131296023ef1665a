"""Sessions follow one another without overlap, whatever was asked before."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.clock import MarketCalendar
from quanticity.sim.market.sessions import HOURS, Sessions
from tests.sim.market.markets import CALENDAR, CLOSE, MORNING

SESSIONS = Sessions(CALENDAR)
MONTH = st.floats(MORNING - 15 * 86_400, MORNING + 15 * 86_400)


@settings(max_examples=100, deadline=None)
@given(hours=st.sampled_from(HOURS), at=MONTH, other=MONTH)
def test_the_last_session_of_a_moment_does_not_depend_on_what_was_asked_before(hours, at, other):
    SESSIONS.last(hours, other)
    found = SESSIONS.last(hours, at)
    assert found == Sessions(CALENDAR).last(hours, at)
    assert found.start <= at < SESSIONS.next_start(hours, at)


@settings(max_examples=50, deadline=None)
@given(hours=st.sampled_from(HOURS), at=MONTH)
def test_sessions_that_follow_one_another_do_not_overlap(hours, at):
    first = SESSIONS.last(hours, at)
    second = SESSIONS.last(hours, SESSIONS.next_start(hours, first.start))
    assert first.start < first.end <= second.start


@pytest.mark.parametrize(
    ("hours", "hour", "opens"),
    [
        ("stocks", 4, True), ("stocks", 3.9, False), ("stocks", 20, False), ("index", 9.4, False),
        ("index", 9.5, True), ("futures", 2, True), ("futures", 17.5, False), ("futures", 18, True),
        ("fx", 17, True), ("crypto", 3, True), ("frankfurt", 3, True), ("frankfurt", 12, False),
        ("london", 3, True), ("tokyo", 10, False), ("tokyo", 20, True), ("hong kong", 21, True),
        ("toronto", 15, True),
    ],
)  # fmt: skip
def test_everything_trades_in_its_own_hours(hours, hour, opens):
    midnight = CLOSE - 16 * 3600
    assert (SESSIONS.at(hours, midnight + hour * 3600) is not None) == opens


@pytest.mark.parametrize(("hours", "opens"), [("crypto", True), ("fx", False), ("futures", False)])
def test_on_a_saturday_only_coins_trade(hours, opens):
    assert (SESSIONS.at(hours, MORNING - 2 * 86_400) is not None) == opens


class Empty(MarketCalendar):
    """A calendar without trading days."""

    def trading_days(self, _first, _last):
        return ()


def test_a_moment_without_sessions_for_weeks_is_refused():
    with pytest.raises(ValueError, match="no session of stocks within"):
        Sessions(Empty()).last("stocks", MORNING)
