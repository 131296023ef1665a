"""How a run tells of itself, and what that may cost the feeds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from quanticity.feeds.publishing import About, publish
from quanticity.feeds.report import Summary
from quanticity.feeds.status import STATUS_KEY


class Desk:
    """Clock, feeds and store in one, whose table takes `took` seconds to make."""

    def __init__(self, took: float) -> None:
        self.took, self.now = took, 0.0
        self.slept: list[float] = []
        self.written: list[tuple[str, float]] = []
        self.generation = 1
        self.aggregates: Any = self

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def rows(self) -> list[Any]:
        self.now += self.took
        return []

    def summary(self, rows: Any) -> Summary:
        return Summary(0, 0, 0, 0, 0, 0, 0)

    def nothing(self) -> list[Any]:
        return []

    budgets = costs = keys = failovers = states = nothing

    def put_plain(self, key: str, text: str, ttl: float) -> None:
        self.written.append((key, ttl))


async def tables(desk: Any) -> None:
    about = About("demo", 0.0, "", "", "")
    task = asyncio.create_task(publish(desk, desk, desk, lambda: about))
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()


@pytest.mark.parametrize(("took", "pause"), [(0.001, 1.0), (0.12, 2.4), (4.0, 5.0)])
def test_the_table_of_ten_thousand_feeds_took_a_quarter_of_all_time(
    took: float, pause: float
) -> None:
    """It was made each second, whatever it took, and no feed started meanwhile."""
    desk = Desk(took)
    asyncio.run(tables(desk))
    assert len(desk.slept) > 3
    assert desk.slept == pytest.approx([pause] * len(desk.slept))
    for key, ttl in desk.written:
        assert key == STATUS_KEY
        assert ttl > took + 2 * pause
