"""A real embedded server for tests, in a short directory of its own, gone afterwards."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.model import Kind, Write
from quanticity.store.opening import open_store
from quanticity.store.redis_store import RedisStore

ROOT = Path(__file__).parents[2]


def write(
    key: str = "raw:uw:spot_gex:SPY",
    data: bytes = b'{"data": 1}',
    *,
    ttl: float = 180,
    kind: Kind = Kind.LATEST,
    cap: int = 10_000,
    timestamp: float = 1_767_625_200.25,
    inputs: Mapping[str, str] | None = None,
) -> Write:
    """A write with everything filled in."""
    return Write(
        key=key,
        data=data,
        source="unusual_whales.spot_gex",
        timestamp=timestamp,
        received=timestamp + 1,
        ttl=ttl,
        kind=kind,
        inputs=inputs,
        cap=cap,
    )


@contextmanager
def directory() -> Iterator[Path]:
    """A data directory with a short path; what still runs there at the end is killed."""
    data = Path(tempfile.mkdtemp(prefix="qs"))
    try:
        yield data
    finally:
        for pid in processes_of(data):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(data, ignore_errors=True)


def environment() -> dict[str, str]:
    """This process's environment without the address of a server."""
    return {name: value for name, value in os.environ.items() if name != "REDIS_URL"}


@asynccontextmanager
async def opened(
    data: Path, *, attach_only: bool = False, **settings: str | int
) -> AsyncIterator[RedisStore]:
    """The store of `data`, embedded, closed at the end."""
    store = await open_store(
        StoreSettings.model_validate(settings),
        data,
        LiveClock(),
        environment(),
        attach_only=attach_only,
    )
    try:
        yield store
    finally:
        await store.close()


def processes_of(data: Path) -> list[int]:
    """Keepers and servers of a data directory that are alive (zombies are not)."""
    found = []
    listing = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,stat=,args="], capture_output=True, text=True, check=True
    )
    for line in listing.stdout.splitlines():
        pid, state, arguments = line.split(None, 2)
        mine = str(data) in arguments and ("keeper.py" in arguments or "server" in arguments)
        if mine and not state.startswith("Z") and int(pid) != os.getpid():
            found.append(int(pid))
    return found


def keeper_of(data: Path) -> int:
    """The keeper's process id."""
    return next(pid for pid in processes_of(data) if "keeper.py" in _arguments(pid))


def server_of(data: Path) -> int:
    """The server's process id."""
    return next(pid for pid in processes_of(data) if "keeper.py" not in _arguments(pid))


def _arguments(pid: int) -> str:
    shown = subprocess.run(
        ["ps", "-ww", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False
    )
    return shown.stdout


def eventually(check: Callable[[], bool], within: float = 5.0) -> None:
    """Fail unless `check()` becomes true."""
    end = time.monotonic() + within
    while not check():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


async def until(check: Callable[[], bool], within: float = 10.0) -> None:
    """As `eventually`, for what happens on this loop."""
    async with asyncio.timeout(within):
        while not check():  # noqa: ASYNC110 - nobody tells what is waited for
            await asyncio.sleep(0.002)


CLIENT = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.store.opening import open_ledger, open_store
from tests.store.running import write, environment

async def main():
    data = Path(sys.argv[1])
    store = await open_store(StoreSettings(), data, LiveClock(), environment())
    {body}
    await asyncio.sleep(600)

asyncio.run(main())
"""


@contextmanager
def client(data: Path, body: str) -> Iterator[subprocess.Popen[str]]:
    """Another process with the store open; it prints a line when its `body` has run."""
    text = CLIENT.format(root=str(ROOT), body=body + "; print('ready', flush=True)")
    child = subprocess.Popen(
        [sys.executable, "-c", text, str(data)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def ready(child: subprocess.Popen[str]) -> None:
    """Wait until the other process has done its part."""
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "ready"
