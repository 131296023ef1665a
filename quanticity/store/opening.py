"""How a store is opened: the discovery order, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from quanticity.clock import Clock
from quanticity.config.loaded import Loaded
from quanticity.config.schema.root import StoreSettings
from quanticity.store.address import Address
from quanticity.store.embedded import Embedded
from quanticity.store.link import open_wire
from quanticity.store.redis_store import RedisStore
from quanticity.store.slots import RedisLedger


def store_settings(
    loaded: Loaded, environ: Mapping[str, str]
) -> tuple[StoreSettings, Mapping[str, str]]:
    """Which server this config means, and the environment that may name one.

    `.env` names one as well, as it does keys. A simulation never uses `$REDIS_URL`: simulated
    prices do not belong among real ones. It uses a server only where its config names one.
    """
    if not loaded.root.simulation.vendors:
        url = loaded.secrets.get("REDIS_URL")
        return loaded.root.store, {**environ, "REDIS_URL": url} if url else environ
    return loaded.root.store, {k: v for k, v in environ.items() if k != "REDIS_URL"}


async def open_store(
    settings: StoreSettings,
    data_dir: Path,
    clock: Clock,
    environ: Mapping[str, str],
    *,
    attach_only: bool = False,
) -> RedisStore:
    """The server of `settings.url`, else of `$REDIS_URL`, else the embedded one in `data_dir`.

    The embedded one is attached to where it runs, and started where not; with `attach_only` it
    is never started. Raises `StoreUnavailable` with what a person can do.
    """
    url = settings.url or environ.get("REDIS_URL", "")
    if url:
        address = Address(url=url)

        async def locate() -> Address:
            return address

        embedded = None
    else:
        embedded = Embedded(data_dir, clock, environ, attach_only=attach_only)
        locate = embedded.locate
    store = RedisStore(
        locate,
        clock,
        pool_size=settings.pool_size,
        outage_bytes=settings.outage_bytes,
        changes_cap=settings.changes_cap,
        on_close=embedded.release if embedded is not None else None,
    )
    try:
        await store.start()
    except BaseException:
        await store.close()
        raise
    return store


async def look_for(address: Address, patience: float = 3.0) -> None:
    """Ask a server of one's own whether it is there, and touch nothing in it.

    Raises `StoreUnavailable` with the cause; `patience` is in seconds.
    """

    async def there() -> Address:
        return address

    wire, _ = await open_wire(there, lambda _: None, patience)
    try:
        await wire.call("PING")
    finally:
        wire.close()


async def open_ledger(store: RedisStore, clock: Clock) -> RedisLedger:
    """The ledger of slots on the server of `store`. Close it before the store."""
    ledger = RedisLedger(store.locate, clock)
    await ledger.start()
    return ledger
