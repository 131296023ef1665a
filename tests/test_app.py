"""The composition root at work, in this very process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from quanticity.app import App
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.location import find_config
from quanticity.errors import Problem
from quanticity.feeds.report import Change

MONDAY_10_EASTERN = 1_767_625_200.0
FEEDS = 1000


class Told:
    """Remembers what it is told, and how often the loop had gone round by then."""

    def __init__(self) -> None:
        self.turns = 0
        self.reloaded_at = 0
        self.verdict_at = 0
        self.steps: dict[str, tuple[bool, str]] = {}
        self.verdict = asyncio.Event()

    async def count(self) -> None:
        while True:
            self.turns += 1
            await asyncio.sleep(0.001)

    def step(self, name: str, ok: bool, detail: str) -> None:
        if name == "plan" and self.reloaded_at:
            self.verdict_at = self.turns
            self.verdict.set()
        self.steps[name] = (ok, detail)

    def warned(self, name: str, detail: str) -> None:
        """A warning of a config is for others to test."""

    def first_value(self, feed: str, key: str, age: float) -> None:
        raise AssertionError(f"{feed} was to be held back")

    def problem(self, feed: str, text: str) -> None:
        """What a feed says of its vendor is for others to test."""

    def recovered(self, feed: str, text: str) -> None:
        raise AssertionError(f"{feed}: {text}")

    def reloaded(self, change: Change) -> None:
        self.reloaded_at = self.turns

    def rejected(self, problems: Sequence[Problem]) -> None:
        raise AssertionError(problems)


def written(interval: int) -> str:
    symbols = ", ".join(f"S{number}" for number in range(FEEDS))
    return f"""\
data_sources:
  v:
    base_url: http://127.0.0.1:9
    rate_limits: {{requests_per_minute: 5}}
    endpoints:
      quote:
        path: /{{symbol}}
        symbols: [{symbols}]
        interval_seconds: {interval}
        conditions: {{market_state: closed}}
        priority: critical
        redis_key: "raw:v:quote:{{symbol}}"
        ttl_seconds: 3600
"""


def test_the_verdict_of_a_reload_holds_up_no_feed(tmp_path: Path) -> None:
    """It took 0.1 s of the loop for 1,000 feeds; now the loop goes on meanwhile."""

    async def main() -> Told:
        folder = tmp_path / "config"
        folder.mkdir()
        base = folder / "data_sources.yaml"
        base.write_text(written(60))
        told = Told()
        app = App(
            find_config(folder),
            "dev",
            tmp_path / "data",
            told,
            calendar=MarketCalendar(),
            clock_for=lambda loaded: LiveClock(start=MONDAY_10_EASTERN),
            stand_in_for=lambda loaded, clock: None,
            environ={},
        )
        stop = asyncio.Event()
        await app.start()
        running = asyncio.create_task(app.run(stop))
        counting = asyncio.create_task(told.count())
        await asyncio.sleep(0.5)
        base.write_text(written(50))
        async with asyncio.timeout(30):
            await told.verdict.wait()
        stop.set()
        await running
        counting.cancel()
        await app.stop()
        return told

    told = asyncio.run(main())
    fits, said = told.steps["plan"]
    assert not fits
    assert "critical" in said
    # On the loop it would be there within the turn that follows.
    assert told.verdict_at - told.reloaded_at >= 2
