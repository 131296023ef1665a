"""One small story that a component is put through: its examples arrive, time passes, again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

import msgspec

from quanticity.component import Component
from quanticity.model import Kind
from quanticity.runtime.binding import Binding
from quanticity.runtime.encode import encode
from quanticity.runtime.execute import Result, execute
from quanticity.spec import Spec
from quanticity.testing.harness import Harness, Ran, Run
from quanticity.testing.hiding import where_it_is_said
from quanticity.testing.samples import body_of

__tracebackhide__ = where_it_is_said
_ROUNDS = 3


class Example(msgspec.Struct, frozen=True):
    """What an input is given: JSON texts, several for events. `over` as in `Harness.give`."""

    name: str
    texts: tuple[bytes, ...]
    over: str = ""


class Subject(msgspec.Struct, frozen=True):
    """A component with all that it is run with."""

    component: type[Component]
    params: Spec
    values: Mapping[str, str]
    start: float

    def harness(self, run: Run = execute) -> Harness:
        """A fresh one."""
        return Harness(
            self.component,
            params=self.params,
            values=self.values,
            start=self.start,
            keep_going=True,
            execute=run,
        )


def examples_of(binding: Binding, given: Mapping[str, Any], now: float) -> tuple[Example, ...]:
    """One for each input: what is `given` for it, else a sample of its view.

    For a key with `over` a mapping by its values, for events a list. AssertionError names an
    input that has neither.
    """
    strange = sorted(set(given) - set(binding.reads))
    if strange:
        listed = ", ".join(binding.reads) or "nothing"
        raise AssertionError(f"{binding.id} does not read {', '.join(strange)}; it reads {listed}")
    found = []
    for name, read in binding.reads.items():
        for over in read.keys:
            try:
                value = given[name] if name in given else body_of(read.view, now)
            except LookupError as error:
                raise AssertionError(
                    f"give an example of '{name}': nobody knows what a {error} of it holds"
                ) from None
            if read.several and name in given:
                value = value[over]
            events = read.kind is Kind.EVENTS and isinstance(value, list | tuple)
            texts = tuple(map(_text, value if events else (value,)))
            found.append(Example(name, texts, over))
    return tuple(found)


def play(harness: Harness, examples: Sequence[Example], rounds: int = _ROUNDS) -> list[Ran]:
    """The runs of a story in which all examples arrive `rounds` times."""
    for _ in range(rounds):
        _give(harness, examples)
        if not harness.run() and harness.next_at < inf:
            # What waits for a time of day is given its inputs anew when the time has come.
            harness.advance(max(0.0, harness.next_at - harness.now))
            _give(harness, examples)
            harness.run()
        harness.advance(1.0)
    return harness.runs


def timed(
    spent: Callable[[], float],
    before: Callable[[], None],
    after: Callable[[], None],
    took: Callable[[float], None],
) -> Run:
    """`execute` that is told where a run begins and ends.

    What it took of the seconds that `spent` counts is told to `took`.
    """

    def run(binding: Binding, views: Mapping[str, Any], state: bytes | None, now: float) -> Result:
        before()
        began = spent()
        result = execute(binding, views, state, now)
        took(spent() - began)
        after()
        return result

    return run


def _give(harness: Harness, examples: Sequence[Example]) -> None:
    for one in examples:
        harness.give(one.name, *one.texts, over=one.over)


def _text(value: Any) -> bytes:
    return value if isinstance(value, bytes) else encode(value)
