"""Worlds that tests of the market share, and moments in them."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TypeVar

from quanticity.clock import MarketCalendar
from quanticity.sim.market import World

T = TypeVar("T")

CALENDAR = MarketCalendar()
MONDAY = date(2026, 1, 5)
MORNING = 1_767_625_200.0  # Monday 2026-01-05 10:00 Eastern
CLOSE = MORNING + 6 * 3600


@cache
def world(scenario: str = "quiet", seed: int = 7) -> World:
    """The market of a seed on every day of a scenario."""
    return World(seed, CALENDAR, scenario)


def sure(found: T | None) -> T:
    """What must be there."""
    assert found is not None
    return found
