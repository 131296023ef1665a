"""Two processes share a token: what one has in plenty never delays what the other has to do."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from quanticity.sim.faults import Fault, NoFaults, Where
from tests.wire.bench import LIMIT, WINDOW, bench
from tests.wire.test_never_over import assert_never_over

SYMBOLS = ("SPY", "QQQ", "IWM", "AAPL", "MSFT")
# Asked for beside all of this by one that shares the machine alone: only its load delays these.
ALONE = ("NVDA", "META", "AMZN", "TSLA", "GOOGL")
OTHERS = "SPY, QQQ, IWM, AAPL, MSFT, NVDA, META, AMZN, TSLA, GOOGL"
# Two of each in a window: half of the limit. The others could fill twelve of them, and are due
# all at once again with each of the edits.
INTERVAL = WINDOW / 2
WINDOWS = 4
# More places than both need: it is about slots.
IN_FLIGHT = 12
# Of one way to the vendor, seconds; and what a machine that is not busy may take.
DELAY, SLOW = 0.05, 0.1
# For processes to be at work, however many others start.
PATIENCE = 180


class Noting(NoFaults):
    """No faults; but notes when what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, list[float]] = defaultdict(list)

    def of(self, symbol: str) -> list[float]:
        """When the critical feed of a symbol was asked for."""
        return self.asked[f"unusual_whales/api/stock/{symbol}/stock-state"]

    def fire(self, kind: str, where: Where, now: float) -> Fault | None:
        self.asked[kind].append(time.monotonic())
        return super().fire(kind, where, now)


def lateness(arrivals: Sequence[float]) -> list[float]:
    """How far behind the grid of its interval each request arrived, its way included."""
    steps = [at - arrivals[0] for at in arrivals]
    off = [step - INTERVAL * round(step / INTERVAL) for step in steps]
    return [one - min(off) for one in off]


def all_late(noting: Noting, symbols: Sequence[str], since: float, until: float) -> list[float]:
    """How late the critical feeds of these symbols arrived, the least first."""
    arrivals = [[at for at in noting.of(symbol) if since <= at <= until] for symbol in symbols]
    return sorted(late for each in arrivals if each for late in lateness(each))


def p90(late: Sequence[float]) -> float:
    return late[len(late) * 9 // 10]


def test_the_background_of_one_process_never_delays_the_critical_feeds_of_the_other(
    tmp_path: Path,
) -> None:
    with bench(tmp_path, (0, 1000 * DELAY), IN_FLIGHT) as made:
        made.server.faults = noting = Noting()
        plenty = made.write_apart("plenty", "curve", OTHERS, 0.1)
        critical = made.write_apart("critical", "quote", ", ".join(SYMBOLS), INTERVAL)
        alone = made.write_apart("alone", "quote", ", ".join(ALONE), INTERVAL)
        made.begin(plenty)
        made.wait_for(LIMIT, PATIENCE)
        made.begin(critical)
        made.begin(alone, apart=True)
        ends = time.monotonic() + PATIENCE
        while not all(noting.of(symbol) for symbol in SYMBOLS + ALONE):
            assert time.monotonic() < ends, made.said()
            time.sleep(0.02)
        # After this all of it has been known for two windows.
        time.sleep(2 * WINDOW)
        since = time.monotonic()
        for edit in range(2 * WINDOWS):
            made.write_apart("plenty", "curve", OTHERS, 0.2 + (edit % 2) / 50)
            time.sleep(WINDOW / 2)
        until = time.monotonic()
        assert made.stop() == [0, 0, 0], made.said()
        assert_never_over(made)
    shared, own = made.arrivals_by_token()
    assert len(shared) > len(own)
    late = all_late(noting, SYMBOLS, since, until)
    # What has a token of its own is late, or left out, for this machine's load alone.
    loaded = all_late(noting, ALONE, since, until)
    assert loaded, made.said()
    due = len(SYMBOLS) * 2 * WINDOWS
    done = min(1.0, len(loaded) / due)
    assert len(late) >= done * len(SYMBOLS) * 2 * (WINDOWS - 1)
    assert p90(late) <= max(DELAY + SLOW, 2 * p90(loaded)), (p90(loaded), made.said())
    used = sum(since <= at <= until for at in shared)
    # That the rest flows at all: how much of it does is measured under virtual time.
    assert used >= done * 0.5 * LIMIT * (until - since) / (WINDOW + DELAY), made.said()
