"""The local server: addresses, limits that are counted at arrival, faults."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

import aiohttp
import pytest

from quanticity.clock import LiveClock, MarketCalendar
from quanticity.sim.faults import FaultPlan
from quanticity.sim.faults.catalog import (
    CloseAfter,
    Drop,
    Latency,
    ResetMidFrame,
    ServerError,
    Truncated,
)
from quanticity.sim.vendors.limits import Over, VendorLimits
from quanticity.sim.vendors.registry import address_for, base_url_for
from quanticity.sim.vendors.server import SimVendors
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route, Vendor

MORNING = 1_767_625_200.0
CALENDAR = MarketCalendar()


class Echo(Vendor):
    name = "echo"
    hosts: ClassVar[Mapping[str, str]] = {"echo.example": "echo"}
    limits = VendorLimits(windows=((5, 1.0),), max_in_flight=2)

    def routes(self):
        params = (Param("n", "int", minimum=1), Param("tag[]"), Param("must", required=True))
        return [Route("/say/{word}", self.say, params), Route("/say/hush", self.hush)]

    def say(self, request: Request) -> Answer:
        return Answer.json({**request.values, "text": "x" * 1000})

    def hush(self, request: Request) -> Answer:
        return Answer.json("hush")


Talk = Callable[[SimVendors, str, aiohttp.ClientSession], Awaitable[Any]]


def serve(talk: Talk, **options: Any) -> Any:
    async def main() -> Any:
        clock = LiveClock(MORNING)
        server = SimVendors(clock, CALENDAR, 7, options.pop("delay_ms", (0, 0)), **options)
        root = await server.start()
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session:
                return await talk(server, root, session)
        finally:
            await server.stop()

    return asyncio.run(main())


def echo(talk: Talk, **options: Any) -> Any:
    return serve(talk, vendors=[Echo(None)], **options)  # type: ignore[arg-type]


def test_placeholders_and_parameters_reach_the_handler():
    async def talk(server, root, session):
        async with session.get(f"{root}/echo/say/hi?n=3&tag[]=a&tag[]=b&must=1") as answer:
            return await answer.json()

    body = echo(talk)
    assert {name: body[name] for name in ("word", "n", "tag[]", "must")} == {
        "word": "hi",
        "n": 3,
        "tag[]": ["a", "b"],
        "must": "1",
    }


@pytest.mark.parametrize("query", ["n=3", "must=1&n=x", "must=1&n=0"])
def test_a_missing_or_wrong_parameter_is_refused(query):
    async def talk(server, root, session):
        async with session.get(f"{root}/echo/say/hi?{query}") as answer:
            return answer.status

    assert echo(talk) == 400


def test_a_literal_path_wins_over_a_placeholder():
    async def talk(server, root, session):
        async with session.get(f"{root}/echo/say/hush") as answer:
            return await answer.json()

    assert echo(talk) == "hush"


def test_unknown_prefixes_and_paths_are_not_found():
    async def talk(server, root, session):
        statuses = []
        for path in ("/nobody/x", "/echo/nothing"):
            async with session.get(root + path) as answer:
                statuses.append(answer.status)
        return statuses

    assert echo(talk) == [404, 404]


def test_an_arrival_over_a_window_is_refused_and_noted():
    async def talk(server, root, session):
        statuses = []
        for _ in range(7):
            async with session.get(f"{root}/echo/say/hush") as answer:
                statuses.append(answer.status)
        return statuses, server.violations(), server.arrivals("echo")

    statuses, violations, arrivals = echo(talk)
    assert statuses == [200] * 5 + [429] * 2
    assert [(one.over, one.count, one.limit) for one in violations] == [
        (Over.WINDOW, 6, 5),
        (Over.WINDOW, 7, 5),
    ]
    assert len(arrivals) == 7


def test_requests_in_flight_are_counted_while_the_answer_travels():
    async def talk(server, root, session):
        async def one() -> int:
            async with session.get(f"{root}/echo/say/hush") as answer:
                return int(answer.status)

        statuses = await asyncio.gather(*(one() for _ in range(4)))
        return sorted(statuses), {one.over for one in server.violations()}

    limits = {"echo": VendorLimits(max_in_flight=2)}
    assert echo(talk, limits=limits, delay_ms=(50, 50)) == (
        [200, 200, 429, 429],
        {Over.IN_FLIGHT},
    )


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (ServerError(), 500),
        (ServerError(status=503), 503),
        (Truncated(), aiohttp.ClientPayloadError),
        (ResetMidFrame(), aiohttp.ClientPayloadError),
        (CloseAfter(), 200),
    ],
)
def test_a_fault_reaches_the_caller_and_counts_as_an_arrival(fault, outcome):
    async def talk(server, root, session):
        plan.inject(fault)
        try:
            async with session.get(f"{root}/echo/say/hi?must=1") as answer:
                await answer.read()
                got = answer.status
        except aiohttp.ClientError as error:
            got = type(error)
        return got, len(server.arrivals("echo"))

    plan = FaultPlan()
    assert echo(talk, plan=plan) == (outcome, 1)
    assert plan.counters == {f"http.{fault.name}": 1}


def test_a_late_answer_was_kept_for_a_caller_who_had_gone():
    async def talk(server, root, session):
        plan.inject(*[Latency(seconds=1e9)] * 3)
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await session.get(f"{root}/echo/say/hush")
        gate = server.gate("echo", "")
        async with asyncio.timeout(5):
            while gate.in_flight:  # noqa: ASYNC110  # a request beside changes it
                await asyncio.sleep(0.02)
        return gate.arrived, gate.in_flight

    plan = FaultPlan()
    assert echo(talk, plan=plan, limits={"echo": VendorLimits(max_in_flight=9)}) == (3, 0)


def test_a_dropped_connection_makes_a_careless_client_send_twice():
    async def talk(server, root, session):
        async with session.get(f"{root}/echo/say/hush") as answer:
            await answer.read()
        plan.inject(Drop())
        async with session.get(f"{root}/echo/say/hush") as answer:
            await answer.read()
        return len(server.arrivals("echo"))

    plan = FaultPlan()
    assert echo(talk, plan=plan) == 3


def test_two_servers_share_nothing():
    async def talk(server, root, session):
        async with session.get(f"{root}/echo/say/hush") as answer:
            await answer.read()
        other = SimVendors(LiveClock(), CALENDAR, 7, (0, 0), vendors=[Echo(None)])  # type: ignore[arg-type]
        async with session.get(f"{await other.start()}/echo/say/hush") as answer:
            await answer.read()
        await other.stop()
        return len(server.arrivals("echo")), len(other.arrivals("echo"))

    assert echo(talk) == (1, 1)


def test_addresses_go_by_host_then_by_name_and_else_nowhere():
    root = "http://127.0.0.1:1"
    real = "https://api.unusualwhales.com/api"
    assert base_url_for("uw", real, root) == f"{root}/unusual_whales/api"
    assert base_url_for("unusual_whales", "https://other/api", root) == f"{root}/unusual_whales/api"
    assert base_url_for("mine", "https://other/api", root) is None
    assert (
        address_for("wss://api.unusualwhales.com/socket?token=x", root)
        == "ws://127.0.0.1:1/unusual_whales/socket?token=x"
    )
