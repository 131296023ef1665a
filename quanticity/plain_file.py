"""A file that a person may have written, read whole: no pipe, no device, nothing without end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

LARGEST_BYTES = 20_000_000


def read_plain(path: Path, most: int = LARGEST_BYTES) -> bytes:
    """The bytes of a plain file, or of the one that a link leads to; it never waits.

    Raises OSError, whose `strerror` says why, also for what is no plain file and for more than
    `most` bytes. Whoever handles a file that is missing handles these as well.
    """
    kind = path.stat().st_mode
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(kind):
        # A pipe would be waited for without end, and /dev/zero has none.
        raise OSError(errno.EINVAL, "it is not a plain file", str(path))
    with open(path, "rb", opener=_at_once) as file:  # Path.open has no opener
        size = os.fstat(file.fileno()).st_size
        # One byte more tells of a file that grew since, or that does not say how large it is.
        content = file.read(most + 1) if size <= most else b""
    if (large := max(size, len(content))) > most:
        said = f"it has {large:,} bytes; at most {most:,} are read"
        raise OSError(errno.EFBIG, said, str(path))
    return content


def _at_once(path: str, flags: int) -> int:
    # It may have become a pipe since it was looked at: then nothing is there to read.
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
