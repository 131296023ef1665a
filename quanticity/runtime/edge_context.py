"""What an edge is handed of the world: its ports, and the keys it declared."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
import orjson

from quanticity.clock import Clock
from quanticity.component import Component, Http, Log
from quanticity.component.edges import Files
from quanticity.errors import BadOutput, UndeclaredRead, UndeclaredWrite
from quanticity.heap import exact
from quanticity.logs import logger, register_secret
from quanticity.model import Key, Write
from quanticity.runtime.edge_files import NoFolder
from quanticity.runtime.stand_ins import variable
from quanticity.store.ports import Store
from quanticity.views import Value
from quanticity.views.base import stored

_LIFE = 600.0
# Parts of an address that are shorter are words and numbers: `webhooks`, an id.
_SECRET = 24


class EdgeLog:
    """Lines that say whose they are."""

    def __init__(self, name: str) -> None:
        self._name = name

    def info(self, message: str, *args: Any) -> None:
        """What happened."""
        logger.info("{}: " + message, self._name, *args)

    def warning(self, message: str, *args: Any) -> None:
        """What needs a look."""
        logger.warning("{}: " + message, self._name, *args)


class EdgeContext:
    """A `component.Context` for one binding."""

    def __init__(
        self,
        name: str,
        edge: Component,
        store: Store,
        clock: Clock,
        http: Http,
        *,
        environ: Mapping[str, str] = os.environ,
        files: Files | None = None,
        on_fares: Callable[[str], None] = lambda trouble: None,
    ) -> None:
        self.name = name
        self.http = http
        self.files: Files = NoFolder() if files is None else files
        self.log: Log = EdgeLog(name)
        self._edge = edge
        self._store = store
        self._clock = clock
        self._environ = environ
        self._on_fares = on_fares

    def now(self) -> float:
        """Epoch seconds of the system's clock."""
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        """Wait, on the system's clock."""
        await self._clock.sleep(seconds)

    def secret(self, variable: str) -> str | None:
        """The value of an environment variable; from now on it is masked wherever it shows."""
        value = self._environ.get(variable, "").strip() or None
        if value is not None:
            for shown in (value, *_secret_parts(value)):
                register_secret(shown)
        return value

    async def get(self, name: str, **values: str) -> Any:
        """The declared input `name`; a value that cannot be read as its view is none, and told."""
        declared = self._edge.reads.get(name)
        if declared is None:
            listed = ", ".join(sorted(self._edge.reads)) or "nothing"
            raise UndeclaredRead(f"{self.name}: it reads '{name}' but declares {listed}")
        key = declared.bind(**{**self._edge.values, **values})
        if not key.is_bound:
            raise UndeclaredRead(f"{self.name}: no value for a placeholder of {key.name}")
        text = await self._store.get_raw(key.name)
        if text is None:
            return None
        try:
            view = (key.view or Value).of(stored(text))
        except (ValueError, msgspec.MsgspecError) as error:
            self.log.warning("{} cannot be read: {}", key.name, error)  # noqa: PLE1205 loguru
            return None
        age = self._clock.now() - view.timestamp
        return None if key.max_age is not None and age > key.max_age else view

    def put(self, name: str, data: Any, *, timestamp: float | None = None, **values: str) -> None:
        """Write the declared key `name`."""
        key, declared = self._bound(name, values)
        if declared.plain:
            raise BadOutput(f"{self.name}: {key.name} is plain: put_plain writes it")
        try:
            text = exact(orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY))
        except TypeError as error:
            raise BadOutput(f"{self.name}: {key.name}: {error}") from None
        now = self._clock.now()
        self._store.put(
            Write(
                key.name,
                text,
                self.name,
                now if timestamp is None else timestamp,
                now,
                declared.ttl or _LIFE,
                declared.kind,
                None,
                declared.cap,
            )
        )

    def put_plain(self, name: str, text: str, **values: str) -> None:
        """Write the declared plain key `name`: this text, and nothing around it."""
        key, declared = self._bound(name, values)
        if not declared.plain:
            raise BadOutput(f"{self.name}: {key.name} has an envelope: put writes it")
        self._store.put_plain(key.name, text, declared.ttl or _LIFE)

    def stand_in(self, name: str) -> tuple[str, int] | None:
        """Where what stands in for a server listens; None where the real one is meant."""
        host, _, port = self._environ.get(variable(name), "").rpartition(":")
        return (host, int(port)) if host and port.isdigit() else None

    def _bound(self, name: str, values: Mapping[str, str]) -> tuple[Key, Key]:
        """A declared write with its placeholders filled, and as it was declared."""
        declared = self._edge.writes.get(name)
        if declared is None:
            listed = ", ".join(sorted(self._edge.writes)) or "nothing"
            raise UndeclaredWrite(f"{self.name}: it writes '{name}' but declares {listed}")
        key = declared.bind(**{**self._edge.values, **values})
        if not key.is_bound:
            raise UndeclaredWrite(f"{self.name}: no value for a placeholder of {key.name}")
        return key, declared

    def fares(self, trouble: str = "") -> None:
        """Say why it can do nothing though it runs; empty once it can."""
        self._on_fares(trouble)

    async def saved(self) -> bytes | None:
        """What this binding saved last."""
        return await self._store.state(f"edge:{self.name}")

    def save(self, data: bytes) -> None:
        """Keep this over restarts."""
        self._store.put_state(f"edge:{self.name}", data)


def _secret_parts(value: str) -> Iterator[str]:
    """What is secret of an address that is one: others may tell its path without its host."""
    if "://" in value:
        yield from (part for part in re.split(r"[/?#&=@]", value)[3:] if len(part) >= _SECRET)
