"""A few minutes of the benchmark's day: one seed gives the same bytes, and nothing is left out."""

from __future__ import annotations

from functools import cache

import pytest

from benchmarks.virtual_day import NINE, Consumed, day
from quanticity.config.loader import load
from tests.sim.vendors.engine import CONFIG

# From 09:31 Eastern: all of the universe trades, but no long past has to be made.
OPEN = NINE + 1860
MINUTES = 3


@cache
def lived() -> Consumed:
    """What is read within a few minutes."""
    return day(7, MINUTES, OPEN)


@pytest.mark.timeout(600)
def test_one_seed_gives_the_same_bytes() -> None:
    again = day(7, MINUTES, OPEN)
    assert (again.digest, again.counts) == (lived().digest, lived().counts)


@pytest.mark.timeout(600)
def test_another_seed_gives_others() -> None:
    # As long a day: a shorter one would have another hash in any case.
    other = day(8, MINUTES, OPEN)
    assert other.digest != lived().digest
    assert other.counts["polls"] > 0


def test_every_kind_of_event_is_read() -> None:
    counts = lived().counts
    assert counts["prints"] > 1_000 * MINUTES
    assert counts["book changes"] > 10_000 * MINUTES
    assert counts["option prints"] > 1_000 * MINUTES
    assert counts["index values"] > 0
    assert counts["bytes"] > 10_000_000
    # Raw, and most of them transformed too.
    assert counts["values"] > 1.3 * counts["polls"]


def test_every_feed_that_is_polled_by_interval_had_its_turn() -> None:
    given = load(CONFIG, "demo", {}).effective.running()
    wanted = {
        each.id
        for each in given
        if each.endpoint.transport == "http" and each.endpoint.interval_seconds
    }
    assert {name.partition(":")[0] for name in lived().tried} >= wanted


def test_no_poll_is_over_a_limit_or_refused_and_no_feed_fails() -> None:
    counts = lived().counts
    assert counts["over a limit"] == 0
    assert counts["refused"] == 0
    assert counts["drifts"] == 0
    assert lived().problems == {}
