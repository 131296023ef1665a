"""What a server says in refusal, as people are told it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError, ResponseError

from quanticity.errors import StoreError, StoreUnavailable
from quanticity.store.names import writer_mark
from quanticity.store.wire import Refused, Wire

# A replica's words. One that was the server of a name until now is found no more by that name.
OF_REPLICAS = frozenset(("READONLY", "MASTERDOWN"))


class OtherKind(StoreError):
    """A key was read as what it is not: a latest value as events, or the other way round."""


@contextmanager
def told(key: str) -> Iterator[None]:
    """Errors of redis-py within, as ours: OtherKind or StoreUnavailable."""
    try:
        yield
    except ResponseError as error:
        if "WRONGTYPE" in str(error):
            raise OtherKind(
                f"{key} is of the other kind: a latest value is read with get, events as events"
            ) from None
        raise StoreUnavailable(f"the store refuses: {error}") from None
    except (RedisError, OSError) as error:
        raise StoreUnavailable(f"the store is away: {error}") from None


async def refuse_replica(wire: Wire) -> None:
    """Raise the `Refused` of a replica that takes no writes. Changes nothing on the server."""
    try:
        # Nobody has this key. What else is refused (no such right, a full disk) is told by others.
        await wire.call("DEL", writer_mark("nobody"))
    except Refused as refused:
        if refused.code in OF_REPLICAS:
            raise
