"""The simulated websocket: what it pushes keeps nobody from an answer."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from quanticity.sim.vendors.vendor import SocketClosed
from tests.sim.vendors.unusual_whales.ask import MORNING, vendor

CHANNELS = [f"price:{symbol}" for symbol in ("SPY", "QQQ", "IWM", "AAPL", "MSFT")]


class Line:
    """A connection that takes at once what is sent: joins, then one pass over all channels."""

    def __init__(self) -> None:
        self.now = MORNING
        self.turn = 0
        self.texts = [json.dumps({"channel": name, "msg_type": "join"}) for name in CHANNELS]
        self.sent: dict[str, list[int]] = {}

    async def receive(self, within: float) -> str | None:
        if self.texts:
            return self.texts.pop(0)
        if self.now > MORNING:
            raise SocketClosed
        self.now += 60.0
        self.sent.clear()
        return None

    async def send(self, message: Any) -> None:
        self.sent.setdefault(message[0], []).append(self.turn)

    async def count(self) -> None:
        while True:
            self.turn += 1
            await asyncio.sleep(0)


def test_frames_of_all_channels_were_made_while_requests_waited_for_their_answers() -> None:
    async def main() -> Line:
        line = Line()
        counting = asyncio.create_task(line.count())
        nobody: Any = None
        with pytest.raises(SocketClosed):
            await vendor().sockets()["/socket"](nobody, line)
        counting.cancel()
        return line

    line = asyncio.run(main())
    first = [line.sent[name][0] for name in CHANNELS]
    assert first == sorted(set(first))
