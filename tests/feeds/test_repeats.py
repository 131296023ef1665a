"""Bodies that come again: what is made of them is what would be made of each anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from quanticity.component import TransformContext
from quanticity.feeds.repeats import Watched
from quanticity.feeds.transform import Function, LoadedTransforms
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW
from tests.feeds.loopback import Bench, answering, in_turn, whole_bench
from tests.feeds.test_transform import Bench as Loaded

FEED = "v.quote:SPY"
Config = Mapping[str, Any]


class Counted:
    """A transform's runs, with values asked for as a delivery does."""

    def __init__(self, function: Function) -> None:
        self.runs = 0

        def f(payload: Any, config: Config, state: Any) -> tuple[Any, Any]:
            self.runs += 1
            value, kept = function(payload, config, state)
            return value, kept

        self.loaded: LoadedTransforms = Loaded(f).loaded

    def value(
        self, body: Any, at: float = 5.0, options: Config | None = None, symbol: str = "SPY"
    ) -> Any:
        digest, values = str(body), {"symbol": symbol}
        found = self.loaded.made_before(FEED, "f", digest, options=options or {}, values=values)
        if found is None:
            told: Any = {"options": options or {}, "values": values, "received": at}
            found = self.loaded.apply(FEED, "f", body, digest=digest, **told)
        return orjson.loads(found)


def plain(payload: Any, config: Config, state: Any) -> tuple[Any, Any]:
    return {"is": payload, "times": config.get("times"), "of": dict(config["context"].values)}, None


def timed(payload: Any, config: Config, state: Any) -> tuple[Any, Any]:
    return {"age": config["context"].received - payload}, None


def summing(payload: Any, config: Config, state: Any) -> tuple[Any, Any]:
    return (state or 0) + payload, (state or 0) + payload


def test_a_body_that_keeps_coming_is_transformed_twice() -> None:
    counted = Counted(plain)
    values = [counted.value(1) for _ in range(10)]
    assert counted.runs == 2
    assert values == [values[0]] * 10


def test_nothing_is_held_of_bodies_that_never_come_again() -> None:
    counted = Counted(plain)
    for body in range(5):
        counted.value(body)
    held = counted.loaded._repeats._made[FEED].values()
    assert [made.data for made in held] == [None]
    counted.loaded.forget(FEED)
    assert not counted.loaded._repeats._made


def test_what_looks_at_the_time_is_asked_each_time() -> None:
    counted = Counted(timed)
    ages = [counted.value(1, at=float(at))["age"] for at in range(5)]
    assert ages == [-1, 0, 1, 2, 3]


def test_what_remembers_is_asked_each_time() -> None:
    counted = Counted(summing)
    assert [counted.value(2) for _ in range(5)] == [2, 4, 6, 8, 10]


def test_an_edited_transform_makes_a_held_value_anew() -> None:
    counted = Counted(plain)
    for _ in range(3):
        counted.value(1)

    def f(payload: Any, config: Config, state: Any) -> tuple[Any, Any]:
        return "edited", None

    counted.loaded.swap("f", f)
    counted.loaded._named["f"].mark = "of another edition"
    assert counted.value(1) == "edited"


@given(
    st.sampled_from([plain, timed, summing]),
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["SPY", "QQQ"]), st.sampled_from([1, 2])),
        max_size=12,
    ),
)
def test_held_or_not_the_values_are_the_same(
    function: Function, asked: list[tuple[int, str, int]]
) -> None:
    holding = Counted(function)
    anew = Counted(function)
    for at, (body, symbol, times) in enumerate(asked):
        anew.loaded._repeats.forget(FEED)
        given_ = (body, float(at), {"times": times}, symbol)
        assert holding.value(*given_) == anew.value(*given_)


def test_the_context_of_a_run_equals_a_plain_one() -> None:
    context = Watched(FEED, {"symbol": "SPY"}, 5.0)
    assert context == TransformContext(FEED, {"symbol": "SPY"}, 5.0)
    assert context != TransformContext(FEED, {"symbol": "SPY"}, 6.0)
    assert context != 5.0
    with pytest.raises(AttributeError):
        context.received = 7.0


def test_a_body_that_comes_again_is_stored_as_of_now_with_the_time_that_it_states() -> None:
    body = orjson.dumps({"t": NOW - 30, "p": 1})

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        for _ in range(3):
            await bench.run("quote")
        writes = [write for write in bench.store.writes if write.key == "raw:v:quote"]
        assert [write.data for write in writes] == [body] * 3
        assert {write.timestamp for write in writes} == {NOW - 30}
        made = [write.data for write in bench.store.writes if write.key == "feed:v:quote"]
        assert made == [made[0]] * 3
        assert bench.feeds["quote"].stats.unchanged == 2

    spec = {"transform": "rows", "timestamp": {"path": "t", "format": "epoch"}}
    whole_bench(answering(body), spec, check)


def test_an_error_between_two_equal_bodies_is_seen() -> None:
    good, bad = b'{"p":1}', b'{"error":"no such symbol"}'

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        errors = []
        for _ in range(4):
            await bench.run("quote")
            errors.append("no such symbol" in bench.error("quote"))
        assert errors == [False, True, False, False]

    spec = {"errors": [{"path": "error"}]}
    whole_bench(in_turn(*map(answering, (good, bad, good, good))), spec, check)
