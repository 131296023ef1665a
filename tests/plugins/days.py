"""Bars of a session and a year of days, as feeds bring them, for the tests of what reads them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from quanticity.quant.exposure import Floats
from quanticity.views import Bars, Rows
from tests.views.making import NOW, view_of


def walk(seed: int, count: int, vol: float = 0.2, pull: float = 0.0) -> Floats:
    """`count` prices of a minute each, of `vol` a year, pulled back to 100 by `pull` a minute."""
    dice = np.random.default_rng(seed)
    step, level, levels = vol / np.sqrt(252 * 390), 0.0, []
    for draw in dice.standard_normal(count):
        level = level * (1 - pull) + draw * step
        levels.append(level)
    return np.asarray(100 * np.exp(levels), dtype=np.float64)


def minute_rows(prices: Floats, end: float = NOW, inside: int = 1) -> list[dict[str, Any]]:
    """Bars from price to price, `inside` of them in each; the last one is over at `end`."""
    count = (len(prices) - 1) // inside
    paths = [prices[at * inside : (at + 1) * inside + 1].tolist() for at in range(count)]
    return [
        {
            "time": end - 60 * (count - at),
            "open": path[0],
            "high": max(path),
            "low": min(path),
            "close": path[-1],
            "volume": 1000,
        }
        for at, path in enumerate(paths)
    ]


def bars_of(prices: Floats, end: float = NOW) -> Bars:
    """The same as a view."""
    return view_of(Bars, {"rows": minute_rows(prices, end)})


def day_rows(closes: Floats, vol: Floats, last: date = date(2026, 1, 2)) -> list[dict[str, Any]]:
    """Rows of Unusual Whales' `iv_rank`: closes and implied volatility of weekdays to `last`."""
    days: list[date] = []
    while len(days) < len(closes):
        if last.weekday() < 5:
            days.append(last)
        last -= timedelta(days=1)
    return [
        {"date": day.isoformat(), "close": f"{close:.4f}", "volatility": f"{level:.4f}"}
        for day, close, level in zip(days[::-1], closes.tolist(), vol.tolist(), strict=True)
    ]


def year_of(seed: int, realised: float = 0.2, implied: float = 0.22, count: int = 252) -> Rows:
    """A year in which options cost `implied` and prices did `realised`."""
    dice = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(dice.standard_normal(count) * realised / np.sqrt(252)))
    vol = implied * np.exp(0.05 * dice.standard_normal(count))
    return view_of(Rows, {"data": day_rows(closes, vol)})
