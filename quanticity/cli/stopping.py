"""Ctrl-C and SIGTERM ask a command to stop; once more, or held, they change nothing."""

from __future__ import annotations

import asyncio
import signal
from types import FrameType


def stop_at_signals(stop: asyncio.Event) -> None:
    """Set `stop` at the first of them, for good: also after the loop has ended.

    asyncio's own handlers go when its loop does, and the next Ctrl-C, of a finger that is still on
    the key, would end a clean stop with the status of an interruption.
    """
    loop = asyncio.get_running_loop()

    def asked(_number: int, _frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)
