"""What the first lines of a start say of the day."""

from __future__ import annotations

from datetime import datetime

import pytest

from quanticity.clock import EASTERN, MarketCalendar
from quanticity.feeds.morning import calendar_line


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-01-05 03:59", "overnight until Mon 04:00, the market is closed"),
        ("2026-01-05 04:00", "pre_market until Mon 09:30"),
        ("2026-01-05 15:59", "market_hours until Mon 16:00"),
        ("2026-01-05 16:00", "after_hours until Mon 20:00"),
        ("2026-01-05 20:00", "overnight until Tue 04:00, the market is closed"),
        ("2026-11-27 12:59", "market_hours until Fri 13:00"),  # a half day
        ("2026-11-27 13:00", "after_hours until Fri 17:00"),
        ("2026-11-26 10:00", "holiday until Fri 04:00, the market is closed"),
        ("2026-02-28 10:00", "weekend until Mon 04:00, the market is closed"),
    ],
)
def test_a_closed_market_was_said_to_be_so_until_midnight(moment: str, said: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=EASTERN).timestamp()
    assert calendar_line(MarketCalendar(), now) == f"{moment}:00 ET, {said}"
