"""Pacing, mostly under virtual time."""

import os

from hypothesis import HealthCheck, settings

SOAK = bool(os.environ.get("QUANTICITY_SOAK"))


def examples(count: int) -> settings:
    """So many examples by default, forty times as many in a soak."""
    return settings(
        max_examples=count * 40 if SOAK else count,
        deadline=None,
        derandomize=not SOAK,
        suppress_health_check=list(HealthCheck),
    )
