"""The world of an edge in a test: its time, its HTTP, its keys and its secrets, all made up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, TypeVar

import orjson

from quanticity.component import Component, Delivered, Distributor, HttpAnswer, Message, Source
from quanticity.model import Kind, Write
from quanticity.runtime.binding import bind
from quanticity.runtime.edge_context import EdgeContext
from quanticity.runtime.edge_files import proper
from quanticity.spec import Spec
from quanticity.store.memory import MemoryStore
from quanticity.testing.harness import MONDAY, checked
from quanticity.testing.hiding import where_it_is_said

T = TypeVar("T")
__tracebackhide__ = where_it_is_said
_LIFE = 86_400.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that an edge sent."""

    method: str
    url: str
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class _Time:
    """Goes on when somebody sleeps, and ends what sleeps beyond `until`."""

    def __init__(self, start: float) -> None:
        self.at = start
        self.until = inf

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        if self.at + seconds > self.until:
            raise asyncio.CancelledError
        self.at += max(0.0, seconds)
        await asyncio.sleep(0)


class _Answers:
    """Gives the answers it was told to give, in order; an exception is raised."""

    def __init__(self, answers: Iterable[HttpAnswer | Exception]) -> None:
        self.left = list(answers)
        self.asked: list[Asked] = []

    async def ask(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        patience: float = 10.0,
    ) -> HttpAnswer:
        self.asked.append(Asked(method, url, json, dict(headers or {})))
        if not self.left:
            raise AssertionError(f"{method} {url}: the stage has no answer left to give")
        answer = self.left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class _Files:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written: dict[str, str] = {}

    def write(self, name: str, text: str) -> str:
        self.written[proper(name)] = text
        return f"/stage/{name}"


class Stage:
    """A distributor or source with all that it is handed.

    stage = Stage(MyChannel, secrets={"MY_URL": "https://x.test"}, answers=[answer(200)])
    stage.deliver(message("it is noon"))
    assert stage.asked[0].json == {"text": "it is noon"}
    """

    def __init__(
        self,
        component: type[Component],
        *,
        params: Spec | Mapping[str, Any] | None = None,
        values: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        answers: Iterable[HttpAnswer | Exception] = (),
        start: float = MONDAY,
    ) -> None:
        self.binding = bind(component, checked(component, params), dict(values or {}))
        self._time = _Time(start)
        self._http = _Answers(answers)
        self._files = _Files()
        self._store = MemoryStore(self._time)
        self.context = EdgeContext(
            self.binding.id,
            self.binding.instance,
            self._store,
            self._time,
            self._http,
            environ=dict(secrets or {}),
            files=self._files,
        )

    @property
    def asked(self) -> list[Asked]:
        """The requests that were sent, oldest first."""
        return self._http.asked

    @property
    def files(self) -> Mapping[str, str]:
        """The files that were written, by name."""
        return self._files.written

    @property
    def now(self) -> float:
        """Epoch seconds on this stage."""
        return self._time.at

    def give(self, name: str, value: Any, *, age: float = 0.0, **values: str) -> None:
        """A value for the declared input `name`."""
        key = self.binding.component.reads[name].bind(**{**self.binding.values, **values})
        data = value if isinstance(value, bytes) else orjson.dumps(value)
        at = self.now - age
        self._store.put(Write(key.name, data, "test", at, self.now, _LIFE, key.kind))

    def deliver(self, message: Message) -> Delivered:
        """Let the distributor send it once; what it raises, this raises."""
        edge = self.binding.instance
        assert isinstance(edge, Distributor), f"{self.binding.id} delivers nothing"  # noqa: S101
        return self._do(edge.deliver(message, self.context))

    def find(self, message: Message) -> Delivered | None:
        """Let the distributor look up a message whose fate is unknown."""
        edge = self.binding.instance
        assert isinstance(edge, Distributor), f"{self.binding.id} delivers nothing"  # noqa: S101
        return self._do(edge.find(message, self.context))

    def run(self, seconds: float) -> None:
        """Let the source run for so long, in no time; what it raises, this raises."""
        edge = self.binding.instance
        assert isinstance(edge, Source), f"{self.binding.id} is no source"  # noqa: S101
        self._time.until = self.now + seconds
        try:
            self._do(edge.run(self.context))
        except asyncio.CancelledError:
            self._time.at = self._time.until
        finally:
            self._time.until = inf

    def value(self, name: str, **values: str) -> Any:
        """The newest value under the declared key `name`; None where there is none."""
        return self._read(name, values, Kind.LATEST)

    def events(self, name: str, **values: str) -> tuple[Any, ...]:
        """The events under the declared key `name`, oldest first."""
        found: tuple[Any, ...] = self._read(name, values, Kind.EVENTS)
        return found

    def _read(self, name: str, values: Mapping[str, str], kind: Kind) -> Any:
        declared = self.binding.component.writes[name]
        if declared.kind is not kind:
            raise AssertionError(f"'{name}' holds {declared.kind.value}")
        key = declared.bind(**{**self.binding.values, **values}).name
        return self._do(self._stored(key, kind))

    async def _stored(self, key: str, kind: Kind) -> Any:
        if kind is Kind.EVENTS:
            return tuple(one.data for _, one in await self._store.events(key, "0", 1_000_000))
        text = await self._store.get_raw(key)
        return None if text is None else orjson.loads(text)["data"]

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)


def message(text: str, *, title: str = "Test", level: str = "info", again: bool = False) -> Message:
    """Something to tell."""
    return Message("test-1", "test", title, text, MONDAY, level=level, again=again)


def answer(status: int, body: Any = None, **headers: str) -> HttpAnswer:
    """An HTTP answer; `retry_after="2"` is the header Retry-After."""
    data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    return HttpAnswer(status, {k.replace("_", "-").lower(): v for k, v in headers.items()}, data)
