"""The figure of the documentation shows what its words claim."""

from __future__ import annotations

from tools.figures import LIMIT, held_until_headers, schedule, stamped_at_send, worst_window


def test_stamped_at_send_lets_too_many_arrive_in_one_window():
    _, count = worst_window(schedule(stamped_at_send))
    assert count == 2 * LIMIT


def test_held_until_the_headers_the_limit_holds_and_is_used():
    requests = schedule(held_until_headers)
    _, count = worst_window(requests)
    assert count == LIMIT
    assert len(requests) >= 2 * LIMIT
