"""The vendor of the fetch benchmark: a process of its own that answers 2 KB or 2 MB of JSON.

`python -m benchmarks.loopback_server` prints its port. Every body differs from the one before by
a number, so that nothing can be skipped because it did not change.
"""

from __future__ import annotations

import asyncio

import orjson

SMALL_ROWS, BIG_ROWS = 9, 9_000
_MARK = b"0000000000"


def body(rows: int) -> bytes:
    """Rows as vendors send them: decimals as text, counts as numbers."""
    return orjson.dumps(
        {
            "number": "n" + _MARK.decode(),
            "data": [
                {
                    "option_symbol": f"SPY260{row % 10}16C00{row:06d}",
                    "strike": f"{400 + row * 0.5:.2f}",
                    "expiry": "2026-06-16",
                    "price": "12.3400",
                    "implied_volatility": "0.1834",
                    "delta": "0.5123",
                    "gamma": "0.0123",
                    "volume": 1000 + row,
                    "open_interest": 5000 + row,
                    "time": "2026-01-05T15:00:00Z",
                }
                for row in range(rows)
            ],
        }
    )


class _Vendor(asyncio.Protocol):
    answers: dict[bytes, tuple[bytes, bytes]]
    number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            head, _, self.waiting = self.waiting.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].split(b"?")[0][:4]
            before, after = self.answers[path]
            _Vendor.number += 1
            self.transport.write(b"%s%010d%s" % (before, _Vendor.number, after))  # type: ignore[attr-defined]


def _answer(rows: int) -> tuple[bytes, bytes]:
    text = body(rows)
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"x-remaining: 100000\r\nContent-Length: %d\r\n\r\n" % len(text)
    )
    before, _, after = (head + text).partition(_MARK)
    return before, after


async def _serve() -> None:
    _Vendor.answers = {b"/2kb": _answer(SMALL_ROWS), b"/2mb": _answer(BIG_ROWS)}
    server = await asyncio.get_running_loop().create_server(_Vendor, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
