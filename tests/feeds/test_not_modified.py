"""A vendor that answers 304: what it sent last is looked at as if it had sent it once more."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from aiohttp import web

from quanticity.feeds.ports import Drift
from quanticity.feeds.transform import LoadedTransforms
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW
from tests.feeds.loopback import Bench, Handler, serving, whole_bench


class Stopped:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def unchanging(body: Any, **marks: str) -> Handler:
    """200 once, and 304 for as long as somebody says what it has."""
    named = {name.replace("_", "-"): text for name, text in (marks or {"ETag": '"1"'}).items()}

    async def answer(request: web.Request) -> web.StreamResponse:
        if {"If-None-Match", "If-Modified-Since"} & set(request.headers):
            return web.Response(status=304)
        return web.json_response(body, headers=named)

    return answer


FIELDS = {"conditional": True, "redis_key": "raw:v:quote"}


def test_a_vendors_time_never_grew_old_while_it_answered_that_nothing_changed() -> None:
    async def main() -> None:
        clock = Stopped()
        async with serving(unchanging({"t": NOW - 10})) as (url, _):
            fields = {"timestamp": {"path": "t", "format": "epoch"}, "max_age_seconds": 600}
            bench = Bench(url, {"quote": {"path": "/q", **FIELDS, **fields}}, clock=clock)
            for _ in range(3):
                await bench.run("quote")
                clock.at += 500
            await bench.vendor.close()
        told = [str(drift) for drift in bench.witness.drifts]
        assert told == ["v.quote: t: the latest time is 1010 s ago, in market hours"]
        assert bench.feeds["quote"].stats.behind

    asyncio.run(main())


def test_a_value_without_a_time_of_its_own_was_as_old_as_its_first_answer() -> None:
    async def main() -> None:
        clock = Stopped()
        async with serving(unchanging({"t": None})) as (url, _):
            fields = {"timestamp": {"path": "t", "format": "epoch"}}
            bench = Bench(url, {"quote": {"path": "/q", **FIELDS, **fields}}, clock=clock)
            for _ in range(3):
                await bench.run("quote")
                clock.at += 500
            await bench.vendor.close()
        assert [write.timestamp for write in bench.store.writes] == [NOW, NOW + 500, NOW + 1000]

    asyncio.run(main())


def test_an_edited_contract_never_saw_a_body_that_its_vendor_did_not_send_again() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        bench.contracts.answer = (Drift("v.quote", "p", "is no text", NOW),)
        await bench.run("quote")
        assert len(arrived) == 2
        assert [str(drift) for drift in bench.witness.drifts] == ["v.quote: p: is no text"]

    whole_bench(unchanging({"p": 1}), {"contract": "quote.json", **FIELDS}, check)


def age(payload: Any, config: Mapping[str, Any], state: Any) -> tuple[Any, Any]:
    return {"age": config["context"].received - payload["t"]}, state


def total(payload: Any, config: Mapping[str, Any], state: Any) -> tuple[Any, Any]:
    count = (state or {"runs": 0})["runs"] + 1
    return {"runs": count}, {"runs": count}


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("age", [{"age": 10.0}, {"age": 510.0}, {"age": 1010.0}]),
        ("total", [{"runs": 1}, {"runs": 2}, {"runs": 3}]),
    ],
)
@pytest.mark.parametrize("conditional", [True, False])
def test_a_transform_that_looks_at_the_time_stood_still_while_nothing_changed(
    name: str, made: list[Any], conditional: bool
) -> None:
    """Whether a vendor sends the same once more or says so makes no difference."""

    async def main() -> None:
        clock = Stopped()
        async with serving(unchanging({"t": NOW - 10})) as (url, _):
            fields = {**FIELDS, "transform": name, "conditional": conditional}
            bench = Bench(url, {"quote": {"path": "/q", **fields}}, clock=clock)
            feed = bench.feeds["quote"]
            functions = {"age": age, "total": total}
            transforms = LoadedTransforms(clock, bench.store, functions)
            feed.recipe.around = dataclasses.replace(feed.recipe.around, transforms=transforms)
            for _ in range(3):
                await bench.run("quote")
                clock.at += 500
            await bench.vendor.close()
        found = [w.data for w in bench.store.writes if w.key == "feed:v:quote"]
        assert [orjson.loads(data) for data in found] == made

    asyncio.run(main())


class Mistaken(list[Any]):
    """Stands for what nobody thought of."""

    def __iter__(self) -> Any:
        raise ValueError("nobody thought of this")


def test_events_of_a_run_that_broke_off_were_lost_while_nothing_changed() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        bench.contracts.answer = Mistaken()
        await bench.run("quote")
        assert bench.store.streams == {}
        bench.contracts.answer = ()
        await bench.run("quote", times=3)
        assert len(arrived) == 4
        rows = [envelope.data for _, envelope in bench.store.streams["raw:v:quote"]]
        assert rows == [{"id": 1}, {"id": 2}]
        assert bench.error("quote") == ""

    fields = {"kind": "events", "contract": "rows.json", **FIELDS}
    whole_bench(unchanging([{"id": 2}, {"id": 1}]), fields, check)


def test_long_ids_of_a_run_that_broke_off_were_others_when_nothing_changed() -> None:
    """Read as floats they were rounded, and rows that had been written came once more."""

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        bench.contracts.answer = Mistaken()
        await bench.run("quote")
        bench.contracts.answer = ()
        await bench.run("quote")
        (state,) = (text for name, text in bench.store.states.items() if name.startswith("seen"))
        assert sorted(orjson.loads(state)) == ["123456789012345678901", "123456789012345678902"]

    async def vendor(request: web.Request) -> web.StreamResponse:
        if "If-None-Match" in request.headers:
            return web.Response(status=304)
        text = '[{"id": 123456789012345678901}, {"id": 123456789012345678902}]'
        return web.Response(text=text, content_type="application/json", headers={"ETag": '"1"'})

    paging = {"type": "cursor", "cursor": "next", "param": "cursor", "id": "id"}
    fields = {"kind": "events", "contract": "rows.json", "paging": paging, **FIELDS}
    whole_bench(vendor, fields, check)
