"""Pacing, mostly under virtual time."""

import os

from hypothesis import HealthCheck, settings

SOAK = bool(os.environ.get("QUANTICITY_SOAK"))


def examples(count: int, soak: int = 0) -> settings:
    """So many examples by default; in a soak `soak` of them, or forty times as many."""
    return settings(
        max_examples=(soak or count * 40) if SOAK else count,
        deadline=None,
        derandomize=not SOAK,
        suppress_health_check=list(HealthCheck),
    )
