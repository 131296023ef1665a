"""The gateway as a process of its own: it listens, counts, goes at its pace, and remembers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ib_async import IB, LimitOrder, MarketOrder, Stock

ROOT = Path(__file__).parents[3]
_PATIENCE = 60.0


@contextmanager
def process(*options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A gateway that runs, and its port; killed at the end if it still does."""
    command = [sys.executable, "main.py", "sim", "gateway", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout is not None
            line = running.stdout.readline()
            assert line, running.stderr and running.stderr.read()
            found = json.loads(line)["gateway"]
            assert found["pid"] == running.pid
            yield running, int(found["port"])
        finally:
            if running.poll() is None:
                running.kill()


async def connected(port: int, client: int = 1) -> IB:
    ib = IB()
    await ib.connectAsync("127.0.0.1", port, clientId=client, timeout=_PATIENCE)
    return ib


async def until(true: Any) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not true():  # noqa: ASYNC110  # another process changes it
            await asyncio.sleep(0.05)


async def spy_of(ib: IB) -> Any:
    (found,) = await ib.qualifyContractsAsync(Stock("SPY", "SMART", "USD"))
    return found


@pytest.mark.parametrize("ends", [signal.SIGTERM, signal.SIGKILL])
def test_orders_and_positions_outlive_the_process(tmp_path: Path, ends: signal.Signals):
    data, start = str(tmp_path / "kept"), "2026-01-07 10:00"

    async def first(port: int) -> None:
        ib = await connected(port)
        spy = await spy_of(ib)
        bought = ib.placeOrder(spy, MarketOrder("BUY", 7, tif="DAY"))
        resting = ib.placeOrder(spy, LimitOrder("BUY", 5, 500, tif="GTC", orderRef="stays"))
        await until(lambda: bought.isDone() and resting.orderStatus.status == "Submitted")
        chains = await ib.reqSecDefOptParamsAsync("SPY", "", "STK", spy.conId)
        assert chains
        # State is kept every two seconds, for the case that nobody can ask first.
        await asyncio.sleep(2.5)
        ib.disconnect()

    async def second(port: int) -> None:
        ib = await connected(port)
        assert [(p.contract.symbol, p.position) for p in ib.positions()] == [("SPY", 7)]
        (trade,) = ib.openTrades()
        assert trade.order.orderRef == "stays"
        assert (await ib.reqCurrentTimeAsync()).strftime("%Y-%m-%d") == "2026-01-07"
        ib.cancelOrder(trade.order)
        await until(trade.isDone)
        ib.disconnect()

    with process("--data", data, "--start", start) as (running, port):
        asyncio.run(first(port))
        running.send_signal(ends)
        assert running.wait(_PATIENCE) == (0 if ends == signal.SIGTERM else -signal.SIGKILL)
    with process("--data", data) as (running, port):
        asyncio.run(second(port))
        running.terminate()
        assert running.wait(_PATIENCE) == 0
    with subprocess.Popen(
        [sys.executable, "main.py", "sim", "gateway", "--data", data, "--seed", "8"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as other:
        _, said = other.communicate(timeout=_PATIENCE)
    assert other.returncode == 1
    assert "what was kept is of seed 7" in said
    assert "Traceback" not in said


def test_time_goes_at_the_pace_that_is_asked_for(tmp_path: Path):
    counters = tmp_path / "counters.json"

    async def main(port: int) -> None:
        ib = await connected(port)
        loop = asyncio.get_running_loop()
        began, real = await ib.reqCurrentTimeAsync(), loop.time()
        spy = await spy_of(ib)
        bars = ib.reqRealTimeBars(spy, 5, "TRADES", useRTH=False)
        await until(lambda: len(bars) >= 4)
        ended, passed = await ib.reqCurrentTimeAsync(), loop.time() - real
        simulated = (ended - began).total_seconds()
        assert 5 * passed < simulated < 40 * passed
        times = [bar.time.timestamp() for bar in bars]
        assert all(b - a == 5 for a, b in pairwise(times))
        ib.disconnect()

    options = ("--time-scale", "20", "--counters", str(counters), "--start", "2026-01-07 10:00")
    with process(*options) as (running, port):
        asyncio.run(main(port))
        running.terminate()
        assert running.wait(_PATIENCE) == 0
    told = json.loads(counters.read_text())
    assert told["sent"]["live bar"] >= 4
    assert told["messages"]["live bars"] == 1
    assert told["violations"] == {}


def test_faults_by_name_strike_and_are_counted(tmp_path: Path):
    counters = tmp_path / "counters.json"

    async def main(port: int) -> None:
        ib = await connected(port)
        ib.reqTickByTickData(await spy_of(ib), "AllLast")
        await until(lambda: not ib.isConnected())

    with process("--faults", "reset_mid_frame", "--counters", str(counters)) as (running, port):
        asyncio.run(main(port))
        running.terminate()
        assert running.wait(_PATIENCE) == 0
    assert json.loads(counters.read_text())["faults"]["reset_mid_frame"] >= 1


def test_its_help_says_how_to_connect():
    done = subprocess.run(
        [sys.executable, "main.py", "sim", "gateway", "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=True,
    )
    for part in (
        "--port",
        "--seed",
        "--scenario",
        "--faults",
        "--time-scale",
        "--data",
        "ib_async",
    ):
        assert part in done.stdout
