"""VPIN, signs of trades and indicators on arrays, and what tape and book cost at their cadences.

`python -m benchmarks.run microstructure`. The peer of VPIN is the textbook's loop over buckets with
numpy inside, as notebooks have it; indicators are told per call, 120 minutes as in a run.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from benchmarks.measure import Row, milliseconds, ratio
from plugins.analytics.book_quality import BookQuality
from plugins.analytics.execution_cost import ExecutionCost
from plugins.analytics.market_quote import MarketQuote
from plugins.analytics.tick_bars import TickBars
from plugins.analytics.toxic_flow import Toxicity
from plugins.analytics.trade_patterns import TradePatterns
from plugins.analytics.vpin import Vpin
from quanticity.clock import MarketCalendar
from quanticity.component import Analytic
from quanticity.quant import indicators, tape, vpin
from quanticity.runtime.binding import Binding
from quanticity.runtime.execute import Result, execute
from quanticity.sim.gateway.world_market import WorldMarket
from quanticity.sim.market.world import World
from quanticity.testing import Harness
from quanticity.testing.harness import MONDAY

Floats = npt.NDArray[np.float64]
BARS, PRINTS = 18_720, 100_000
ROUNDS, SYMBOLS, SECONDS = 60, 10, 120
SPY = {"symbol": "SPY"}
CADENCES: Mapping[type[Analytic], float] = {
    BookQuality: 2.0,
    MarketQuote: 1.0,
    ExecutionCost: 5.0,
    TickBars: 5.0,
    Vpin: 5.0,
    TradePatterns: 5.0,
    Toxicity: 5.0,
}


def measure() -> list[Row]:
    """Medians in milliseconds of wall time, one thread."""
    dice = np.random.default_rng(7)
    closes = 600 + np.cumsum(dice.normal(0, 0.02, BARS))
    volumes = dice.integers(0, 5_000, BARS).astype(np.float64)
    size = float(volumes.sum()) / vpin.A_DAY / 16
    ours = _median(lambda: vpin.of_bars(closes, volumes, size))
    theirs = _median(lambda: _notebook(closes, volumes, size), 5)
    found = vpin.of_bars(closes, volumes, size)[-1]
    assert math.isclose(found, _notebook(closes, volumes, size), rel_tol=1e-9)
    prices = np.round(600 + np.cumsum(dice.normal(0, 0.005, PRINTS)), 2)
    bids, asks = prices - dice.choice((0.0, 0.01), PRINTS), prices + 0.01
    minutes = closes[:120]
    note = f"{BARS:,} bars, VPIN after each"
    return [
        Row("VPIN by bulk classification", ours, "ms", 1.5, note=note),
        ratio("a loop over buckets in numpy, its last VPIN alone, takes", theirs, ours),
        Row("signs of 100,000 prints", _median(lambda: tape.lee_ready(prices, bids, asks)), "ms"),
        Row("RSI, MACD and bands of 120 minutes", _median(lambda: _all_three(minutes)), "ms"),
        *_at_work(),
    ]


def _all_three(closes: Floats) -> None:
    indicators.rsi(closes)
    indicators.macd(closes)
    indicators.bands(closes)


def _notebook(closes: Floats, volumes: Floats, size: float) -> float:
    """VPIN as a notebook has it: bucket after bucket."""
    changes = np.diff(closes, prepend=closes[0])
    sigma = float(np.std(np.diff(closes)))
    bought = np.array([0.5 * math.erfc(-change / sigma / math.sqrt(2)) for change in changes])
    imbalances, filled, held = [], 0.0, 0.0
    for volume, part in zip(volumes, bought, strict=True):
        left = volume
        while filled + left >= size:
            held += (size - filled) * (2 * part - 1)
            left -= size - filled
            imbalances.append(abs(held) / size)
            filled, held = 0.0, 0.0
        filled += left
        held += left * (2 * part - 1)
    return float(np.mean(imbalances[-vpin.BUCKETS :]))


def _at_work() -> list[Row]:
    """What a second of the market costs: all components of tape and book, ten symbols."""
    source = WorldMarket(World(7, MarketCalendar()))
    rows, total = [], 0.0
    for component, cadence in CADENCES.items():
        median = statistics.median(_runs(component, source))
        total += median * SYMBOLS / cadence
        rows.append(Row(f"a run of {component.name}, every {cadence:g} s", median, "ms"))
    what = f"all of them, {SYMBOLS} symbols: CPU of each second"
    return [*rows, Row(what, total / 10, "%", note="of one core, without the store")]


def _book(source: WorldMarket, at: float) -> Mapping[str, object]:
    """The simulated market's book of SPY, as a broker's handler writes it."""
    found = source.book("SPY", at)
    sides = (found.bids, found.asks) if found is not None else ((), ())
    bids, asks = ([[row.price, row.size, row.venue] for row in rows] for rows in sides)
    return {"symbol": "SPY", "time": at, "bids": bids, "asks": asks}


def _prints(source: WorldMarket, since: float, until: float) -> list[Mapping[str, object]]:
    """Its prints, likewise."""
    found = source.prints("SPY", since, until)
    columns = (found.time, found.price, found.size, found.bid, found.ask, found.venue)
    names = ("time", "price", "size", "bid", "ask", "venue")
    rows = zip(*(column.tolist() for column in columns), strict=True)
    told = [dict(zip(names, row, strict=True)) for row in rows]
    return [{**row, "venue": source.venues[row["venue"]], "conditions": []} for row in told]


def _runs(component: type[Analytic], source: WorldMarket) -> list[float]:
    """Milliseconds of each run over two minutes of tape and book, after the past since the open."""
    taken: list[float] = []

    def timed(
        binding: Binding, views: Mapping[str, object], state: bytes | None, now: float
    ) -> Result:
        begun = time.perf_counter()
        result = execute(binding, views, state, now)
        taken.append((time.perf_counter() - begun) * 1000)
        return result

    harness = Harness(component, values=SPY, execute=timed)
    reads = harness.binding.reads
    if "trades" in reads:
        harness.give("trades", _prints(source, MONDAY - 1800, MONDAY))
        harness.advance(0)
    for second in range(SECONDS):
        at = MONDAY + second
        if "book" in reads:
            harness.give("book", _book(source, at))
        if "trades" in reads:
            harness.give("trades", *_prints(source, at, at + 1))
        if "imbalance" in reads:
            harness.give("imbalance", {"imbalance": 0.1})
            harness.give("vpin", {"vpin": 0.5, "reason": None})
            harness.give("patterns", {"score": 0.2, "reason": None})
        harness.advance(1)
    return taken[1:]


def _median(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    return statistics.median(milliseconds(work, rounds))
