"""What a gateway of its own keeps while it runs."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

from quanticity.cli.sim_day import SimulatedDay
from quanticity.cli.sim_gateway import serving
from quanticity.clock import MarketCalendar
from quanticity.sim.gateway.kept import read


async def until(true: Any) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # a task beside changes it
            await asyncio.sleep(0.01)


def test_state_was_kept_no_more_once_the_disk_had_been_full(tmp_path: Path):
    folder = tmp_path / "kept"

    async def main() -> None:
        calendar, day = MarketCalendar(), SimulatedDay(start="2026-01-07 10:00")
        clock, plan = day.begin(calendar)
        async with serving(day, clock, calendar, plan, 0, folder, None, keep_every=0.02) as (
            gateway,
            _,
        ):
            assert read(folder) is not None
            shutil.rmtree(folder)
            folder.write_text("in the way")
            await until(lambda: gateway.counters.refused["state not kept"] > 1)
            folder.unlink()
            await until(folder.is_dir)

    asyncio.run(main())
    assert read(folder) is not None
