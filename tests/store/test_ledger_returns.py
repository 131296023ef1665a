"""A server that was killed and is back with less than it answered for: its ledger says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

from quanticity.clock import LiveClock
from quanticity.pace.ports import Ask, Span
from quanticity.store.address import Address
from quanticity.store.slots import RedisLedger
from tests.store.running import directory, until
from tests.store.test_demoted import server


def test_slots_that_a_server_with_snapshots_lost_were_taken_for_written() -> None:
    async def main(folder: Path) -> None:
        async def locate() -> Address:
            return Address(socket=str(folder / "a.sock"))

        async def take(number: int) -> int:
            asks = [Ask(f"p:{number}", 5.0)]
            return (await ledger.take("v", [Span(10, 60.0)], None, asks, 60.0)).granted

        returns: list[int] = []
        async with server(folder, "a") as admin:
            ledger = RedisLedger(locate, LiveClock())
            await ledger.start()
            ledger.returned.append(lambda: returns.append(1))
            assert await take(1) == 1
            await admin.save()
            assert await take(2) == 1
            assert [await ledger.knows("v", f"p:{one}") for one in (1, 2)] == [True, True]
            assert returns == []
        async with server(folder, "a"):
            await until(lambda: returns == [1])
            assert [await ledger.knows("v", f"p:{one}") for one in (1, 2)] == [True, False]
            assert await ledger.own("v", "p") == ["p:1"]
            assert await ledger.own("v", "q") == []
            await ledger.close()

    with directory() as folder:
        asyncio.run(main(folder))


def test_until_when_the_vendor_asked_to_wait_is_kept_on_the_server() -> None:
    async def main(folder: Path) -> None:
        async def locate() -> Address:
            return Address(socket=str(folder / "a.sock"))

        async with server(folder, "a") as admin:
            ledger, clock = RedisLedger(locate, LiveClock()), LiveClock()
            await ledger.start()
            assert await ledger.stopped("v") == 0.0
            until = clock.now() + 3600.0
            await ledger.stop("v", until)
            await ledger.stop("v", until - 1800.0)  # a shorter one changes nothing
            assert abs(await ledger.stopped("v") - until) < 1e-3
            assert 3_590_000 < await admin.pttl("slots:v:stop") <= 3_600_000
            await ledger.close()

    with directory() as folder:
        asyncio.run(main(folder))
