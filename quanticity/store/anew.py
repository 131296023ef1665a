"""A system whose clock is made up begins its day again, on the store of one that lived it."""

from __future__ import annotations

from pathlib import Path

from redis.asyncio import Redis

from quanticity.config.schema.root import Simulation
from quanticity.store.address import Address
from quanticity.store.names import slots_key, state_key, writer_mark
from quanticity.store.redis_store import RedisStore

_PAGE = 1000


async def begin_anew(store: RedisStore, simulation: Simulation, data: Path) -> None:
    """Forget latest values, which would be of moments to come; states and events stay.

    Where vendors are simulated, slots too: those vendors begin to count when the system does, and
    what was sent to the ones before them would use a day's calls up by and by. With the clock on
    the wall nothing is forgotten, and never on a server that is not the embedded one of `data`:
    a person's own has keys that are not ours.
    """
    if simulation.clock == "wall" or store.address is None or not _is_ours(store.address, data):
        return
    redis = Redis(connection_pool=store.address.pool(1))
    try:
        await _forget(redis, "*", of="string", but=(state_key(""), writer_mark("")))
        if simulation.vendors:
            await _forget(redis, f"{slots_key('')}*")
    finally:
        await redis.aclose()
        await redis.connection_pool.aclose()


def _is_ours(address: Address, data: Path) -> bool:
    record = data / "store.socket"
    return (
        bool(address.socket) and record.is_file() and record.read_text().strip() == address.socket
    )


async def _forget(
    redis: Redis, pattern: str, *, of: str | None = None, but: tuple[str, ...] = ()
) -> None:
    kept = tuple(word.encode() for word in but)
    scan = redis.scan_iter(match=pattern, count=_PAGE, _type=of)
    names = [name async for name in scan if not name.startswith(kept)]
    for start in range(0, len(names), _PAGE):
        await redis.unlink(*names[start : start + _PAGE])
