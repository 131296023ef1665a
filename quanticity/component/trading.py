"""What trading writes, and what is made of it: keys and shapes, fixed before trading is there.

Whoever reads one of `COMING` is bound and waits for it by name, though nothing writes it yet. Each
shape is what its key holds as JSON: `Key(..., shape=...)` refuses anything else. A figure that
cannot be had is null, with `reason` beside it. Moments are epoch seconds, times of day Eastern.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import ValidationError, convert

from quanticity.component.intent import Instrument
from quanticity.model import Key, Kind
from quanticity.parse import moment

_DAY = 86_400.0


class Position(msgspec.Struct, frozen=True):
    """What is held of one instrument: `quantity` in contracts or shares, short below 0.

    `average_price` is in USD a share, as it was paid; None where nobody knows.
    """

    instrument: Instrument
    quantity: float
    average_price: float | None = None


class Positions(msgspec.Struct, frozen=True):
    """All that is held; an empty list is known to be nothing."""

    positions: tuple[Position, ...]


class ClosedTrade(msgspec.Struct, frozen=True):
    """One trade from its first fill to its last: `entry` and `exit` in USD a share, as filled.

    `quantity` is in contracts or shares, short below 0; `signal` the id that it followed.
    """

    id: str
    strategy: str
    signal: str
    instrument: Instrument
    quantity: float
    opened: float
    closed: float
    entry: float
    exit: float

    @property
    def gain(self) -> float | None:
        """Of the entry, as a fraction: .8 is +80%; None where the entry is no price."""
        if not self.entry > 0:
            return None
        return (self.exit / self.entry - 1) * (1 if self.quantity > 0 else -1)


def closed_trades(rows: Iterable[Any]) -> list[ClosedTrade | None]:
    """The events of `trades:history` as trades; None for each that is none."""
    found: list[ClosedTrade | None] = []
    for row in rows:
        try:
            # Convert takes plain dicts alone, and what an input gave is read-only mappings.
            plain = {
                name: dict(item) if isinstance(item, Mapping) else item
                for name, item in row.items()
            }
            trade = convert(plain, ClosedTrade)
        except (AttributeError, ValidationError):
            found.append(None)
            continue
        times = moment(trade.opened), moment(trade.closed)
        found.append(None if None in times else trade)
    return found


class StrategyStats(msgspec.Struct, frozen=True):
    """How the signals of one strategy fared, over its last trades.

    Gains are fractions of the entry. `signs` are signs of decay, and `disable` says that there
    are two or more.
    """

    trades: int
    wins: int
    win_rate: float | None
    mean_gain: float | None
    mean_win: float | None
    mean_loss: float | None
    profit_factor: float | None
    losses_in_a_row: int
    signs: tuple[str, ...]
    disable: bool
    last_closed: float | None
    reason: str | None


class SignalStats(msgspec.Struct, frozen=True):
    """`analytics:signal_stats`: by strategy."""

    unit: str
    convention: str
    method: str
    strategies: dict[str, StrategyStats]
    reason: str | None


class EntrySlot(msgspec.Struct, frozen=True):
    """Trades that were opened in one part of the day, from `begins` on ("10:00")."""

    begins: str
    trades: int
    win_rate: float
    mean_gain: float
    standard_error: float | None


class EntryTiming(msgspec.Struct, frozen=True):
    """One strategy: the part of the day in which its entries gained most on average, and all."""

    best: str | None
    slots: tuple[EntrySlot, ...]
    reason: str | None


class EntryTimes(msgspec.Struct, frozen=True):
    """`analytics:entry_timing`: by strategy."""

    unit: str
    convention: str
    method: str
    strategies: dict[str, EntryTiming]
    reason: str | None


POSITIONS = Key("positions:active", 60, shape=Positions)
CLOSED_TRADES = Key("trades:history", kind=Kind.EVENTS, cap=10_000, shape=ClosedTrade)
SIGNAL_STATS = Key("analytics:signal_stats", ttl=7 * _DAY, shape=SignalStats)
ENTRY_TIMING = Key("analytics:entry_timing", ttl=7 * _DAY, shape=EntryTimes)

COMING = {
    POSITIONS.name: (POSITIONS, "trading", "nothing is traded yet: nobody says what is held"),
    CLOSED_TRADES.name: (CLOSED_TRADES, "trading", "nothing is traded yet"),
}
"""Keys that are fixed and not written yet: the key, who will write it, and why it is not there."""
