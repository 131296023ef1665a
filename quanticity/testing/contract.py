"""What is asked of every pure component, whoever wrote it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson

from quanticity.component import Analytic, Component, Strategy
from quanticity.model import Kind
from quanticity.runtime.binding import Binding
from quanticity.runtime.declared import wrong
from quanticity.runtime.execute import Result, execute
from quanticity.spec import Spec
from quanticity.testing.damage import damaged
from quanticity.testing.elsewhere import Answer, told_elsewhere
from quanticity.testing.harness import MONDAY, Ran, checked
from quanticity.testing.hiding import where_it_is_said
from quanticity.testing.remains import changed, remains
from quanticity.testing.scenario import Example, Subject, examples_of, play
from quanticity.testing.watch import Seen, watching

__tracebackhide__ = where_it_is_said
_MOST_SAID = 5


class BrokenContract(AssertionError):
    """All that a component breaks, one line each in `findings`."""

    def __init__(self, name: str, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join((f"{name} breaks its contract:", *findings)))


def contract_suite(
    component: type[Component],
    *,
    params: Spec | Mapping[str, Any] | None = None,
    values: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
    start: float = MONDAY,
) -> None:
    """Put a pure component to the test. BrokenContract says everything that is wrong.

    `given` are example inputs by name: a body as the vendor sends it, for events a list, for an
    input with `over` a mapping by its values. Chains, books, tapes and rows have a sample.

    Asked are: a declaration as the loader wants it; only declared inputs read and outputs
    written; no clock, chance, network, file, environment or process; nothing changed but the
    state that is returned; the same bytes for a second instance, and in a process of its own
    with another hash seed and time zone; each run within `time_budget`; and no failure where an
    input is missing, empty, or has a figure that is null, missing or no number.
    """
    title = component.name or component.__name__
    if not issubclass(component, Analytic | Strategy):
        raise BrokenContract(title, [f"{component.__name__} is no Analytic and no Strategy"])
    shown = sys.modules[component.__module__].__file__ or component.__module__
    findings = [str(problem) for problem in wrong(component, shown)]
    if findings:
        raise BrokenContract(title, findings)
    subject = Subject(component, checked(component, params), dict(values or {}), start)
    binding = subject.harness().binding
    examples = examples_of(binding, given or {}, start)
    elsewhere = told_elsewhere(subject, examples)
    if elsewhere.problem:
        # It may hang or end the process: it is not run in this one.
        raise BrokenContract(title, [elsewhere.problem])
    findings = list(dict.fromkeys(_findings(subject, examples, elsewhere)))
    if findings:
        raise BrokenContract(title, findings)


def _findings(subject: Subject, examples: tuple[Example, ...], elsewhere: Answer) -> Iterator[str]:
    seen: set[Seen] = set()
    left: dict[str, None] = {}
    harness = subject.harness(_watched(subject, seen, left))
    runs = play(harness, examples)
    if not runs:
        yield f"it never ran on its examples: {harness.waits_for or 'nothing makes it run'}"
        return
    yield from (f"{one}: a pure component is handed all it may use" for one in sorted(seen))
    yield from (f"a run changes {place}: what it remembers is its State" for place in left)
    failed = [f"it fails on its examples: {ran.error} ({ran.where})" for ran in runs if ran.error]
    yield from dict.fromkeys(failed)
    yield from _differences(runs, play(subject.harness(), examples), "a second time")
    others = [Ran(0.0, "", 0.0, {}, (), told.state, told.error) for told in elsewhere.runs]
    texts = [told.outputs for told in elsewhere.runs]
    yield from _differences(runs, others, "in a process of its own", texts)
    budget, slowest = (
        subject.component.time_budget,
        max((told.seconds for told in elsewhere.runs), default=0.0),
    )
    if slowest > budget:
        yield f"a run takes {slowest:.3g} s, and its time budget is {budget:g} s"
    if not failed:
        yield from _on_bad_days(subject, examples, harness.binding)


def _watched(subject: Subject, seen: set[Seen], left: dict[str, None]) -> Any:
    modules = _modules(subject.component)
    files = frozenset(str(module.__file__) for module in modules)

    def run(binding: Binding, views: Mapping[str, Any], state: bytes | None, now: float) -> Result:
        before = remains(binding.instance, modules)
        with watching(files) as found:
            result = execute(binding, views, state, now)
        seen.update(found)
        left.update(dict.fromkeys(changed(before, remains(binding.instance, modules))))
        return result

    return run


def _modules(component: type[Component]) -> list[ModuleType]:
    """The plugin's own: where its class, and the classes it was made from, stand."""
    home = str(Path(inspect.getfile(Component)).parent)
    own = [one for one in component.__mro__ if issubclass(one, Component)]
    modules = {one.__module__: sys.modules[one.__module__] for one in own}
    return [module for module in modules.values() if not str(module.__file__).startswith(home)]


def _differences(
    runs: Sequence[Ran],
    others: Sequence[Ran],
    when: str,
    texts: Sequence[Sequence[tuple[str, bytes]]] | None = None,
) -> Iterator[str]:
    if len(runs) != len(others):
        yield f"{when} the number of runs is {len(others)}, not {len(runs)}"
        return
    for number, (one, other) in enumerate(zip(runs, others, strict=True)):
        mine = [(output.name, output.data) for output in one.data]
        theirs = list(texts[number]) if texts else [(out.name, out.data) for out in other.data]
        if mine != theirs:
            pair = next(
                (pair for pair in zip(mine, theirs, strict=False) if pair[0] != pair[1]), None
            )
            if pair is None:
                yield f"{when} the number of outputs is {len(theirs)}, not {len(mine)}"
                return
            (name, data), (_, again) = pair
            yield f"{when} the same inputs give another '{name}': {_first(data, again)}"
            return
        if one.state != other.state:
            yield f"{when} the same inputs leave another state"
            return
        if one.error != other.error:
            yield f"{when} the same inputs give another error: {other.error or 'none'}"
            return


def _first(one: bytes, other: bytes) -> str:
    """The two texts around the first byte that differs."""
    at = next(
        (n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    cut = slice(max(0, at - 20), at + 30)
    return f"{one[cut].decode(errors='replace')} and {other[cut].decode(errors='replace')}"


def _on_bad_days(
    subject: Subject, examples: tuple[Example, ...], binding: Binding
) -> Iterator[str]:
    said: dict[str, int] = {}
    for what, variant in _variants(examples, binding):
        for ran in play(subject.harness(), variant, 1):
            if ran.error:
                said[ran.error] = said.get(ran.error, 0) + 1
                if said[ran.error] == 1 and len(said) <= _MOST_SAID:
                    yield f"it fails where {what}: {ran.error} ({ran.where})"


def _variants(
    examples: tuple[Example, ...], binding: Binding
) -> Iterator[tuple[str, list[Example]]]:
    for one in examples:
        others = [each for each in examples if each is not one]
        read = binding.reads[one.name]
        if read.optional or read.kind is Kind.EVENTS:
            yield f"{one.name}{_of(one)} is not there", others
        for what, body in damaged(orjson.loads(one.texts[-1])) if one.texts else ():
            bad = Example(one.name, (*one.texts[:-1], orjson.dumps(body)), one.over)
            yield f"{one.name}{_of(one)}: {what}", [*others, bad]
    optional = [each for each in examples if binding.reads[each.name].optional]
    if len(optional) > 1:
        rest = [each for each in examples if each not in optional]
        yield "no optional input is there", rest


def _of(one: Example) -> str:
    return f" of {one.over}" if one.over else ""
