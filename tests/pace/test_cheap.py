"""What deciding whose turn it is costs a request: next to nothing beside the request itself."""

from __future__ import annotations

import time

from quanticity.pace.planned import planned_feeds
from tests.pace.test_shipped_alpha_vantage import MINUTE, play, root, shipped


def test_a_turn_costs_less_than_the_notes_limiter_took() -> None:
    """B33: they measured 0.22 ms; here with all that a run takes on a virtual clock."""
    feeds = planned_feeds(root())
    costs = []
    for _ in range(3):
        began = time.process_time()
        shown = play("2026-03-04 11:00", 10 * MINUTE, shipped(), feeds)
        costs.append((time.process_time() - began) / len(shown.arrivals))
        assert len(shown.arrivals) > 1000
    assert min(costs) < 0.00022
