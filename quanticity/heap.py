"""How memory is kept while a program is read in, and where it runs for long.

Measured with 2 KB bodies at 16 in flight: with Python's own setting the collector took a tenth of
all CPU of fetching, and each full pass stopped the loop for 50 ms. Nearly everything that a fetch
allocates goes by its reference count; the collector is for the few circles left.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Containers made and not freed again, before the young ones are looked at. Python's own is 700:
# several times a second, mostly at what is in use just then. At 10,000 it is still 2% of all CPU.
YOUNG = 50_000

# glibc's numbers for `mallopt`, and what is asked of it: bytes of heap that may stand free at its
# end, bytes from which a block is mapped by itself, heaps for all threads together.
_ASKED = {-1: 1_000_000, -3: 524_288, -8: 2}


def settle() -> None:
    """What stands now stays, and the collector is seldom called."""
    stays()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])


def stays() -> None:
    """What stands now is not garbage: no later collection walks it again."""
    gc.collect()
    gc.freeze()


@contextmanager
def reading() -> Iterator[None]:
    """What is imported meanwhile stays, and is walked by no collection, neither now nor later.

    A tenth of a million objects: they took a fifth of the time of a command that ends at once.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()


def exact(text: bytes) -> bytes:
    """The same in a block of its own size, for what is kept.

    orjson (3.13) leaves its texts in the block that it wrote them in: 4 KB for 34 bytes, 1 MB for
    180 KB. A simulated day kept some hundred thousand of them.
    """
    return bytes(memoryview(text))


def gives_back() -> bool:
    """Let large blocks go back to the system when they are freed; False where nothing can be set.

    To be called before there are threads. glibc by itself gives each thread a heap, and once a
    large block was freed takes all like it from there: bodies of some megabytes, read in several
    threads, left the demo with 160 MiB that nothing used any more.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # another C library
        return False
    taken = [mallopt(number, value) == 1 for number, value in _ASKED.items()]
    return all(taken)
