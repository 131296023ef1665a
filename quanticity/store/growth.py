"""The embedded server's file: it grows with each write, and is rewritten when it has grown enough.

Where nothing can be made in its folder any more, it takes writes as before, and only grows.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from quanticity.errors import StoreError
from quanticity.store.address import Address


class Keeps(Protocol):
    """A store, as far as it tells of the file that its server keeps."""

    @property
    def address(self) -> Address | None:
        """Where the server is."""

    async def of_file(self) -> Mapping[str, str]:
        """What the server says of its file, by name."""


class Growth:
    """Looks whether the file of the server in `data` can be rewritten."""

    def __init__(self, data: Path, store: Keeps) -> None:
        self._data = data
        self._folder = data / "store" / "appendonlydir"
        self._store = store
        self._told = False

    async def look(self) -> tuple[bool, str] | None:
        """What is news since the last look: whether it can be, and a line; None where nothing is.

        Of a server that is not the embedded one, nothing ever is.
        """
        address = self._store.address
        if address is None or not address.socket:
            return None
        try:
            said = await self._store.of_file()
        except StoreError:
            return None  # that it is away is told by its writer
        if said.get("aof_enabled") != "1":
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
