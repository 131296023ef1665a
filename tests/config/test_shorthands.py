"""Limits by shorthand are windows like any other."""

from __future__ import annotations

import pytest

from quanticity.config.schema.limits import RateLimits


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400), ("month", 31 * 86_400)],
)
def test_a_shorthand_is_a_window_of_that_length(name: str, seconds: float) -> None:
    limits = RateLimits.model_validate({f"requests_per_{name}": 500})
    assert [(one.limit, one.length) for one in limits.all_windows()] == [(500, seconds)]


def test_shorthands_come_together_with_windows_in_full_shortest_first() -> None:
    given = {
        "requests_per_hour": 1000,
        "requests_per_second": 5,
        "windows": [{"limit": 60, "seconds": 60}],
    }
    limits = RateLimits.model_validate(given)
    assert [one.limit for one in limits.all_windows()] == [5, 60, 1000]
