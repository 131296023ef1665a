"""The kinds that touch the world, and the ports they are handed instead of libraries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from quanticity.component.base import Component


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back: `headers` by lower-case name, `body` as bytes, bounded in size."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """Seconds the other side asks us to wait, where it does."""
        given = self.headers.get("retry-after", "")
        try:
            return max(0.0, float(given))
        except ValueError:
            return None


class Http(Protocol):
    """HTTP with limits, time-outs and redaction. It repeats nothing and follows no redirect."""

    async def ask(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        patience: float = 10.0,
    ) -> HttpAnswer:
        """Send one request, and wait `patience` seconds for its answer.

        TransportError where no whole answer came: then nobody knows whether it arrived.
        """
        ...


class Log(Protocol):
    """Lines for people; secrets are redacted on their way."""

    def info(self, message: str, *args: Any) -> None:
        """What happened."""
        ...

    def warning(self, message: str, *args: Any) -> None:
        """What needs a look."""
        ...


class Files(Protocol):
    """A folder of the data directory, for what people or other programs are to read."""

    def write(self, name: str, text: str) -> str:
        """Put a file there in UTF-8, whole or not at all; its path.

        ValueError where `name` is more than the name of one file.
        """
        ...


class Context(Protocol):
    """All that an edge has of the world."""

    http: Http
    log: Log
    files: Files

    def now(self) -> float:
        """Epoch seconds of the system's clock."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait, on the system's clock."""
        ...

    def secret(self, variable: str) -> str | None:
        """The value of an environment variable that `Params` names."""
        ...

    async def get(self, name: str, **values: str) -> Any:
        """The declared input `name` as its view; None where it is missing or too old.

        Its placeholders are filled by the binding and `values`. An undeclared name raises
        `UndeclaredRead`.
        """
        ...

    def put(self, name: str, data: Any, *, timestamp: float | None = None, **values: str) -> None:
        """Write the declared key `name`, its placeholders filled by the binding and `values`.

        An undeclared name raises `UndeclaredWrite`. `timestamp` is when the data was true.
        """
        ...

    def put_plain(self, name: str, text: str, **values: str) -> None:
        """Write the declared plain key `name`: this text, without an envelope."""
        ...

    def stand_in(self, name: str) -> tuple[str, int] | None:
        """Host and port of what stands in for a server in a simulation; None: the real one."""
        ...

    def fares(self, trouble: str = "") -> None:
        """Say why it can do nothing though it runs, and what a person can do; empty once it can.

        `status` shows the newest word; `run` tells that there is trouble, and that it is over.
        """
        ...

    async def saved(self) -> bytes | None:
        """What this binding saved last."""
        ...

    def save(self, data: bytes) -> None:
        """Keep this over restarts."""
        ...


class Source(Component):
    """Brings values in by itself: a handler of events.

    With a trigger of time it is a task: `run` does one piece of work at each, and returns.
    `secrets` are the parameters that name an environment variable it can do nothing without.
    """

    secrets: ClassVar[tuple[str, ...]] = ()

    async def run(self, context: Context) -> None:
        """Go on until cancelled; with a trigger of time, once. What it raises restarts it."""
        raise NotImplementedError

    def revise(self, params: Any) -> bool:
        """Go on with other parameters, an edit of the config; False where it must begin anew.

        Called while `run` is at work. What it raises is told, and it begins anew.
        """
        return False


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell somebody.

    `id` is the same for every try. `again` says that an earlier try may have arrived. `level`
    is info, warning or critical. `priced` messages go to nobody but the operator before a fill.
    """

    id: str
    kind: str
    title: str
    text: str
    created: float
    level: str = "info"
    fields: Mapping[str, str] = field(default_factory=dict)
    priced: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message arrived: the channel's own id of it, and how long it wants no other (seconds)."""

    receipt: str = ""
    wait: float = 0.0


class Distributor(Component):
    """Tells people. `reads` are events keys; each event becomes one message.

    `limits` are the channel's own pace, as (messages, seconds) of any window; its word
    (`Retry-After`) wins. `tries` is how often one message is tried before it is given up.
    `secrets` are the parameters that name an environment variable it can do nothing without.
    """

    secrets: ClassVar[tuple[str, ...]] = ()

    limits: ClassVar[tuple[tuple[int, float], ...]] = ()
    tries: ClassVar[int] = 5

    async def deliver(self, message: Message, context: Context) -> Delivered:
        """Send it once. Raise `DeliveryError`, which says whether and when to try again."""
        raise NotImplementedError

    async def find(self, message: Message, context: Context) -> Delivered | None:
        """Look up a message whose fate is unknown; None where the channel cannot tell."""
        return None
