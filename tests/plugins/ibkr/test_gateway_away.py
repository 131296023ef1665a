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


class _Mute(asyncio.Transport):
    """Somebody listens, takes what is said, and answers nothing."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        pass


class _NobodyThere(Desk):
    elsewhere: tuple[int, ...] = ()
    is_mute = False

    def line(self, sink: Any) -> LibraryLine:
        async def refused(protocol: asyncio.Protocol, host: str, port: int) -> asyncio.Transport:
            if port in self.elsewhere:
                return self.gateway.attach(protocol)
            if self.is_mute and port == self.source.params.port:
                return _Mute()
            raise ConnectionRefusedError(111, f"Connect call failed ('{host}', {port})")

        return LibraryLine(sink, refused)


def status_where(
    environ: dict[str, str], *elsewhere: int, mute: bool = False, seconds: float = 6
) -> dict[str, Any]:
    async def main(clock: VirtualClock) -> dict[str, Any]:
        desk = _NobodyThere(Gateway(market(), clock), clock)
        desk.elsewhere, desk.is_mute = elsewhere, mute
        nobody: Any = None
        desk.context = EdgeContext(
            *("ibkr", desk.binding.instance, desk.store, clock, nobody), environ=environ
        )
        async with desk:
            await clock.sleep(seconds)
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


def told_where(seconds: float, then: float = 0.0) -> tuple[list[str], list[dict[str, Any]]]:
    """What it says of itself, each once, and its alerts; `then` somebody is there so long."""

    async def main(clock: VirtualClock) -> tuple[list[str], list[dict[str, Any]]]:
        desk = _NobodyThere(Gateway(market(), clock), clock)
        said: list[str] = []
        nobody: Any = None
        desk.context = EdgeContext(
            *("ibkr", desk.binding.instance, desk.store, clock, nobody),
            environ={},
            on_fares=lambda trouble: None if trouble in said[-1:] else said.append(trouble),
        )
        async with desk:
            await clock.sleep(seconds)
            if then:
                desk.elsewhere = (desk.source.params.port,)
                await clock.sleep(then)
            alerts = await desk.events("analytics:alerts")
        await desk.gateway.stop()
        return said, alerts

    return run_virtual(main, start=TEN)


def test_a_source_that_was_never_connected_passed_for_ok():
    said, alerts = told_where(10)
    assert len(said) == 1
    assert said[0].startswith("no connection to 127.0.0.1:7497 (TWS, paper): ")
    assert "Connect call failed ('127.0.0.1', 7497); start TWS or the Gateway" in said[0]
    assert alerts == [], "he who starts TWS a little later is not woken"


def test_no_alert_came_of_one_that_was_never_connected():
    said, alerts = told_where(95, 40)
    assert [one["kind"] for one in alerts] == ["anomaly", "recovered"]
    assert "Connect call failed" in alerts[0]["message"]
    assert alerts[1]["message"] == "ibkr: connected to 127.0.0.1:7497 (TWS, paper)"
    assert said[-1] == ""


def _prerequisites(status: dict[str, Any]) -> dict[str, Any]:
    return {one["what"]: one for one in status["prerequisites"]}


def test_with_the_port_closed_the_client_id_passed_for_free():
    found = _prerequisites(status_where({}))
    assert found["the API's port is open"]["ok"] is False
    assert found["client id 11 is free"]["ok"] is None


def test_of_a_tws_that_hung_the_port_passed_for_closed():
    """Somebody listened and said nothing: a person was told to start TWS, and where to open it."""
    status = status_where({}, mute=True, seconds=30)
    found = _prerequisites(status)
    assert found["the API's port is open"]["ok"] is True
    assert found["client id 11 is free"]["ok"] is None
    assert "did not answer" in status["reason"]
    assert status["do"] == found["the API's port is open"]["do"]
    assert status["do"].startswith("the port is open, but")
    assert "answer the dialog" in status["do"]
    assert "start TWS" not in status["do"]


def test_a_host_that_is_no_name_ended_the_handler():
    nobody: Any = None

    async def main() -> bool:
        return await LibraryLine(nobody).listens("gateway..lan", 4001)

    assert asyncio.run(main()) is False
