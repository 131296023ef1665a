"""The tap's own account of what came, by which the observer judges a handler."""

from __future__ import annotations

import asyncio
import struct

from tests.plugins.ibkr.rig import TEN
from tests.plugins.ibkr.tap import Heard, Tap

_ASK_BOOK = ("10", "5", "1", "0", "SPY", "STK")
_CHANGE = ("12", "1", "1", "0", "0", "1", "600.01", "100")


def frame(*fields: str) -> bytes:
    """One message."""
    text = "".join(f"{one}\0" for one in fields).encode()
    return struct.pack(">I", len(text)) + text


class Hands:
    """A clock that is moved by whoever has it."""

    def __init__(self) -> None:
        self.at = TEN

    def now(self) -> float:
        """Where it stands."""
        return self.at


class Slow(asyncio.Protocol):
    """A client whose machine does something else for `seconds` before it reads a batch."""

    def __init__(self, clock: Hands, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds

    def data_received(self, data: bytes) -> None:
        """Read it, late, and take as long again to end."""
        self._clock.at += self._seconds
        self.read_at = self._clock.now()
        self._clock.at += self._seconds


def test_data_read_late_on_a_busy_machine_came_then_all_the_same():
    # Two readings of the time were held to be of one batch where they were 0.1 s apart at most.
    clock = Hands()
    heard = Heard(clock)
    client = Slow(clock, 3.0)
    tap = Tap(heard, client)
    tap.sent(frame(*_ASK_BOOK))
    for _ in range(3):
        tap.data_received(frame(*_CHANGE))
        assert heard.came("book", "SPY", client.read_at)
        clock.at += 60.0
        assert not heard.came("book", "SPY", clock.at)
    assert not heard.came("quote", "SPY", client.read_at)
    assert not heard.came("book", "SPY", TEN - 1.0)


def test_half_a_message_has_not_come_yet():
    clock = Hands()
    heard = Heard(clock)
    client = Slow(clock, 1.0)
    tap = Tap(heard, client)
    tap.sent(frame(*_ASK_BOOK))
    whole = frame(*_CHANGE)
    tap.data_received(whole[:20])
    assert not heard.came("book", "SPY", client.read_at)
    tap.data_received(whole[20:])
    assert heard.came("book", "SPY", client.read_at)
