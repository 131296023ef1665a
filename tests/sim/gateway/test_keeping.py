"""What a gateway of its own keeps while it runs."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from quanticity.cli.sim_day import SimulatedDay
from quanticity.cli.sim_gateway import resumed, serving
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.errors import QuanticityError
from quanticity.logs import logger
from quanticity.sim.gateway.gateway import Gateway
from quanticity.sim.gateway.kept import Kept, read, write
from tests.sim.gateway.rig import TEN, market


async def until(true: Any) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # a task beside changes it
            await asyncio.sleep(0.01)


def test_state_was_kept_no_more_once_the_disk_had_been_full(tmp_path: Path):
    folder = tmp_path / "kept"
    lines: list[str] = []

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
            await until(lambda: "kept again" in lines[-1])

    sink = logger.add(lambda line: lines.append(str(line)), level="WARNING")
    try:
        asyncio.run(main())
    finally:
        logger.remove(sink)
    assert read(folder) is not None
    assert len(lines) == 2, "the problem once, and that it is over"


def test_two_gateways_on_one_folder_wrote_over_each_others_orders(tmp_path: Path):
    day, folder = SimulatedDay(start="2026-01-07 10:00"), tmp_path / "kept"
    told = pytest.raises(QuanticityError, match="another gateway keeps its state there")
    with resumed(day, folder), told, resumed(day, folder):
        pass
    with resumed(day, folder) as (_, kept):
        assert kept is None


def test_a_whole_file_of_what_is_no_exchange_stopped_every_later_start(tmp_path: Path, capfd):
    async def main() -> None:
        calendar, asked = MarketCalendar(), SimulatedDay(start="2026-01-07 10:00")
        with resumed(asked, tmp_path) as (day, kept):
            clock, plan = day.begin(calendar)
            async with serving(day, clock, calendar, plan, 0, tmp_path, kept) as (gateway, _):
                assert gateway.desk.exchange.positions("DU1234567") == []

    issued = [["option", "SPY", "20260116", "600", "C"]]
    write(tmp_path, Kept(TEN, 7, "quiet", issued, b"no exchange", "2026-01-07"))
    asyncio.run(main())
    (line,) = [line for line in capfd.readouterr().err.splitlines() if "damaged" in line]
    assert f"{tmp_path / 'gateway.state'}: the gateway's state is damaged" in line
    assert (tmp_path / "gateway.damaged").is_file()
    found = read(tmp_path)
    assert found is not None
    assert "option" not in {kind for kind, *_ in found.issued}


def test_damaged_state_is_told_and_not_raised():
    gateway = Gateway(market(), LiveClock(TEN))
    whole = gateway.desk.exchange.save()
    for issued, exchange in (
        ([["option", "SPY"]], whole),
        ([["option", "SPY", "soon", "600", "C"]], whole),
        ([["option", "SPY", "20260116", "much", "C"]], whole),
        ([], b""),
        ([], b"damaged"),
        ([], whole[:-3]),
    ):
        with pytest.raises(QuanticityError, match="cannot be gone on from"):
            gateway.restore(issued, exchange)
