from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from quanticity.clock import LiveClock
from quanticity.component import TransformContext
from quanticity.config.module_file import load_module
from quanticity.errors import StoreUnavailable, TransformError
from quanticity.feeds.transform import Function, LoadedTransforms
from quanticity.feeds.transform_memory import parts_of, state_name
from quanticity.feeds.transform_run import LARGEST
from tests.feeds.fakes import MemoryStore

FEED = "uw.spot_gex:SPY"
NOTES = {"flatten_nested": True, "parse_timestamps": True, "calculate_deltas": True}


class StillClock(LiveClock):
    """Time that moves by `step` whenever it is asked."""

    def __init__(self, step: float = 0.0) -> None:
        super().__init__()
        self.step = step
        self.at = 0.0

    def monotonic(self) -> float:
        self.at += self.step
        return self.at


class Bench:
    def __init__(
        self, *functions: Function, store: MemoryStore | None = None, step: float = 0.0
    ) -> None:
        self.store = store or MemoryStore()
        named = {function.__name__: function for function in functions}
        self.loaded = LoadedTransforms(StillClock(step), self.store, named)

    def run(
        self,
        name: str | None,
        payload: Any,
        options: Mapping[str, Any] | None = None,
        values: Mapping[str, str] | None = None,
        feed: str = FEED,
    ) -> Any:
        data = self.loaded.apply(
            feed, name, payload, options=options or {}, values=values or {}, received=5.0
        )
        return orjson.loads(data)


def wrap(payload: Any, config: Mapping[str, Any], state: Any) -> tuple[Any, Any]:
    return {"value": payload}, None


def count(payload: Any, config: Mapping[str, Any], state: Any) -> tuple[Any, Any]:
    seen = (state or 0) + 1
    return {"seen": seen}, seen


@pytest.fixture
def lines() -> Any:
    said: list[str] = []
    handler = logger.add(lambda message: said.append(message.record["message"]), level="DEBUG")
    yield said
    logger.remove(handler)


def test_a_transform_is_given_payload_options_and_context() -> None:
    seen: dict[str, Any] = {}

    def look(payload: Any, config: Mapping[str, Any], state: Any) -> tuple[Any, Any]:
        seen.update(config)
        return payload, None

    Bench(look).run("look", [1], {"levels": 3}, {"symbol": "SPY"})
    assert seen["levels"] == 3
    assert seen["context"] == TransformContext(FEED, {"symbol": "SPY"}, 5.0)


def test_a_transform_cannot_change_its_options() -> None:
    def spoil(payload: Any, config: Any, state: Any) -> tuple[Any, Any]:
        config["levels"] = 4
        return payload, None

    with pytest.raises(TransformError, match="TypeError"):
        Bench(spoil).run("spoil", [1], {"levels": 3})


def test_what_a_transform_remembers_comes_back_to_it_after_a_restart() -> None:
    bench = Bench(count)
    assert [bench.run("count", None)["seen"] for _ in range(3)] == [1, 2, 3]
    again = Bench(count, store=bench.store)
    asyncio.run(again.loaded.restore(FEED))
    assert again.run("count", None)["seen"] == 4


def test_feeds_and_values_of_one_feed_remember_for_themselves() -> None:
    bench = Bench(count)
    for expiry in ("2026-01-16", "2026-01-23"):
        assert bench.run("count", None, values={"expiry": expiry})["seen"] == 1
    assert bench.run("count", None, values={"expiry": "2026-01-16"})["seen"] == 2
    assert bench.run("count", None, feed="other")["seen"] == 1
    again = Bench(count, store=bench.store)
    asyncio.run(again.loaded.restore(FEED))
    assert again.run("count", None, values={"expiry": "2026-01-16"})["seen"] == 3
    assert again.run("count", None, values={"expiry": "2026-01-23"})["seen"] == 2


def test_each_expiry_that_ever_was_was_remembered_for_ever() -> None:
    bench = Bench(count)
    days = [{"expiry": f"2026-{month:02}-{day:02}"} for month in range(1, 13) for day in (2, 9, 16)]
    for first in range(len(days) - 3):
        now = days[first : first + 4]
        bench.loaded.keep(FEED, now)
        for values in now:
            bench.run("count", None, values=values)
    again = Bench(count, store=bench.store)
    asyncio.run(again.loaded.restore(FEED))
    saved = asyncio.run(again.store.state(state_name(FEED)))
    assert saved is not None
    # Those of the last run, and as many that were before: one may come back.
    assert sorted(parts_of(FEED, saved)) == [f"expiry={one['expiry']}" for one in days[-8:]]
    assert again.run("count", None, values=days[-5])["seen"] == 5
    assert again.run("count", None, values=days[0])["seen"] == 1


def test_a_restart_and_no_restart_give_the_same_bytes() -> None:
    def tuples(payload: Any, config: Any, state: Any) -> tuple[Any, Any]:
        kept = [*(state or ()), (payload, 0.1)]
        return {"kept": kept}, tuple(kept)

    through, broken = Bench(tuples), Bench(tuples)
    for number in range(4):
        straight = through.run("tuples", number)
        broken = Bench(tuples, store=broken.store)
        asyncio.run(broken.loaded.restore(FEED))
        assert broken.run("tuples", number) == straight


def test_what_is_remembered_is_asked_for_once_and_never_overwritten_by_it() -> None:
    async def scenario() -> None:
        bench = Bench(count)
        await bench.loaded.restore(FEED)
        bench.run("count", None)
        bench.store.states.clear()
        await bench.loaded.restore(FEED)
        assert bench.run("count", None)["seen"] == 2

    asyncio.run(scenario())


def test_a_store_that_is_away_keeps_no_transform_from_running() -> None:
    class Away(MemoryStore):
        away = True

        async def state(self, name: str) -> bytes | None:
            if self.away:
                raise StoreUnavailable("away")
            return await super().state(name)

    async def scenario() -> None:
        store = Away()
        bench = Bench(count, store=store)
        await bench.loaded.restore(FEED)
        assert bench.run("count", None)["seen"] == 1
        store.away = False
        await bench.loaded.restore(FEED)
        assert bench.run("count", None)["seen"] == 2

    asyncio.run(scenario())


def test_nothing_remembered_is_nothing_saved() -> None:
    bench = Bench(wrap)
    bench.run("wrap", 1)
    assert bench.store.states == {}


def test_state_of_another_transform_is_not_taken_for_ones_own() -> None:
    bench = Bench(count, wrap)
    bench.run("count", None)

    def look(payload: Any, config: Any, state: Any) -> tuple[Any, Any]:
        return {"state": state}, None

    bench.loaded.swap("look", look)
    assert bench.run("look", None) == {"state": None}


def test_saved_state_that_cannot_be_read_is_given_up(lines: list[str]) -> None:
    for text in (b"\x00", b"[1]", b'{"": 7}'):
        bench = Bench(count)
        bench.store.states[f"transform:{FEED}"] = text
        asyncio.run(bench.loaded.restore(FEED))
        assert bench.run("count", None)["seen"] == 1
    assert any("cannot be read" in line for line in lines)


def load(folder: Path, source: str) -> Function:
    file = folder / "made.py"
    file.write_text(source)
    return load_module(file, file.read_bytes(), "transforms/made.py").functions["made"]


def test_a_new_version_that_cannot_use_the_old_state_begins_anew(
    tmp_path: Path, lines: list[str]
) -> None:
    old = "def transform(payload, config, state):\n    return 1, (state or 0) + 1\n"
    new = "def transform(payload, _, state):\n    return 2, {**(state or {}), 'n': payload.pop()}\n"
    bench = Bench()
    bench.loaded.swap("made", load(tmp_path, old))
    bench.run("made", [1])
    bench.loaded.swap("made", load(tmp_path, new))
    assert bench.run("made", [1]) == 2
    assert bench.loaded.counts["made"].states_dropped == 1
    assert any("begins anew" in line for line in lines)
    assert bench.run("made", [1]) == 2
    assert bench.loaded.counts["made"].states_dropped == 1


def test_a_transform_that_raises_is_told_with_file_line_and_cause(tmp_path: Path) -> None:
    source = (
        "def transform(payload, config, state):\n    part = payload['a']\n    return part, None\n"
    )
    bench = Bench()
    bench.loaded.swap("made", load(tmp_path, source))
    with pytest.raises(TransformError) as caught:
        bench.run("made", {})
    said = str(caught.value)
    assert said.startswith(f"{FEED}: transform 'made' (")
    assert "made.py:2): KeyError: 'a'" in said
    assert bench.loaded.counts["made"].failures == 1
    assert bench.run("made", {"a": 1}) == 1


def returning(value: Any) -> Function:
    def odd(payload: Any, config: Any, state: Any) -> Any:
        return value

    return odd


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (None, "it returned nothing"),
        ({"a": 1}, "it returned a dict"),
        ((1, 2, 3), "it returned 3 things"),
        (("ab"), "it returned a str"),
        (({1, 2}, None), "its value cannot be written as JSON"),
        ((1, object()), "its state cannot be written as JSON"),
        ((2**70, None), "its value cannot be written as JSON"),
        (("\ud800", None), "its value cannot be written as JSON"),
    ],
)
def test_nonsense_is_told_for_what_it_is(returned: Any, said: str) -> None:
    with pytest.raises(TransformError, match=said):
        Bench(returning(returned)).run("odd", 1)


def test_a_value_of_hundreds_of_megabytes_went_to_the_store_which_then_was_away() -> None:
    for told, returned in (("value", ("x" * LARGEST, None)), ("state", (1, "x" * LARGEST))):
        with pytest.raises(TransformError, match=f"its {told} has 100,000,\\d+ bytes of JSON"):
            Bench(returning(returned)).run("odd", 1)


def test_endless_nesting_is_told_too() -> None:
    knot: list[Any] = []
    knot.append(knot)
    with pytest.raises(TransformError, match="its value"):
        Bench(returning((knot, None))).run("odd", 1)

    def deep(payload: Any, config: Any, state: Any) -> Any:
        return deep(payload, config, state)

    with pytest.raises(TransformError, match="RecursionError"):
        Bench(deep).run("deep", 1)


def test_an_async_transform_and_one_that_leaves_are_only_failures() -> None:
    async def odd(payload: Any, config: Any, state: Any) -> Any:
        return payload, None

    def leave(payload: Any, config: Any, state: Any) -> Any:
        raise SystemExit(3)

    with pytest.raises(TransformError, match="not `async def`"):
        Bench(odd).run("odd", 1)
    with pytest.raises(TransformError, match="SystemExit: 3"):
        Bench(leave).run("leave", 1)


class _Own(BaseException):
    pass


@pytest.mark.parametrize("raised", [KeyboardInterrupt, _Own], ids=["ctrl_c", "own"])
def test_a_transform_that_raised_what_is_no_exception_ended_the_run(
    raised: type[BaseException],
) -> None:
    def odd(payload: Any, config: Any, state: Any) -> Any:
        raise raised("mine")

    line = odd.__code__.co_firstlineno + 1
    with pytest.raises(TransformError, match=rf"test_transform\.py:{line}\): .*: mine"):
        Bench(odd).run("odd", 1)


def test_ctrl_c_while_a_transform_computes_is_no_failure_of_its_feed() -> None:
    def slow(payload: Any, config: Any, state: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return payload, None

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            Bench(slow).run("slow", 1)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_transform_that_raises_what_stops_tasks_is_a_failure_as_any_other() -> None:
    """Taken for our own cancelling, its feed fell silent and nobody was told."""
    for raised in (asyncio.CancelledError("mine"), GeneratorExit("mine")):

        def odd(payload: Any, config: Any, state: Any, raised: BaseException = raised) -> Any:
            raise raised

        with pytest.raises(TransformError, match=f"{type(raised).__name__}: mine"):
            Bench(odd).run("odd", 1)


def test_an_error_that_has_no_words_of_its_own_is_told_all_the_same() -> None:
    class Wordless(Exception):
        def __str__(self) -> str:
            raise ValueError("not even that")

    def odd(payload: Any, config: Any, state: Any) -> Any:
        raise Wordless

    with pytest.raises(TransformError, match=r"Wordless$"):
        Bench(odd).run("odd", 1)


def test_an_unknown_transform_is_told_with_the_near_miss() -> None:
    with pytest.raises(TransformError, match=r"no transform 'rap'; did you mean 'wrap'\?"):
        Bench(wrap).run("rap", 1)


def test_figures_that_json_cannot_hold_become_null_and_are_counted(lines: list[str]) -> None:
    bench = Bench(returning(({"a": float("nan"), "b": [float("inf"), None, 1.5]}, None)))
    for _ in range(3):
        assert bench.run("odd", 1) == {"a": None, "b": [None, None, 1.5]}
    assert bench.loaded.counts["odd"].nulls == 6
    assert len([line for line in lines if "NaN" in line]) == 1


def test_what_numbers_are_made_of_elsewhere_is_written_as_numbers() -> None:
    value = {
        "a": np.float64(1.5),
        "b": np.arange(3),
        "c": Decimal("1.10"),
        "d": Decimal("NaN"),
        "e": datetime(2026, 1, 5, tzinfo=UTC),
        5: "strike",
    }
    assert Bench(returning((value, None))).run("odd", 1) == {
        "a": 1.5,
        "b": [0, 1, 2],
        "c": 1.1,
        "d": None,
        "e": "2026-01-05T00:00:00+00:00",
        "5": "strike",
    }


def test_options_work_without_a_transform() -> None:
    bench = Bench()
    payload = {"data": {"time": "2026-01-05T15:00:00Z", "gamma": {"oi": "2.5"}}}
    bench.run(None, payload, NOTES)
    later = {"data": {"time": "2026-01-05T15:01:00Z", "gamma": {"oi": "3.0"}}}
    assert bench.run(None, later, NOTES) == {
        "data.time": 1_767_625_260.0,
        "data.gamma.oi": "3.0",
        "delta_data.gamma.oi": 0.5,
    }


def test_a_vendor_that_renames_a_field_is_followed_in_yaml() -> None:
    def price(payload: Any, config: Any, state: Any) -> tuple[Any, Any]:
        return [row["price"] for row in payload["data"]], state

    bench = Bench(price)
    body = {"data": [{"last_price": "1.5"}, {"price": "2.5", "last_price": "9"}]}
    assert bench.run("price", body, {"field_map": {"price": "last_price"}}) == ["1.5", "2.5"]


def test_fields_are_renamed_without_a_transform_too() -> None:
    body = {"data": [{"p": 1, "deep": {"p": 2}}]}
    assert Bench().run(None, body, {"field_map": {"price": "p"}}) == {
        "data": [{"deep": {"price": 2}, "price": 1}]
    }


def test_options_come_after_the_transform_and_leave_its_state_alone() -> None:
    def keep(payload: Any, config: Any, state: Any) -> tuple[Any, Any]:
        value = {"deep": {"n": len(state or [])}, "seen": state or []}
        return value, [*(state or []), value]

    bench = Bench(keep)
    bench.run("keep", None, NOTES)
    second = bench.run("keep", None, NOTES)
    assert second["deep.n"] == 1
    assert second["delta_deep.n"] == 1
    assert second["seen"] == [{"deep.n": 0, "seen": []}]


def test_a_zone_that_is_none_is_told() -> None:
    with pytest.raises(TransformError, match="no time zone 'Mars'"):
        Bench().run(None, {"time": "2026-01-05 10:00"}, {"parse_timestamps": {"zone": "Mars"}})


def test_a_slow_transform_is_told_once_and_counted(lines: list[str]) -> None:
    bench = Bench(wrap, step=0.3)
    for _ in range(3):
        bench.run("wrap", 1)
    counts = bench.loaded.counts["wrap"]
    assert (counts.runs, counts.over_budget) == (3, 3)
    assert counts.longest_seconds == pytest.approx(0.3)
    assert len([line for line in lines if "took 0.30 s" in line]) == 1


def test_a_large_payload_is_transformed_beside_the_loop() -> None:
    threads = []

    def look(payload: Any, config: Any, state: Any) -> tuple[Any, Any]:
        threads.append(threading.current_thread())
        return len(payload), (state or 0) + 1

    async def scenario() -> None:
        bench = Bench(look)
        for size in (10, 10_000_000):
            data = await bench.loaded.apply_aside(
                FEED, "look", [1, 2], size=size, options={}, values={}, received=5.0
            )
            assert data == b"2"
        assert threads[0] is threading.main_thread()
        assert threads[1] is not threading.main_thread()
        assert b'"state":2' in bench.store.states[f"transform:{FEED}"]

        def fail(payload: Any, config: Any, state: Any) -> tuple[Any, Any]:
            raise ValueError("no chain")

        bench.loaded.swap("look", fail)
        with pytest.raises(TransformError, match="ValueError: no chain"):
            await bench.loaded.apply_aside(
                FEED, "look", [], size=10_000_000, options={}, values={}, received=5.0
            )
        assert bench.loaded.counts["look"].failures == 1

    asyncio.run(scenario())


def test_a_swap_counts_on_and_a_removed_transform_is_gone() -> None:
    bench = Bench(wrap, count)
    bench.run("wrap", 1)
    bench.loaded.replace({"wrap": returning((7, None))})
    assert bench.run("wrap", 1) == 7
    assert bench.loaded.counts["wrap"].runs == 2
    with pytest.raises(TransformError):
        bench.run("count", 1)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["symbol", "time", "bid", "x.y"]),
            st.none()
            | st.integers()
            | st.text(max_size=4)
            | st.dictionaries(
                st.text(max_size=3), st.floats(allow_nan=False, allow_infinity=False)
            ),
            max_size=4,
        ),
        max_size=5,
    )
)
def test_any_payload_goes_through_all_options(rows: list[Any]) -> None:
    bench = Bench()
    options = {**NOTES, "numbers": True}
    for _ in range(2):
        payload = orjson.loads(json.dumps({"data": rows}))
        assert len(bench.run(None, payload, options)["data"]) == len(rows)
