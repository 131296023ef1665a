"""What a server says in refusal, as people are told it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ssl import SSLError

from redis.exceptions import AuthenticationError, RedisError, ResponseError

from quanticity.errors import StoreError, StoreUnavailable
from quanticity.store.names import writer_mark
from quanticity.store.wire import Refused, Wire

# A replica's words. One that was the server of a name until now is found no more by that name.
OF_REPLICAS = frozenset(("READONLY", "MASTERDOWN"))
# Of one that will take writes again later, in the state it is in.
PASSING = frozenset(
    (
        *("LOADING", "BUSY", "OOM", "MISCONF"),
        *("CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "MISSING"),
    )
)
# Words of a server that will be ready by itself.
_SOON = OF_REPLICAS | {"LOADING", "BUSY"}


class Barred(StoreUnavailable):
    """The server is there and does not serve us: to wait alone does not help."""


_BARS = (Barred, AuthenticationError, ResponseError, SSLError)


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


def not_served(error: Exception, said: str) -> StoreUnavailable:
    """What came of a try to connect, as a `StoreUnavailable` that says `said`."""
    if isinstance(error, Refused):
        waits = error.code in _SOON
    else:
        # redis-py wraps what it met while it connected.
        causes = (error, error.__cause__, error.__context__)
        waits = not any(isinstance(one, _BARS) for one in causes)
    return StoreUnavailable(said) if waits else Barred(said)


def of_no_value(refused: Refused) -> bool:
    """Whether a refusal is about no single value, and over some time.

    So it is where the user may not run a command, or somebody killed the script.
    """
    if refused.code == "NOPERM":
        return "run the '" in str(refused)
    return refused.code == "NOAUTH" or any(
        words in str(refused) for words in ("run this command", "SCRIPT KILL")
    )


async def refuse_cluster(wire: Wire, keys: Sequence[str]) -> None:
    """Raise `Barred` where the server is one of several: a batch is of keys of all of them."""
    try:
        await wire.call("EXISTS", *keys)
    except Refused as refused:
        if refused.code in ("CROSSSLOT", "MOVED"):
            raise Barred(
                "it is a part of a cluster, and one script writes many keys here; name a server of "
                "its own (replicas are welcome)"
            ) from None


async def refuse_replica(wire: Wire) -> None:
    """Raise the `Refused` of a replica that takes no writes. Changes nothing on the server."""
    try:
        # Nobody has this key. What else is refused (no such right, a full disk) is told by others.
        await wire.call("DEL", writer_mark("nobody"))
    except Refused as refused:
        if refused.code in OF_REPLICAS:
            raise
