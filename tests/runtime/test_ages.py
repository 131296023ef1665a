"""How old a value may be: a reader's limit, stretched with the feeds behind a key."""

from __future__ import annotations

from quanticity.clock import MarketCalendar, Session
from quanticity.model import Priority
from quanticity.pace.rules import Rules
from quanticity.pace.staleness import Staleness
from quanticity.runtime.ages import Cadence, FeedAges
from quanticity.runtime.patterns import Patterns
from tests.runtime.plain import MONDAY, Chained, Double, bound

BEFORE_THE_OPEN = MONDAY - 3600


def ages() -> FeedAges:
    feeds: Patterns[Cadence] = Patterns()
    feeds.add("raw:price:{symbol}", Cadence(Priority.IMPORTANT, 60.0))
    rules = Rules({Session.PRE_MARKET: {"important": ("run_always", "reduce_to_5min")}})
    staleness = Staleness(rules, MarketCalendar())
    return FeedAges(staleness, feeds, [bound(Double), bound(Chained)])


def test_limits_stretch_with_the_sessions_cadence() -> None:
    assert ages().limit("raw:price:SPY", 180, MONDAY) == 180
    assert ages().limit("raw:price:SPY", 180, BEFORE_THE_OPEN) == 420


def test_what_is_computed_ages_as_what_it_was_computed_from() -> None:
    for key in ("feed:twice:SPY", "feed:four:SPY"):
        assert ages().limit(key, 180, MONDAY) == 180
        assert ages().limit(key, 180, BEFORE_THE_OPEN) == 420


def test_a_key_of_nobody_keeps_its_readers_limit() -> None:
    assert ages().limit("raw:else:SPY", 180, BEFORE_THE_OPEN) == 180
    assert ages().limit("raw:price:SPY:more", 180, BEFORE_THE_OPEN) == 180
