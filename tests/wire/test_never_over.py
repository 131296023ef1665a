"""Zero arrivals over the limit, counted at the vendor, whatever happens to us."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from quanticity.sim.faults import FaultPlan, Rule, Where
from quanticity.sim.faults.catalog import CloseAfter, Drop
from tests.wire.bench import IN_FLIGHT, LIMIT, WINDOW, Bench, bench

ROUNDS = 3
# Slots that a crash left count until time-out, grace and window have passed.
AFTER_A_CRASH = 3 + 5 + WINDOW
HTTP = frozenset({Where.HTTP})


def assert_never_over(made: Bench) -> None:
    assert made.server.violations() == [], made.said()
    for times in made.arrivals_by_token():
        for first, last in zip(times, times[LIMIT:], strict=False):
            assert last - first >= WINDOW


def test_two_processes_that_share_a_token_stay_under_its_limit(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.begin()
        made.begin()
        made.wait_for(LIMIT)
        before = len(made.arrivals())
        # What was taken at once comes free at once: the last round begins a little late.
        time.sleep((ROUNDS + 0.5) * WINDOW)
        arrived = len(made.arrivals()) - before
        assert made.stop() == [0, 0], made.said()
        assert_never_over(made)
        assert arrived >= 0.75 * LIMIT * ROUNDS, made.said()
        assert 1 <= made.server.gate("unusual_whales", _account(made)).most_in_flight <= IN_FLIGHT


def test_a_kill_in_mid_window_and_a_restart_forget_no_slot(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        for kills in range(2):
            process = made.begin()
            made.wait_for(len(made.arrivals()) + LIMIT // 2 + 3 * kills, 30 + AFTER_A_CRASH)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(10)
        made.begin()
        made.wait_for(len(made.arrivals()) + 2 * LIMIT, 60 + AFTER_A_CRASH)
        made.stop()
        assert_never_over(made)


def test_one_of_two_is_killed_and_the_other_goes_on_under_the_limit(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.begin()
        doomed = made.begin()
        made.wait_for(LIMIT)
        os.kill(doomed.pid, signal.SIGKILL)
        made.wait_for(len(made.arrivals()) + 2 * LIMIT, 60 + AFTER_A_CRASH)
        made.stop()
        assert_never_over(made)


def test_dropped_connections_bring_no_arrival_without_a_slot(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.server.faults = plan = FaultPlan(
            [Rule(CloseAfter(), HTTP, rate=0.3), Rule(Drop(), HTTP, rate=0.1)]
        )
        made.begin()
        made.wait_for(3 * LIMIT, 60 + 3 * WINDOW)
        made.stop()
        assert_never_over(made)
        assert set(plan.counters) == {"http.close_after", "http.drop"}


def test_ten_reloads_lose_and_double_no_slot(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.begin()
        made.wait_for(LIMIT // 2)
        for step in range(10):
            symbols = "SPY, QQQ, IWM" if step % 2 else "SPY, QQQ, IWM, AAPL, MSFT, NVDA"
            made.write(symbols, 0.3 + step / 50)
            time.sleep(0.35)
        made.wait_for(len(made.arrivals()) + LIMIT)
        made.stop()
        assert_never_over(made)
        assert made.said().count("✓ reload") >= 8, made.said()


def _account(made: Bench) -> str:
    return next(account for name, account in made.server._gates if name == "unusual_whales")
