"""What a server does with what it holds that would go wrong without a word."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from quanticity.errors import StoreError
from quanticity.store.address import Address


class Keeps(Protocol):
    """A store, as far as it tells of its server."""

    @property
    def address(self) -> Address | None:
        """Where the server is."""

    async def info(self, section: str) -> Mapping[str, str]:
        """What the server says of itself, by name."""


News = tuple[bool, str] | None
"""Whether all is well now, and a line of it; None where that is as it was."""


async def _asked(store: Keeps, section: str) -> Mapping[str, str] | None:
    try:
        return await store.info(section)
    except StoreError:
        return None  # that it is away is told by its writer; not everybody may ask


class Evictions:
    """Looks whether the server may give up keys for room, those of slots among them."""

    def __init__(self, store: Keeps) -> None:
        self._store = store
        self._told = ""

    async def look(self) -> News:
        """What is news since the last look."""
        said = await _asked(self._store, "memory")
        if said is None:
            return None
        policy = said.get("maxmemory_policy", "noeviction")
        policy = "" if policy == "noeviction" or said.get("maxmemory", "0") == "0" else policy
        if policy == self._told:
            return None
        self._told = policy
        if not policy:
            return True, "the server gives up no keys for room any more"
        return False, (
            f"the server gives up keys when its memory is full (maxmemory-policy {policy}): slots "
            "that other processes hold, and with them the vendor's limit, events, and what plugins "
            "remember. Let it refuse writes instead (maxmemory-policy noeviction): they are kept"
        )


class Growth:
    """Looks whether the file of the embedded server in `data` can be rewritten.

    It grows with each write, and is rewritten when it has grown enough. Where nothing can be made
    in its folder any more, the server takes writes as before, and the file only grows.
    """

    def __init__(self, data: Path, store: Keeps) -> None:
        self._data = data
        self._folder = data / "store" / "appendonlydir"
        self._store = store
        self._told = False

    async def look(self) -> News:
        """What is news since the last look; of a server that is not the embedded one, nothing."""
        address = self._store.address
        if address is None or not address.socket:
            return None
        said = await _asked(self._store, "persistence")
        if said is None or said.get("aof_enabled") != "1":
            return None
        why = self._why_not(said)
        if bool(why) == self._told:
            return None
        self._told = bool(why)
        if not why:
            return True, "the store's file can be rewritten again"
        size = int(said.get("aof_current_size", 0)) / 1e6
        return False, (
            f"the store's file cannot be rewritten ({why}): it grows with each write until the "
            f"disk is full, and has {size:,.0f} MB by now. Let {self._data / 'store'} be written "
            "to again; nothing is lost, and nothing has to be started anew"
        )

    def _why_not(self, said: Mapping[str, str]) -> str:
        for folder in (self._folder.parent, self._folder):
            if not os.access(folder, os.W_OK | os.X_OK):
                return f"nothing can be made in {folder}"
        if said.get("aof_last_bgrewrite_status") == "err":
            return f"the last attempt failed, see {self._data / 'store.log'}"
        return ""
