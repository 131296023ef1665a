"""Following the stream of changes, on a connection of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from quanticity.clock import Clock
from quanticity.errors import StoreUnavailable
from quanticity.store.link import Locate, open_wire
from quanticity.store.names import CHANGES
from quanticity.store.wire import Refused, Wire

_BLOCK_SECONDS = 5.0
_PAGE = 500
_PAUSE = 0.2


async def follow(
    locate: Locate, clock: Clock, after: str = "$", servers: Callable[[], int] = lambda: 0
) -> AsyncIterator[tuple[str, str]]:
    """Yield (seq, key) of every write later than `after`, for ever; `$` is from now on.

    A blocking read waits longer than any time-out of a usual connection, so this has its own,
    which is silent for as long as nobody writes. Outages are waited through. Where `servers`
    grows, writes go to another server by now, and this one may hear of none of them: it is left.
    """
    last = after
    while True:
        wire: Wire | None = None
        try:
            found = servers()
            wire, _ = await open_wire(locate, _ignore, patience=3 * _BLOCK_SECONDS)
            if last == "$":
                last = await _newest(wire)
            while found == servers():
                for seq, key in await _read(wire, last):
                    last = seq
                    yield seq, key
        except (StoreUnavailable, Refused):
            await clock.sleep(_PAUSE)
        finally:
            if wire is not None:
                wire.close()


async def _newest(wire: Wire) -> str:
    rows = await wire.call("XREVRANGE", CHANGES, "+", "-", "COUNT", 1)
    return str(rows[0][0].decode()) if rows else "0-0"


async def _read(wire: Wire, after: str) -> list[tuple[str, str]]:
    answer = await wire.call(
        "XREAD", "COUNT", _PAGE, "BLOCK", round(_BLOCK_SECONDS * 1000), "STREAMS", CHANGES, after
    )
    if not answer:
        return []
    return [(seq.decode(), fields[1].decode()) for seq, fields in answer[0][1]]


def _ignore(why: str) -> None:
    """The loss of the store is told by its writer."""
