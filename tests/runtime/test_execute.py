"""One run: what goes in and comes out, and every way in which a component can break its word."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import orjson
import pytest
import xxhash

from quanticity.api import Inputs, Strategy
from quanticity.runtime.binding import bind
from quanticity.runtime.encode import decode_state, encode, encode_state
from quanticity.runtime.execute import Result, execute
from quanticity.spec import Spec
from quanticity.views import Value
from quanticity.views.base import stored
from tests.runtime.plain import MONDAY, Double, Faulty, Sum, bound, text


def price(value: float = 10.0) -> Any:
    return Value.of(stored(text("raw:price:SPY", orjson.dumps({"p": value}), 7)))


def run(does: Any) -> Result:
    class One(Faulty):
        pass

    One.does = staticmethod(does)
    return execute(bound(One), {"price": price()}, None, MONDAY)


def test_outputs_come_as_bytes_with_their_hash() -> None:
    result = execute(bound(Double, factor=3.0), {"price": price()}, None, MONDAY)
    [output] = result.outputs
    assert (output.key, output.data) == ("feed:twice:SPY", b'{"value":30.0}')
    assert output.hash == xxhash.xxh3_64_hexdigest(output.data)
    assert result.state is None
    assert not result.error


def test_the_same_run_gives_the_same_bytes() -> None:
    prints = Value.of_events([stored(text("raw:prints:SPY", b'{"n":3}', 1))])
    first = execute(bound(Sum), {"prints": prints}, None, MONDAY)
    second = execute(bound(Sum), {"prints": prints}, None, MONDAY)
    assert first == second
    onward = execute(bound(Sum), {"prints": prints}, first.state, MONDAY)
    assert orjson.loads(onward.outputs[0].data) == {"count": 2, "total": 6.0}
    assert first.state == second.state


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (lambda i, n: i.book, "it reads 'book' but declares price"),
        (lambda i, n: ({"other": 1}, None), "it writes 'other' but declares events, out"),
        (lambda i, n: ({"out": {"a": math.nan}}, None), r"'out' (feed:out:SPY): $.a is not a fin"),
        (lambda i, n: ({"out": {"a": [1.0, math.inf]}}, None), "$.a[1] is not a finite number"),
        (lambda i, n: ({"out": {"a": np.array([[1, np.nan]])}}, None), "$.a[0][1] is not a finit"),
        (lambda i, n: ({"out": {"a": "x"}}, None), "it has not the declared shape"),
        (lambda i, n: ({"out": {"a": object()}}, None), "a object is no plain data"),
        (lambda i, n: ({"events": {"a": 1}}, None), "gives a list of them, not a dict"),
        (lambda i, n: ({}, 5), "returned a state, but its class declares no State"),
        (lambda i, n: None, "it returned NoneType; it returns two things: outputs, state"),
        (lambda i, n: ([], None), "its outputs are a list, not values by name"),
        (lambda i, n: i.price.data.update(p=1), "AttributeError"),
        (lambda i, n: setattr(i, "price", 1), "inputs cannot be changed"),
        (lambda i, n: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda i, n: exec("raise SystemExit(3)"), "SystemExit"),
        (lambda i, n: exec("raise KeyboardInterrupt('mine')"), "KeyboardInterrupt: mine"),
        (lambda i, n: exec("raise BaseException('mine')"), "BaseException: mine"),
        (lambda i, n: exec("import asyncio; raise asyncio.CancelledError"), "CancelledError"),
    ],
)
def test_what_breaks_its_word_gives_nothing_and_is_named(does: Any, said: str) -> None:
    result = run(does)
    assert result.error.startswith("faulty:SPY: ")
    assert said in result.error
    assert result.outputs == ()
    assert "plain.py:" in result.where or "test_execute.py:" in result.where


def test_an_error_whose_text_can_be_neither_shown_nor_stored_ended_the_worker() -> None:
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    def speechless(i: Any, n: Any) -> Any:
        raise Unspeakable

    def halved(i: Any, n: Any) -> Any:
        raise ValueError("half of a pair: \ud83d")

    assert run(speechless).error == "faulty:SPY: Unspeakable: it cannot be shown (RuntimeError)"
    said = run(halved).error
    assert said == r"faulty:SPY: ValueError: half of a pair: \ud83d"
    orjson.dumps(said)
    msgspec.msgpack.encode(said)


def test_an_async_method_is_refused_without_running() -> None:
    class Late(Faulty):
        async def compute(self, inputs: Inputs, state: Any, now: float) -> Any:  # type: ignore[override]
            raise AssertionError

    assert "`def`, not `async def`" in execute(bound(Late), {"price": price()}, None, 0).error


def test_an_error_names_the_line_of_the_plugin_where_it_was_raised() -> None:
    class Wrong(Double):
        name = "wrong"

    wrong = Value.of(stored(text("raw:price:SPY", b'{"q":1}', 7)))
    result = execute(bound(Wrong), {"price": wrong}, None, MONDAY)
    assert result.error == "wrong:SPY: KeyError: 'p'"
    # The class is in this file, its method in another one that is not the plugin's.
    assert result.where.endswith(f"plain.py:{Double.compute.__code__.co_firstlineno}")
    plain = execute(bound(Double), {"price": wrong}, None, MONDAY)
    assert plain.where.endswith(f"plain.py:{Double.compute.__code__.co_firstlineno + 1}")


def test_an_output_that_is_none_was_told_with_the_machines_own_path() -> None:
    """It is found in no line of the plugin: then its method's is named, as the file is shown."""

    class Endless(Faulty):
        name = "endless"

        def compute(self, inputs: Inputs, state: Any, now: float) -> Any:
            return {"out": {"a": math.inf}}, None

    given = bind(Endless, Spec(), {"symbol": "SPY"}, plugin="plugins/analytics/endless.py")
    result = execute(given, {"price": price()}, None, MONDAY)
    line = Endless.compute.__code__.co_firstlineno
    assert result.where == f"plugins/analytics/endless.py:{line}"


def test_none_is_said_as_null_and_numbers_of_numpy_as_numbers() -> None:
    result = run(lambda i, n: ({"out": {"a": None, "b": np.float64(1.5), "c": np.int32(2)}}, None))
    assert result.outputs[0].data == b'{"a":null,"b":1.5,"c":2}'
    strided = np.arange(6.0)[::2]
    assert encode({"a": strided}) == b'{"a":[0.0,2.0,4.0]}'


def test_state_is_a_copy_each_time_and_bytes_do_not_depend_on_order() -> None:
    assert encode_state({"b": {3, 1, 2}, "a": math.nan}) == encode_state(
        {"a": math.nan, "b": {2, 3, 1}}
    )
    assert math.isnan(decode_state(encode_state({"a": math.nan}), dict)["a"])
    with pytest.raises(ValueError, match="state cannot be saved"):
        encode_state({"a": object()})


def test_a_state_of_another_version_is_given_up_and_told() -> None:
    prints = Value.of_events([])
    result = execute(bound(Sum), {"prints": prints}, msgspec.msgpack.encode("old"), MONDAY)
    assert "is no Tally" in result.dropped
    assert orjson.loads(result.outputs[0].data)["count"] == 0


def test_a_strategy_that_returns_no_list_is_told() -> None:
    class Mute(Strategy):
        name = "mute"

        def decide(self, inputs: Inputs, state: Any, now: float) -> Any:
            return self.params.answer, None

    class Answer(Spec):
        answer: Any = ()

    nothing = execute(bind(Mute, Answer(), {"symbol": "SPY"}), {}, None, MONDAY)
    assert nothing == Result()
    wrong = execute(bind(Mute, Answer(answer=5), {"symbol": "SPY"}), {}, None, MONDAY)
    assert "decide returned int, not intents" in wrong.error
