"""What a plan says of the oldest values holds over random configs, from above and from below."""

from __future__ import annotations

import os

from quanticity.clock import Session
from quanticity.model import Priority
from quanticity.pace.ages import worst_ages
from quanticity.pace.rules import Rules
from tests.pace.random_configs import Mark, RandomConfig, random_config, run_of, span_of

SOAK = bool(os.environ.get("QUANTICITY_SOAK"))
# The worst comes seldom: of three times as many runs one in ten shows more, by a tenth.
SEEDS, RUNS = (range(200), 12) if SOAK else ((1, 5, 7, 13, 16, 20, 40, 47), 4)
# What a run may show beyond the plan, and the plan beyond the runs.
NEAR = 1.2
# Runs of so many times an age, and no fewer, show how old it may get.
TIMES = 4


def planned(config: RandomConfig) -> dict[Mark, float | None]:
    ages = worst_ages(
        config.spec,
        list(config.feeds),
        Rules(),
        Session.MARKET_HOURS,
        dict.fromkeys(Priority, 1.0),
        config.trip,
    )
    return {(one.group, one.interval, one.calls): ages[one.id] for one in config.feeds}


def shown(config: RandomConfig, runs: int) -> dict[Mark, float]:
    """The oldest of several runs, weeks apart."""
    seconds = span_of(config)
    found = [run_of(config, 1_000 * again + config.seed, seconds) for again in range(runs)]
    return {mark: max(one[mark] for one in found) for mark in found[0]}
