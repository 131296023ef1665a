"""A simulated gateway beside a run: by the run's clock, and gone with it; edits are followed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from ib_async import IB, LimitOrder, MarketOrder, Stock

from quanticity.cli.gateway_beside import GatewayBeside
from quanticity.clock import LiveClock
from tests.cli.asked import ask, project, running

TEN = 1_767_798_000.0
CONFIG = """\
data_sources: {}
components: {ibkr: {enabled: true}}
ibkr:
  stocks: [SPY]
  depth: [SPY]
"""
DEMO = "environment: demo\nsimulation: {vendors: true, gateway: true, clock: trading_day}\n"


async def server_version(host: str, port: int) -> bytes:
    """What a gateway answers to a greeting."""
    reader, writer = await asyncio.open_connection(host, port)
    greeting = b"v157..157"
    writer.write(b"API\0" + len(greeting).to_bytes(4) + greeting)
    size = int.from_bytes(await reader.readexactly(4))
    answer = await reader.readexactly(size)
    writer.close()
    return answer.partition(b"\0")[0]


def test_it_listens_where_it_said_and_leaves_nothing_behind(tmp_path: Path):
    folder = tmp_path / "gateway"

    async def act() -> None:
        gateway = GatewayBeside(LiveClock(TEN), 7, "quiet", "calm", folder=folder)
        host, port = gateway.start()
        assert await gateway.serves() == ""
        assert await server_version(host, port) == b"157"
        process = gateway._process
        assert process is not None
        await gateway.stop()
        assert process.exitcode == 0
        assert not folder.exists()
        with pytest.raises(OSError, match=r"onnect"):
            await asyncio.open_connection(host, port)

    asyncio.run(act())


def test_ctrl_c_while_it_was_loading_ended_it_with_a_traceback(tmp_path: Path, capfd: Any):
    async def act() -> str:
        gateway = GatewayBeside(LiveClock(TEN), 7, "quiet", "calm", folder=tmp_path / "gateway")
        gateway.start()
        process = gateway._process
        assert process is not None
        assert process.pid is not None
        for _ in range(10):
            os.kill(process.pid, signal.SIGINT)
            await asyncio.sleep(0.05)
        said = await gateway.serves()
        os.kill(process.pid, signal.SIGINT)
        assert process.is_alive()
        await gateway.stop()
        return said

    assert asyncio.run(act()) == ""
    assert capfd.readouterr().err == ""


def test_what_a_run_that_was_killed_had_kept_stayed_for_ever(tmp_path: Path):
    """In the machine's folder for temporary files, a folder more each time."""
    folder = tmp_path / "gateway"
    folder.mkdir()
    (folder / "gateway.state").write_bytes(b"of a run that was killed")

    async def act() -> None:
        gateway = GatewayBeside(LiveClock(TEN), 7, "quiet", "calm", folder=folder)
        gateway.start()
        assert not (folder / "gateway.state").exists()
        await gateway.stop()

    asyncio.run(act())
    assert list(tmp_path.iterdir()) == []


def test_one_that_ends_before_it_listens_says_so(tmp_path: Path):
    folder = tmp_path / "gateway"

    async def act() -> str:
        gateway = GatewayBeside(LiveClock(TEN), 7, "quiet", "calm", folder=folder)
        gateway.start()
        assert gateway._process is not None
        os.kill(gateway._process.pid or 0, signal.SIGKILL)
        said = await gateway.serves()
        await gateway.stop()
        return said

    assert asyncio.run(act()) == "it ended before it listened"


def test_one_that_was_killed_stayed_away_until_the_run_ended_and_had_forgotten_its_account(
    tmp_path: Path,
):
    folder = tmp_path / "gateway"

    async def client(port: int) -> Any:
        ib = IB()
        while True:
            try:
                await ib.connectAsync("127.0.0.1", port, clientId=1, timeout=20)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                return ib

    async def act() -> None:
        gateway = GatewayBeside(LiveClock(TEN), 7, "quiet", "calm", folder=folder)
        _, port = gateway.start()
        assert await gateway.serves() == ""
        ib = await client(port)
        (spy,) = await ib.qualifyContractsAsync(Stock("SPY", "SMART", "USD"))
        bought = ib.placeOrder(spy, MarketOrder("BUY", 7, tif="DAY"))
        ib.placeOrder(spy, LimitOrder("BUY", 5, 500, tif="GTC", orderRef="stays"))
        async with asyncio.timeout(30):
            while not bought.isDone():  # noqa: ASYNC110  # another process changes it
                await asyncio.sleep(0.05)
        # State is kept every two seconds.
        await asyncio.sleep(2.5)
        ib.disconnect()
        assert gateway._process is not None
        os.kill(gateway._process.pid or 0, signal.SIGKILL)
        async with asyncio.timeout(30):
            while not gateway.again:  # noqa: ASYNC110  # a task beside changes it
                await asyncio.sleep(0.05)
            again = await client(port)
        assert [(p.contract.symbol, p.position) for p in again.positions()] == [("SPY", 7)]
        assert [trade.order.orderRef for trade in again.openTrades()] == ["stays"]
        again.disconnect()
        assert folder.exists()
        await gateway.stop()
        assert not folder.exists()
        with pytest.raises(OSError, match=r"onnect"):
            await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(act())


def test_an_edit_of_the_section_is_followed_on_the_same_connection(tmp_path: Path):
    config = project(tmp_path, CONFIG, demo=DEMO)
    file = config / "data_sources.yaml"

    def value(key: str) -> Any:
        said = ask("get", key, cwd=tmp_path)
        return orjson.loads(said.out)["data"] if said.status == 0 else None

    def live(symbol: str) -> Callable[[], bool]:
        def look() -> bool:
            told = value("monitoring:ibkr:subscriptions") or {"subscribed": ()}
            rows = [one for one in told["subscribed"] if one["subject"] == symbol]
            return bool(rows) and all(one["state"] == "live" for one in rows)

        return look

    with running(cwd=tmp_path) as system:
        system.wait_for("✓ gateway    simulated")
        system.wait_for("✓ plugins")
        system.wait_until(live("SPY"))
        file.write_text(CONFIG.replace("[SPY]", "[SPY, QQQQ]"))
        system.wait_for("there is no instrument 'QQQQ'; did you mean 'QQQ'?")
        assert live("SPY")(), "an edit that is wrong changes nothing"
        file.write_text(CONFIG.replace("stocks: [SPY]", "stocks: [SPY, QQQ]"))
        system.wait_until(live("QQQ"))
        system.wait_until(lambda: (value("market:QQQ:book") or {}).get("kind") == "top")
        assert value("monitoring:ibkr:metrics")["connects"] == 1
        assert system.stop() == 0
