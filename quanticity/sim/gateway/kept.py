"""What outlives the gateway's process: orders, positions, and the ids of contracts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from quanticity.errors import QuanticityError
from quanticity.store.locks import ALONE, FileLock

_FILE = "gateway.state"
_LOCK = "gateway.lock"
_VERSION = 1


class Kept(msgspec.Struct):
    """A gateway at a moment: which market it is of, and what the exchange and directory hold.

    `now` is the gateway's own time, epoch seconds, and `on` the day of the scenario.
    """

    now: float
    seed: int
    scenario: str
    issued: list[list[str]]
    exchange: bytes
    on: str = ""
    version: int = _VERSION


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else keeps state in this folder meanwhile. QuanticityError where somebody does.

    However a process ends, its folder is free then.
    """
    lock = FileLock(folder / _LOCK)
    try:
        if not _taken(lock, folder):
            raise QuanticityError(
                f"{folder}: another gateway keeps its state there; stop it, or give another --data"
            )
        yield
    finally:
        lock.drop()


def _taken(lock: FileLock, folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return lock.take(ALONE)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise QuanticityError(f"{folder}: the gateway's state cannot be kept: {why}") from None


def read(folder: Path) -> Kept | None:
    """What was kept in a folder, None for nothing. QuanticityError where it cannot be read."""
    file = folder / _FILE
    try:
        found = msgspec.msgpack.decode(file.read_bytes(), type=Kept)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise QuanticityError(
            f"{file}: the gateway's state cannot be read: {error}; "
            "move the file away to begin with an empty account"
        ) from None
    if found.version != _VERSION:
        raise QuanticityError(
            f"{file}: state of version {found.version}, this program reads {_VERSION}; "
            "move the file away to begin with an empty account"
        )
    return found


def write(folder: Path, kept: Kept) -> None:
    """Keep it, whole or not at all. QuanticityError where the folder cannot be written to."""
    file = folder / _FILE
    beside = file.with_suffix(".new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(msgspec.msgpack.encode(kept))
        beside.replace(file)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise QuanticityError(f"{file}: the gateway's state cannot be kept: {why}") from None
