"""What outlives the gateway's process: orders, positions, and the ids of contracts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from xxhash import xxh3_64_digest

from quanticity.errors import QuanticityError
from quanticity.logs import logger
from quanticity.store.locks import ALONE, FileLock

_FILE = "gateway.state"
_LOCK = "gateway.lock"
_VERSION = 1
# A file is this, the checksum of what follows (xxh3-64), and a `Kept` in msgpack.
_HEAD = b"quanticity gateway\n"
_CHECKSUM_BYTES = 8


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
    """What was kept in a folder, None for nothing.

    A damaged file is set aside with a warning, and nothing in it is believed. QuanticityError
    where it cannot be read at all, or is of another version.
    """
    file = folder / _FILE
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise QuanticityError(f"{file}: the gateway's state cannot be read: {why}") from None
    try:
        found = _decoded(text)
    except ValueError as error:
        set_aside(folder, str(error))
        return None
    if found.version != _VERSION:
        raise QuanticityError(
            f"{file}: state of version {found.version}, this program reads {_VERSION}; "
            "move the file away to begin with an empty account"
        )
    return found


def _decoded(text: bytes) -> Kept:
    """ValueError says in what way it is damaged."""
    start = len(_HEAD) + _CHECKSUM_BYTES
    if len(text) < start or not text.startswith(_HEAD):
        raise ValueError("it does not begin as such a file does")
    if xxh3_64_digest(text[start:]) != text[len(_HEAD) : start]:
        raise ValueError("its checksum is another")
    try:
        return msgspec.msgpack.decode(text[start:], type=Kept)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None


def set_aside(folder: Path, why: str) -> None:
    """Move a damaged file out of the way of the next; earlier ones stay. QuanticityError if not."""
    file = folder / _FILE
    aside, number = file.with_suffix(".damaged"), 1
    while aside.exists():
        number += 1
        aside = file.with_suffix(f".damaged-{number}")
    try:
        file.rename(aside)
    except OSError as error:
        failed = error.strerror or type(error).__name__
        raise QuanticityError(
            f"{file}: the gateway's state is damaged: {why}; it cannot be set aside: {failed}; "
            "move it away to begin with an empty account"
        ) from None
    logger.warning(
        f"{file}: the gateway's state is damaged: {why}; it is now {aside.name}, and the account "
        f"begins empty (to go on from a copy, stop, put the copy at {file}, and start again)"
    )


def write(folder: Path, kept: Kept) -> None:
    """Keep it, whole or not at all. QuanticityError where the folder cannot be written to."""
    file = folder / _FILE
    beside = file.with_suffix(".new")
    body = msgspec.msgpack.encode(kept)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(_HEAD + xxh3_64_digest(body) + body)
        beside.replace(file)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise QuanticityError(f"{file}: the gateway's state cannot be kept: {why}") from None
