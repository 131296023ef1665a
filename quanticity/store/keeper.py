"""Owns the embedded server, and ends it when its last client process is gone.

Run as `python -I -S keeper.py DATA SOCKET PROGRAM [ARGUMENT ...]`, by the first client.
Every client process holds a shared lock on DATA/store.lock; the kernel drops it however the
process ends. The keeper starts the server as its child and then waits for that lock to itself:
once it has it, no client lives and none can begin, so it stops the server and goes.

Where the keeper itself is killed, the kernel ends the server with it (Linux); elsewhere the
next client finds DATA/keeper.lock free, ends the orphan, and starts anew.

Nothing here imports anything of Quanticity: it starts in milliseconds and stays small.
"""

import contextlib
import fcntl
import os
import signal
import socket
import sys
import time

_POLL = 0.01
# DATA/keeper.lock, open and locked by the client that began us: there is no moment at which we
# are on our way and nobody can see it.
_OWN_LOCK = 3
_STOP_PATIENCE = 10.0
_PR_SET_PDEATHSIG = 1


def main(data: str, path: str, program: str, arguments: list[str]) -> int:
    """Run the server until no client is left. Returns the exit status."""
    if os.getpid() != os.getsid(0):
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.set_inheritable(_OWN_LOCK, False)
    server = _start(program, arguments)
    signal.signal(signal.SIGTERM, lambda *_: _leave(server, path))
    signal.signal(signal.SIGCHLD, lambda *_: _bury(server, path))
    _bury(server, path)  # where it ended before the handler stood
    fcntl.flock(_open(data + "/store.lock"), fcntl.LOCK_EX)
    _leave(server, path)
    return 0


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _start(program: str, arguments: list[str]) -> int:
    keeper = os.getpid()
    libc = None
    if sys.platform == "linux":
        import ctypes

        libc = ctypes.CDLL(None)
    child = os.fork()
    if child:
        return child
    try:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != keeper:
                os._exit(1)
        os.execv(program, [program, *arguments])  # noqa: S606 - it is what the client named
    except OSError as error:
        os.write(2, f"{program}: {error}\n".encode())
    finally:
        os._exit(127)


def _leave(server: int, path: str) -> None:
    """Stop the server, its log file flushed, and end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _ask_to_stop(server, path)
    patience = time.monotonic() + _STOP_PATIENCE
    while os.waitpid(server, os.WNOHANG) == (0, 0):
        if time.monotonic() > patience:
            os.kill(server, signal.SIGKILL)
            os.waitpid(server, 0)
            break
        time.sleep(_POLL)
    _remove(path)
    os._exit(0)


def _ask_to_stop(server: int, path: str) -> None:
    # Both flush the append-only file; the command is obeyed at once, the signal within 0.1 s,
    # but also by a server that does not listen yet.
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(path)
            line.sendall(b"SHUTDOWN NOSAVE\r\n")
            line.recv(1)
    except OSError:
        os.kill(server, signal.SIGTERM)


def _bury(server: int, path: str) -> None:
    """The server ended by itself: so do we, and the next client starts a new pair."""
    ended, status = os.waitpid(server, os.WNOHANG)
    if ended:
        _remove(path)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF or 1)


def _remove(path: str) -> None:
    """The socket, and the private folder it may stand in."""
    folder = path.rpartition("/")[0]
    private = folder.rpartition("/")[2].startswith("quanticity-")
    for remove, what in ((os.unlink, path), (os.rmdir, folder if private else path)):
        with contextlib.suppress(OSError):  # the server removes its socket where it ends well
            remove(what)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
