"""Where a server is, and a connection of redis-py to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from redis.asyncio.connection import (
    AbstractConnection,
    BlockingConnectionPool,
    Connection,
    UnixDomainSocketConnection,
    parse_url,
)
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from quanticity.errors import StoreUnavailable
from quanticity.redaction import MASK

_CONNECT_TIMEOUT = 5.0
_READ_TIMEOUT = 15.0


class _Cancellable(AbstractConnection):
    """Passes every cancel on.

    redis-py sends within `asyncio.wait_for`, which on Python 3.11 forgets a cancel that comes just
    as the command is out: whoever reads in a loop then goes on, and who waits for its end hangs.
    """

    async def send_packed_command(
        self, command: bytes | str | Iterable[bytes], check_health: bool = True
    ) -> None:
        """As redis-py's, with a timeout that keeps a cancel."""
        patience, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(patience):
                await super().send_packed_command(command, check_health)
        finally:
            self.socket_timeout = patience


def _cancellable(kind: type[AbstractConnection]) -> type[AbstractConnection]:
    return type(kind.__name__, (_Cancellable, kind), {})


@dataclass(frozen=True, slots=True)
class Address:
    """A server, by URL or by the path of its unix socket."""

    url: str = ""
    socket: str = ""

    def __str__(self) -> str:
        """What may be shown: a URL without its password and its query.

        Of one whose password holds what ends a password nothing but the scheme is shown.
        """
        if self.socket:
            return self.socket
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return MASK
        host = parts.netloc.rpartition("@")[2]
        if host.startswith(":") or "@" in f"{parts.path}?{parts.query}#{parts.fragment}":
            return f"{parts.scheme}://{MASK}"
        return f"{parts.scheme}://{host}{parts.path}"

    def connection(self) -> AbstractConnection:
        """A connection not yet made, without a limit on how long an answer takes."""
        kwargs = self._arguments()
        kind = _cancellable(kwargs.pop("connection_class", Connection))
        return kind(**kwargs, socket_timeout=None)

    def pool(self, size: int) -> BlockingConnectionPool:
        """At most `size` connections for reads; who comes later waits for one."""
        kwargs = self._arguments()
        kind = kwargs.pop("connection_class", Connection)
        return BlockingConnectionPool(
            connection_class=_cancellable(kind),
            max_connections=size,
            timeout=None,
            socket_timeout=_READ_TIMEOUT,
            # A connection that died while it idled is replaced once, without a word.
            retry=Retry(NoBackoff(), 1),
            retry_on_error=[RedisConnectionError, ConnectionError],
            **kwargs,
        )

    def _arguments(self) -> dict[str, Any]:
        common: dict[str, Any] = {"socket_connect_timeout": _CONNECT_TIMEOUT, "protocol": 2}
        if self.socket:
            return {"connection_class": UnixDomainSocketConnection, "path": self.socket, **common}
        try:
            given = dict(cast(Mapping[str, Any], parse_url(self.url)))
        except ValueError as error:
            # What quotes the port quotes the password, where that ended early.
            early = "'" in str(error)
            why = "a password has / as %2F, # as %23, ? as %3F and @ as %40" if early else error
            raise StoreUnavailable(
                f"store: {self} is no address of a server ({why}); "
                "it looks like redis://host:6379/0, rediss://... or unix:///path"
            ) from None
        return {**given, **common}
