"""The only reader of time: live and virtual clocks, and the exchange calendar."""

from quanticity.clock.base import Clock
from quanticity.clock.calendar import (
    EASTERN,
    Calendar,
    MarketCalendar,
    Session,
    closing_time,
    eastern,
)
from quanticity.clock.live import LiveClock, cpu_seconds
from quanticity.clock.scaled import ScaledClock
from quanticity.clock.virtual import VirtualClock, run_virtual

__all__ = [
    "EASTERN",
    "Calendar",
    "Clock",
    "LiveClock",
    "MarketCalendar",
    "ScaledClock",
    "Session",
    "VirtualClock",
    "closing_time",
    "cpu_seconds",
    "eastern",
    "run_virtual",
]
