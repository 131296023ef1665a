"""What a simulated vendor is made of: parameters, routes, answers, and its own words for no.

A vendor subclasses `Vendor` in a module of its own, names the hosts it stands in for, lists its
routes, and is added to `registry.shipped`. The server (`server.py`) does the rest: it finds the
route, enforces the limits, checks the parameters and asks the vendor for its own error bodies.

    class Example(Vendor):
        name = "example"
        hosts = {"api.example.com": "example"}       # host -> prefix below the local root
        limits = VendorLimits(windows=((120, 60.0),))

        def routes(self):
            return [Route("/v1/quote", self.quote, (Param("symbol", required=True),))]

        def quote(self, request):
            return Answer.json({"price": self.world.price(request.values["symbol"], request.now)})

`https://api.example.com/v1/quote` is then served at `ROOT/example/v1/quote`. A handler is a pure
function of the request (its moment included) and the world.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol

import orjson

from quanticity.heap import exact
from quanticity.sim.market import World
from quanticity.sim.vendors.limits import Over, Usage, VendorLimits

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


class BadParameter(Exception):
    """A parameter is missing or not what the vendor takes."""

    def __init__(self, name: str, value: str | None, said: str) -> None:
        super().__init__(said)
        self.name = name
        self.value = value
        self.said = said


class Instead(Exception):
    """Raised in a handler: this answer is given instead (a symbol nobody knows, a plan's limit)."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Param:
    """One query parameter. A name that ends in `[]` is a list and may come many times."""

    name: str
    kind: Literal["text", "int", "number", "bool", "date"] = "text"
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None

    def read(self, given: Sequence[str]) -> Any:
        """The value to hand on, or BadParameter."""
        if not given:
            if self.required:
                raise BadParameter(self.name, None, f"Missing field: {self.name}")
            return [] if self.name.endswith("[]") and self.default is None else self.default
        if self.name.endswith("[]"):
            return [self._one(value) for value in given]
        return self._one(given[-1])

    def _one(self, text: str) -> Any:
        try:
            value = self._convert(text)
        except ValueError:
            raise BadParameter(
                self.name, text, f"Invalid {self.name}: {text} (Invalid {self.kind}.)"
            ) from None
        if self.choices and text not in self.choices:
            raise BadParameter(self.name, text, f"Invalid value for enum: {text}")
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise BadParameter(self.name, text, f"{text} (Invalid input format.)")
        if isinstance(value, (int, float)):
            if self.minimum is not None and value < self.minimum:
                raise BadParameter(self.name, text, f"{value} is smaller than {self.minimum:g}")
            if self.maximum is not None and value > self.maximum:
                raise BadParameter(self.name, text, f"{value} is larger than {self.maximum:g}")
        return value

    def _convert(self, text: str) -> Any:
        if self.kind == "int":
            return int(text)
        if self.kind == "number":
            return float(text)
        if self.kind == "date":
            return date.fromisoformat(text)
        if self.kind == "bool":
            if text.lower() not in _BOOLEANS:
                raise ValueError(text)
            return _BOOLEANS[text.lower()]
        return text


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived. `path` is the vendor's own; `now` is epoch seconds.

    `values` holds the placeholders of the route's pattern (text) and its parameters (converted).
    """

    method: str
    host: str
    path: str
    query_string: str
    query: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]
    body: bytes
    now: float
    values: Mapping[str, Any] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """A header's value, empty where it was not sent."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(
        cls, value: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A JSON body; numpy scalars and arrays may stand in it."""
        body = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
        return cls(exact(body), status, "application/json", headers or {})

    @classmethod
    def text(cls, value: str, status: int = 200, content_type: str = "text/plain") -> Answer:
        """A text body in UTF-8."""
        return cls(value.encode(), status, content_type)


Handler = Callable[[Request], Answer]


@dataclass(frozen=True)
class Route:
    """One path of a vendor: `/stock/{ticker}/quote`. `host` empty means any of its hosts."""

    pattern: str
    handler: Handler
    params: tuple[Param, ...] = ()
    method: str = "GET"
    host: str = ""

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled; a placeholder is one step of the path."""
        steps = re.split(r"\{(\w+)\}", self.pattern)
        return re.compile(
            "".join(
                f"(?P<{step}>[^/]+)" if index % 2 else re.escape(step)
                for index, step in enumerate(steps)
            )
        )


class Socket(Protocol):
    """One websocket connection, as a vendor sees it. Times are epoch seconds."""

    @property
    def now(self) -> float:
        """The moment now."""
        ...

    async def send(self, message: Any) -> None:
        """Send `message` as JSON text."""
        ...

    async def receive(self, within: float) -> str | None:
        """The next text message, or None when none came within so many seconds.

        Raises SocketClosed once the other side has gone.
        """
        ...


class SocketClosed(Exception):
    """The other side of a websocket has gone."""


SocketHandler = Callable[[Request, Socket], Awaitable[None]]


class Vendor(ABC):
    """The base of every simulated vendor; see the module's docstring."""

    name: ClassVar[str]
    hosts: ClassVar[Mapping[str, str]]
    limits: ClassVar[VendorLimits] = VendorLimits()

    def __init__(self, world: World) -> None:
        self.world = world

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """Every path it answers."""

    def sockets(self) -> Mapping[str, SocketHandler]:
        """Its websocket paths."""
        return {}

    def account(self, request: Request) -> str:
        """Whose budget a request counts on; by default one for all."""
        return ""

    def refuse(self, request: Request) -> Answer | None:
        """The answer to a request that is not let in (no token, no user agent), else None."""
        return None

    def limited(self, over: Over, usage: Usage, request: Request) -> Answer:
        """What it says when a limit is reached."""
        return Answer.text("Too Many Requests", 429)

    def headers(self, usage: Usage) -> Mapping[str, str]:
        """Headers that tell the caller what is left; on every answer but a refused one."""
        return {}

    def bad_parameter(self, request: Request, problem: BadParameter) -> Answer:
        """What it says of a missing or wrong parameter."""
        return Answer.json({"error": problem.said}, 400)

    def no_route(self, request: Request) -> Answer:
        """What it says of a path it does not know."""
        return Answer.json({"error": "Not found"}, 404)

    def answer(self, request: Request) -> Answer:
        """The answer to a request that was let in: its route's, or the vendor's word for no."""
        matched = self.match(request)
        if matched is None:
            return self.no_route(request)
        route, values = matched
        try:
            for param in route.params:
                values[param.name] = param.read(request.query.get(param.name, ()))
            return route.handler(replace(request, values=values))
        except BadParameter as problem:
            return self.bad_parameter(request, problem)
        except Instead as instead:
            return instead.answer

    def match(self, request: Request) -> tuple[Route, dict[str, Any]] | None:
        """The route of a request and the values of its placeholders."""
        for route in self._ordered:
            if route.method == request.method and route.host in ("", request.host):
                found = route.regex.fullmatch(request.path)
                if found:
                    return route, found.groupdict()
        return None

    @cached_property
    def _ordered(self) -> list[Route]:
        return sorted(self.routes(), key=lambda route: route.pattern.count("{"))
