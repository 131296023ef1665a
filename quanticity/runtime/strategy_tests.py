"""The examples in a strategy's file, run: whether it wants what they say it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
import orjson

from quanticity import words
from quanticity.clock import EASTERN
from quanticity.component import Strategy
from quanticity.config.loaded import Loaded
from quanticity.config.schema.components import StrategyFile, StrategyTest
from quanticity.errors import ComponentError, Problem
from quanticity.model import Kind
from quanticity.runtime.binding import Binding, bind
from quanticity.runtime.execute import execute
from quanticity.runtime.loader import Plugins
from quanticity.spec import Path, near, validate
from quanticity.views import Stored

_OPENS = "%Y-%m-%d %H:%M"


def failing_tests(loaded: Loaded, plugins: Plugins) -> Iterator[Problem]:
    """Each example that does not come out, at its line; those of strategies that are off too."""
    for title, file in sorted(loaded.root.strategies.items()):
        component = plugins.components.get(file.plugin or title)
        if component is None or not issubclass(component, Strategy):
            continue  # told where the strategy is bound
        for number, test in enumerate(file.tests):
            at: Path = ("strategies", title, "tests", number)
            said = _failure(component, file, test, loaded, at)
            if said:
                place, message, hint = said
                yield Problem(*loaded.locate(place), f"test '{test.name}': {message}", hint)


def _failure(
    component: type[Strategy], file: StrategyFile, test: StrategyTest, loaded: Loaded, at: Path
) -> tuple[Path, str, str] | None:
    params, slips = validate(component.Params, dict(file.params), loaded.locate)
    if params is None or slips:
        return None  # told where the strategy is bound
    try:
        now = datetime.strptime(test.at, _OPENS).replace(tzinfo=EASTERN).timestamp()
    except ValueError:
        return (*at, "at"), f"'{test.at}' is no moment", "an Eastern one: 2026-01-05 12:00"
    for name in test.inputs:
        if name not in component.reads:
            hint = near(name, component.reads) or f"it reads {', '.join(component.reads)}"
            return (*at, "inputs", name), f"it reads no '{name}'", hint
    try:
        binding = bind(component, params, {"symbol": test.symbol})
        views = {name: _view(binding, name, test.inputs, now) for name in component.reads}
    except (ComponentError, ValueError) as error:
        return (*at, "inputs"), str(error), ""
    result = execute(binding, views, None, now)
    if result.error:
        return at, result.error, result.where
    outputs = {output.name: orjson.loads(output.data) for output in result.outputs}
    return _compared(outputs, test, at)


def _compared(
    outputs: Mapping[str, Any], test: StrategyTest, at: Path
) -> tuple[Path, str, str] | None:
    signals = outputs.get("active", {}).get("signals", [])
    passed = outputs.get("log", {}).get("reason", "") if not signals else ""
    expect = test.expect
    why = f"it says: {passed}" if passed else ""
    if len(signals) != expect.signals:
        told = words.count(len(signals), "signal")
        return (*at, "expect"), f"{told}, expected {expect.signals}", why
    if expect.direction is not None and signals and signals[0]["direction"] != expect.direction:
        said = f"direction {signals[0]['direction']}, expected {expect.direction}"
        return (*at, "expect", "direction"), said, ""
    if expect.reason is not None and expect.reason not in passed:
        said = f"the reason is '{passed}', expected '{expect.reason}' in it"
        return (*at, "expect", "reason"), said, ""
    return None


def _view(binding: Binding, name: str, inputs: Mapping[str, Any], now: float) -> Any:
    read = binding.reads[name]
    given = inputs.get(name)
    if read.kind is Kind.EVENTS:
        return read.view.of_events([_stored(one, now) for one in given or ()])
    if given is None:
        if not read.optional:
            raise ValueError(f"'{name}' is required, so a test has to give it")
        return None
    if read.several:
        return {value: read.view.of(_stored(one, now)) for value, one in given.items()}
    return read.view.of(_stored(given, now))


def _stored(data: Any, now: float) -> Stored:
    return Stored(now, now, "test", "1-0", "", msgspec.Raw(orjson.dumps(data)))
