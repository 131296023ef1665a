"""No gateway is there: what a person is told to do, of a real one and of a simulated one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from plugins.ibkr.library import LibraryLine
from quanticity.clock import VirtualClock, run_virtual
from quanticity.runtime.edge_context import EdgeContext
from quanticity.runtime.stand_ins import variable
from quanticity.sim.gateway.gateway import Gateway
from tests.plugins.ibkr.rig import TEN, Desk, market


class _NobodyThere(Desk):
    elsewhere: tuple[int, ...] = ()

    def line(self, sink: Any) -> LibraryLine:
        async def refused(protocol: asyncio.Protocol, host: str, port: int) -> asyncio.Transport:
            if port in self.elsewhere:
                return self.gateway.attach(protocol)
            raise ConnectionRefusedError(111, f"Connect call failed ('{host}', {port})")

        return LibraryLine(sink, refused)


def status_where(environ: dict[str, str], *elsewhere: int) -> dict[str, Any]:
    async def main(clock: VirtualClock) -> dict[str, Any]:
        desk = _NobodyThere(Gateway(market(), clock), clock)
        desk.elsewhere = elsewhere
        nobody: Any = None
        desk.context = EdgeContext(
            *("ibkr", desk.binding.instance, desk.store, clock, nobody), environ=environ
        )
        async with desk:
            await clock.sleep(6)
            found: dict[str, Any] = await desk.get("monitoring:ibkr:status")
        assert found["state"] == "down"
        return found

    return run_virtual(main, start=TEN)


def test_of_a_simulated_gateway_that_was_down_a_person_was_told_to_start_tws():
    found = status_where({variable("ibkr"): "127.0.0.1:40123"})
    assert found["address"] == "127.0.0.1:40123 (simulated)"
    assert "TWS" not in found["do"]
    assert "this run, which begins it again by itself" in found["do"]


@pytest.mark.parametrize("environ", [{}])
def test_of_a_real_one_he_is_told_what_to_start_and_what_does_without(environ: dict[str, str]):
    do = status_where(environ)["do"]
    assert "start TWS or the Gateway, and enable its API" in do
    assert "`python main.py sim gateway --port 7497`" in do


def test_one_who_runs_the_gateway_where_tws_is_looked_for_is_told_its_port():
    """Only the configured port was looked at: he was told to start what ran already."""
    found = status_where({}, 4002, 4001)
    assert found["state"] == "down", "and nobody is connected to what may trade real money"
    assert found["do"].startswith(
        "something listens at 4002 (Gateway, paper) and 4001 (Gateway, live): "
        "if that is the one, set `ibkr.port: 4002`; else start TWS or the Gateway"
    )


def test_a_simulated_gateway_that_is_down_is_looked_for_nowhere_else():
    assert "listens" not in status_where({variable("ibkr"): "127.0.0.1:40123"}, 4002)["do"]


def test_a_host_that_is_no_name_ended_the_handler():
    nobody: Any = None

    async def main() -> bool:
        return await LibraryLine(nobody).listens("gateway..lan", 4001)

    assert asyncio.run(main()) is False
