"""From the bytes of a chain or a book to the values that the shipped analytics give for it.

`python -m benchmarks.run analytics`. What the store takes to hand the bytes over and to write the
values is measured with the worker.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

import numpy as np
import orjson

from benchmarks.chains import AT, alpha_vantage, book_text, unusual_whales
from benchmarks.measure import Row, milliseconds
from plugins.analytics.book_quality import BookQuality, BookQualityParams
from plugins.analytics.exposure import Exposure, ExposureParams
from quanticity.quant.gamma_profile import GammaProfile
from quanticity.runtime.binding import Binding, bind
from quanticity.runtime.execute import execute
from quanticity.views import Book, Chain
from quanticity.views.base import stored

ROUNDS = 40
FULL = {"symbol": "SPY"}
EXPOSURE = bind(Exposure, ExposureParams(), FULL)
QUALITY = bind(BookQuality, BookQualityParams(), FULL)
NOTHING = dict.fromkeys(Exposure.reads)


def measure() -> list[Row]:
    """Medians in milliseconds of wall time, one thread."""
    texts = {"alpha_vantage": alpha_vantage(), "unusual_whales": unusual_whales()}
    book = book_text()
    views = {name: Chain.of(stored(text)) for name, text in texts.items()}
    assert all(len(view) == 10_000 for view in views.values())
    rows = []
    for name, text in texts.items():
        title = name.replace("_", " ").title()
        whole = _median(lambda text=text, name=name: _exposure(text, name))  # type: ignore[misc]
        size = f"{len(text) / 1e6:.1f} MB"
        rows.append(Row(f"{title}, 10,000 contracts to all exposures", whole, "ms", 25, note=size))
    av = texts["alpha_vantage"]
    rows += [
        Row("of which reading the chain", _median(lambda: Chain.of(stored(av))), "ms"),
        Row(
            "of which the exposures",
            _median(lambda: _run(EXPOSURE, NOTHING | {"alpha_vantage": views["alpha_vantage"]})),
            "ms",
        ),
        Row("gamma at 60 spots, 15,000 contracts", _median(_profile()), "ms", 1.5),
        Row(
            "a book to imbalance and liquidity, p99",
            float(np.percentile(milliseconds(lambda: _quality(book), 2000), 99)),
            "ms",
            2,
        ),
    ]
    return rows


def _exposure(text: bytes, name: str) -> None:
    _run(EXPOSURE, NOTHING | {name: Chain.of(stored(text))})


def _quality(text: bytes) -> None:
    _run(QUALITY, {"book": Book.of(stored(text))})


def _run(binding: Binding, views: dict[str, object]) -> None:
    result = execute(binding, views, None, AT)
    assert not result.error, result.error
    assert all(orjson.loads(one.data)["reason"] is None for one in result.outputs)


def _profile() -> Callable[[], object]:
    count, dice = 15_000, np.random.default_rng(7)
    profile = GammaProfile(
        dice.uniform(400, 800, count),
        dice.uniform(0.002, 1, count),
        dice.uniform(0.1, 0.5, count),
        dice.integers(1, 5000, count).astype(np.float64),
        dice.random(count) < 0.5,
    )
    grid = np.linspace(480, 720, 60)
    return lambda: profile.over(grid)


def _median(work: Callable[[], object]) -> float:
    return statistics.median(milliseconds(work, ROUNDS))
