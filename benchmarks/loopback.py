"""A vendor and a store on this machine, each in a process of its own, so that their CPU is theirs.

`python -m benchmarks.loopback` is the vendor: `/body?size=2048` and `/rows?size=2048&page=3`. What
is asked for with `watched=NAME` is noted: `/arrivals` tells when, by name.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson
from aiohttp import web

from quanticity.store.binary import find_server

ROOT = Path(__file__).parents[1]


@cache
def body(size: int) -> bytes:
    """A list of rows as a vendor sends them, of at least `size` bytes."""
    rows: list[dict[str, object]] = []
    left = size
    while left > 0:
        row = {
            "id": len(rows),
            "strike": f"{500 + len(rows) * 0.5:.2f}",
            "call_gamma": f"{len(rows) * 1234.5678:.4f}",
            "put_gamma": f"{len(rows) * -987.6543:.4f}",
            "time": "2026-11-20T15:00:00Z",
        }
        rows.append(row)
        left -= len(orjson.dumps(row)) + 1
    return orjson.dumps({"data": rows})


_ARRIVALS: dict[str, list[float]] = {}


async def _answer(request: web.Request) -> web.Response:
    if watched := request.query.get("watched"):
        _ARRIVALS.setdefault(watched, []).append(time.monotonic())
    return web.Response(
        body=body(int(request.query.get("size", "2048"))), content_type="application/json"
    )


async def _arrivals(_request: web.Request) -> web.Response:
    return web.Response(body=orjson.dumps(_ARRIVALS), content_type="application/json")


async def _serve() -> None:
    app = web.Application()
    app.router.add_get("/arrivals", _arrivals)
    app.router.add_get("/{any:.*}", _answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Loopback:
    """Where the two are."""

    vendor: str
    socket: str


@contextmanager
def loopback() -> Iterator[Loopback]:
    """Start both; they are gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="q") as folder:
        socket = f"{folder}/s"
        server = subprocess.Popen(
            [
                *(str(find_server(os.environ)), "--port", "0", "--unixsocket", socket),
                *("--save", "", "--appendonly", "no", "--dir", folder, "--loglevel", "warning"),
            ],
            stdout=subprocess.DEVNULL,
        )
        vendor = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.loopback"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert vendor.stdout is not None
            url = vendor.stdout.readline().strip()
            while not Path(socket).exists():
                time.sleep(0.01)
            yield Loopback(url, socket)
        finally:
            for process in (vendor, server):
                process.terminate()
                process.wait(10)


if __name__ == "__main__":
    asyncio.run(_serve())
