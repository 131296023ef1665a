"""How a command is put on the wire. Large bodies are sent from where they lie."""

from __future__ import annotations

from collections.abc import Sequence

import hiredis

# One argument; a tuple is one argument that is sent in pieces, without joining them.
Argument = bytes | str | int | tuple[bytes, ...]


def pack(arguments: Sequence[Argument], *, pieces: bool = False) -> list[bytes]:
    """The bytes of one command, in order. `pieces` says that some argument is a tuple."""
    if not pieces:
        return [hiredis.pack_command(tuple(arguments))]  # type: ignore[arg-type]  # its stub is wrong
    sent: list[bytes] = []
    small = [b"*%d\r\n" % len(arguments)]
    for argument in arguments:
        if isinstance(argument, tuple):
            small.append(b"$%d\r\n" % sum(map(len, argument)))
            sent.append(b"".join(small))
            sent.extend(argument)
            small = [b"\r\n"]
        else:
            text = argument if isinstance(argument, bytes) else str(argument).encode()
            small.append(b"$%d\r\n%b\r\n" % (len(text), text))
    sent.append(b"".join(small))
    return sent
