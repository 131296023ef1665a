"""No component trusts the shape of what it reads: inputs that say something else fail none.

A field is gone, has another name, or holds what it never held: null, a text, a list, an object, a
figure out of reason. Each component runs on real inputs first, so that what is changed is looked
at. What cannot be read at all is no input live, and none here.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.component import Analytic, Strategy
from quanticity.model import Kind
from quanticity.runtime.execute import Output, execute
from quanticity.runtime.job import Job
from quanticity.views import Stored
from tests.cli.whole_demo import bindings
from tests.conftest import SOAK
from tests.plugins.whole_morning import Stretch, afternoon, morning

# Larger bodies are chains, and chains have tests of their own (test_absurd_chains).
_LARGEST = 400_000
_OTHERS: tuple[Any, ...] = (
    *(None, True, 0, -1.5, 1e300, 10**30, "", "n/a", "NaN", "2026-13-45"),
    *([], {}, [None], ["a", "b"], [[1, 2], [3]], {"a": [1]}),
)
Input = tuple[str, str, str]


@dataclass(frozen=True)
class Subject:
    """One run of a component, what was sent then, and what of its inputs can be changed."""

    job: Job
    sent: Stretch
    inputs: tuple[Input, ...]


@cache
def subjects() -> dict[str, Subject]:
    """One for each component that has an input to change, by the component's name."""
    found = {}
    for sent in (morning(), afternoon()):
        for _, job in sorted(sent.jobs.items()):
            found[job.binding.component.name] = Subject(job, sent, tuple(inputs(job, sent)))
    return {name: one for name, one in sorted(found.items()) if one.inputs}


def body(sent: Stretch, key: str, kind: Kind) -> bytes | None:
    """What was read under a key; None where there is nothing, or too much of it."""
    if kind is Kind.EVENTS:
        return sent.events.get(key, [None])[-1]
    data = sent.latest.get(key)
    return data if data is not None and len(data) <= _LARGEST else None


def inputs(job: Job, sent: Stretch) -> list[Input]:
    """(input, for which value, key) of all that can be changed."""
    return [
        (name, over, key)
        for name, read in job.binding.reads.items()
        for over, key in read.keys.items()
        if job.views.get(name) is not None and body(sent, key, read.kind) is not None
    ]


@cache
def content(name: str, key: str, kind: Kind) -> Any:
    """What a component read under a key; not to be changed itself."""
    return orjson.loads(body(subjects()[name].sent, key, kind) or b"null")


def changed(draw: Any, value: Any) -> Any:
    """The same with one place in it that says something else; the first rows stand for all."""
    places: list[Any] = list(value) if isinstance(value, dict) else []
    places = list(range(min(3, len(value)))) if isinstance(value, list) else places
    if not places or draw(st.integers(0, 9)) == 0:
        return copy.deepcopy(draw(st.sampled_from(_OTHERS)))
    at, other = draw(st.sampled_from(places)), copy.copy(value)
    what = draw(st.sampled_from(("deeper", "deeper", "other", "gone", "renamed")))
    if what == "gone":
        del other[at]
    elif what == "renamed" and isinstance(other, dict):
        other[f"{at}_"] = other.pop(at)
    elif what == "deeper":
        other[at] = changed(draw, value[at])
    else:
        other[at] = copy.deepcopy(draw(st.sampled_from(_OTHERS)))
    return other


def reasons(data: Any) -> set[str]:
    """All reasons in what was written."""
    if isinstance(data, list):
        return set().union(*map(reasons, data))
    if not isinstance(data, dict):
        return set()
    own = {each for name, each in data.items() if name.endswith("reason") and isinstance(each, str)}
    return own.union(*map(reasons, data.values()))


def latest(outputs: tuple[Output, ...]) -> dict[str, Any]:
    return {one.name: orjson.loads(one.data) for one in outputs if one.kind is Kind.LATEST}


@cache
def usual(name: str) -> dict[str, Any]:
    """What a component writes before anything is changed."""
    job = subjects()[name].job
    return latest(execute(job.binding, job.views, job.state, job.now).outputs)


@given(data=st.data())
@settings(max_examples=50_000 if SOAK else 400)
def test_an_input_of_another_shape_fails_nobody(data: Any) -> None:
    name = data.draw(st.sampled_from(tuple(subjects())), label="component")
    subject = subjects()[name]
    job = subject.job
    which, over, key = data.draw(st.sampled_from(subject.inputs), label="input")
    read = job.binding.reads[which]
    other = changed(data.draw, content(name, key, read.kind))
    text = msgspec.Raw(msgspec.json.encode(other))
    one = Stored(subject.sent.at, job.now, "test", "9999-0", "x", text)
    try:
        view = read.view.of_events([one]) if read.kind is Kind.EVENTS else read.view.of(one)
    except ValueError:
        return
    views = dict(job.views)
    views[which] = {**views[which], over: view} if read.several else view
    result = execute(job.binding, views, job.state, job.now)
    assert not result.error, (result.error, result.where)
    for output, figures in latest(result.outputs).items():
        assert not lost(usual(name).get(output), figures) or reasons(figures), (output, figures)


def lost(before: Any, after: Any) -> bool:
    """Whether figures were there, and none is any more."""
    if not isinstance(before, dict):
        return False
    names = [name for name, one in before.items() if isinstance(one, int | float)]
    return bool(names) and (
        not isinstance(after, dict) or all(after.get(name) is None for name in names)
    )


def test_all_that_ships_has_an_input_that_was_changed() -> None:
    """But what reads large bodies alone, chains foremost, or the stream of the dearer plan."""
    large = {
        *("chain_quality", "expected_move", "exposure", "exposure_delayed", "greeks"),
        *("option_activity", "pin_risk", "vanna_charm", "insider_filings", "option_trades"),
    }
    ships = {one.component for one in bindings()}
    names = {one.name for one in ships if issubclass(one, Analytic | Strategy)}
    assert names - set(subjects()) - large == set()
