"""The server that comes with the program: found running in the data directory, or started there.

It lives as long as any client process does: see `keeper.py`. Three locks in the directory say
who is there: `store.lock` is shared by all clients, `keeper.lock` is the keeper's, and
`start.lock` is held by the one client that is looking for the server or starting it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from quanticity.clock import Clock
from quanticity.errors import NothingRuns, StoreUnavailable
from quanticity.store.address import Address
from quanticity.store.binary import find_server
from quanticity.store.locks import ALONE, SHARED, FileLock
from quanticity.store.ping import Pulse, ask_to_stop, pulse

_KEEPER = Path(__file__).with_name("keeper.py")
_POLL = 0.005
_LOCK_PATIENCE = 30.0
_START_PATIENCE = 30.0
_LOOK_PATIENCE = 5.0
_LOAD_PATIENCE = 600.0
_END_PATIENCE = 5.0
_LONGEST_SOCKET = 100
_KEEPERS_LOCK = 3
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# A body of 4 MB passes through two buffers on its way into the server's file. glibc as it comes
# gives such buffers back to the kernel after each body, and waits for their pages at the next one:
# half of all that the server does for it. So it keeps up to 32 MB. Other allocators ignore this.
_ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(32 << 20)}


class Embedded:
    """The embedded server of one data directory, seen from one client process."""

    def __init__(
        self, data: Path, clock: Clock, environ: Mapping[str, str], *, attach_only: bool = False
    ) -> None:
        self._data = data
        self._clock = clock
        self._environ = environ
        self._attach_only = attach_only
        self._clients = FileLock(data / "store.lock")
        self._keeper = FileLock(data / "keeper.lock")
        self._start = FileLock(data / "start.lock")
        self._turn = asyncio.Lock()
        self._child: int | None = None

    async def locate(self) -> Address:
        """Where the server is; started first where it does not run and may be.

        Raises `StoreUnavailable` with what a person can do.
        """
        if sys.platform == "win32":
            find_server(self._environ)
        try:
            return await self._find_or_start()
        except OSError as error:
            raise StoreUnavailable(
                f"the data directory {self._data} cannot be used: {error}; "
                "name another with --data or QUANTICITY_DATA"
            ) from None

    async def _find_or_start(self) -> Address:
        if not self._attach_only:
            (self._data / "store").mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not (self._data / "store.lock").exists():
            raise self._not_running()
        async with self._turn:
            if not self._clients.is_open:
                await self._wait_for(self._clients, SHARED)
            async with self._alone():
                self._reap()
                path = self._socket()
                if await self._lives(path):
                    return Address(socket=path)
                if self._attach_only:
                    raise self._not_running()
                path = self._choose_socket()
                await self._launch(path)
                return Address(socket=path)

    async def release(self) -> None:
        """Stop being a client. The last one waits until the server has ended."""
        if not self._clients.is_open:
            return
        last = self._clients.take(ALONE) or not self._clients.take(SHARED)
        self._clients.drop()
        waited = 0.0
        while last and self._keeper_lives() and waited < _END_PATIENCE:
            await self._clock.sleep(_POLL)
            waited += _POLL
        self._reap()

    async def _lives(self, path: str) -> bool:
        loop = asyncio.get_running_loop()
        began = loop.time()
        patience = _LOOK_PATIENCE if self._attach_only else _START_PATIENCE
        state = await pulse(path)
        # While a keeper lives, its server is starting, busy, or about to end with it.
        while state is not Pulse.READY and (state is Pulse.LOADING or self._keeper_lives()):
            # Questions without an answer take longer than the pauses between them.
            waited = loop.time() - began
            if waited > (_LOAD_PATIENCE if state is Pulse.LOADING else patience):
                raise StoreUnavailable(
                    f"the store gives no answer on {path or 'its socket'} "
                    f"for {waited:.0f} s; see {self._data / 'store.log'}"
                )
            await self._clock.sleep(_POLL)
            state = await pulse(self._socket())
        if state is Pulse.NONE:
            return False
        if self._keeper_lives():
            return True
        # A server whose keeper was killed where the kernel does not end it too: nobody would
        # ever stop it.
        await ask_to_stop(path)
        while await pulse(path) is not Pulse.NONE:
            await self._clock.sleep(_POLL)
        return False

    async def _launch(self, path: str) -> None:
        program = find_server(self._environ)
        log = self._data / "store.log"
        arguments = [
            sys.executable,
            *("-I", "-S", str(_KEEPER)),
            *(str(self._data), path),
            *(str(program), *server_arguments(self._data, path)),
        ]
        # The keeper is born with its lock: were we killed right now, whoever looks next sees it.
        await self._wait_for(self._keeper, ALONE)
        try:
            self._child = _spawn(arguments, log, self._environ, self._keeper.number)
        finally:
            self._keeper.leave()
        waited = 0.0
        while (state := await pulse(path)) is not Pulse.READY:
            if self._reap():
                raise StoreUnavailable(self._why_not(program, log))
            if waited > (_LOAD_PATIENCE if state is Pulse.LOADING else _START_PATIENCE):
                raise StoreUnavailable(f"{program} does not answer on {path}; see {log}")
            await self._clock.sleep(_POLL)
            waited += _POLL

    def _why_not(self, program: Path, log: Path) -> str:
        try:
            said = log.read_text(errors="replace").strip().splitlines()[-3:]
        except OSError:
            said = []
        told = "".join(f"\n    {line}" for line in said)
        return (
            f"the store did not start: {program} ended at once, and {log} says{told or ' nothing'}"
            f"\n  its files are in {self._data / 'store'}; moved away, it starts empty"
        )

    def _not_running(self) -> NothingRuns:
        return NothingRuns(
            f"nothing is running in {self._data}: start it with `python main.py run`, "
            "or name its directory with --data"
        )

    def _socket(self) -> str:
        """The socket as recorded by whoever started the server; empty where nobody did."""
        try:
            return (self._data / "store.socket").read_text().strip()
        except OSError:
            return ""

    def _choose_socket(self) -> str:
        path = str(self._data.resolve() / "store.sock")
        if len(os.fsencode(path)) >= _LONGEST_SOCKET:
            path = str(Path(_private_folder()) / "s")
        record = self._data / "store.socket"
        fresh = record.with_suffix(".new")
        fresh.write_text(path + "\n")
        fresh.replace(record)
        return path

    def _keeper_lives(self) -> bool:
        free = self._keeper.take(SHARED)
        self._keeper.drop()
        return not free

    def _reap(self) -> bool:
        """True where the keeper we started has ended."""
        if self._child is None:
            return False
        try:
            ended, _ = os.waitpid(self._child, os.WNOHANG)
        except ChildProcessError:
            ended = self._child
        if ended:
            self._child = None
        return bool(ended)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        await self._wait_for(self._start, ALONE)
        try:
            yield
        finally:
            self._start.drop()

    async def _wait_for(self, lock: FileLock, mode: int) -> None:
        waited = 0.0
        while not lock.take(mode):
            if waited > _LOCK_PATIENCE:
                lock.drop()
                raise StoreUnavailable(
                    f"another process has been starting or stopping the store in {self._data} "
                    f"for {_LOCK_PATIENCE:.0f} s; see {self._data / 'store.log'}"
                )
            await self._clock.sleep(_POLL)
            waited += _POLL


def server_arguments(data: Path, path: str) -> list[str]:
    """How the server is run: on a unix socket only, small, and every write in its file."""
    settings = {
        "port": "0",
        "unixsocket": path,
        "unixsocketperm": "700",
        "dir": str(data.resolve() / "store"),
        "daemonize": "no",
        "databases": "1",
        "save": "",
        "appendonly": "yes",
        # Each write is in the kernel's hands before its answer is: that survives kill -9. With
        # `everysec` a slow disk would hold writes back for up to 2 s while answers go out.
        "appendfsync": "no",
        "auto-aof-rewrite-min-size": "64mb",
        "loglevel": "warning",
    }
    return [part for name, value in settings.items() for part in (f"--{name}", value)]


def _spawn(arguments: list[str], log: Path, environ: Mapping[str, str], lock: int) -> int:
    """Start a program in the background, what it prints in `log`, and return its process id.

    The open file `lock` is its file 3, lock and all. It sees a few variables only: tokens of
    vendors are none of its business.
    """
    mode = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    return os.posix_spawn(
        arguments[0],
        arguments,
        _ALLOCATOR | {name: environ[name] for name in _PASSED_ON if name in environ},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, lock, _KEEPERS_LOCK),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), mode, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )


def _private_folder() -> str:
    folder = tempfile.mkdtemp(prefix="quanticity-")
    if len(os.fsencode(folder)) + 2 >= _LONGEST_SOCKET:
        Path(folder).rmdir()
        # A long TMPDIR: the usual place is short, and the folder is private all the same.
        folder = tempfile.mkdtemp(prefix="quanticity-", dir="/tmp")
    return folder
