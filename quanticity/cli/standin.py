"""Simulated vendors beside a running system: their own thread and loop, the same clock."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from quanticity.clock import EASTERN, Calendar, Clock, LiveClock
from quanticity.config.loaded import Loaded
from quanticity.errors import QuanticityError

if TYPE_CHECKING:
    from quanticity.sim.faults import Faults
    from quanticity.sim.vendors.recorded import Recorded
    from quanticity.sim.vendors.server import SimVendors

_DEMO_TIME = time(10, 0)


def demo_start(calendar: Calendar, now: float) -> float:
    """10:00 Eastern on the latest whole trading day, today included.

    A half day ends before what belongs to the last two hours of a session.
    """
    today: date = datetime.fromtimestamp(now, EASTERN).date()
    days = calendar.trading_days(today - timedelta(days=10), today)
    day = [one.day for one in days if not one.is_half_day][-1]
    within_market(day)
    return datetime.combine(day, _DEMO_TIME, EASTERN).timestamp()


def within_market(day: date) -> None:
    """QuanticityError for a day after the simulated market's last."""
    from quanticity.sim.market.factors import LAST

    if day > LAST:
        raise QuanticityError(
            f"it is {day}, and the simulated market ends on {LAST}: begin at one of its days, as "
            "`python main.py sim --start '2026-01-05 10:00'` does"
        )


def clock_of(loaded: Loaded, calendar: Calendar, wall: Clock) -> Clock:
    """The clock that a config asks for: the wall's, or the demo's."""
    if loaded.root.simulation.clock == "trading_day":
        return LiveClock(demo_start(calendar, wall.now()))
    return wall


def open_recorded(folder: Path) -> Recorded:
    """The recorded bodies of a folder, by the shipped mapping. QuanticityError without one."""
    if not folder.is_dir():
        said = f"there is no folder '{folder}': nothing recorded to serve"
        raise QuanticityError(f"{said}; leave out --recorded to have everything simulated")
    from quanticity.sim.vendors.recorded import Recorded

    return Recorded(folder)


def table_of_hosts(server: SimVendors) -> Iterator[tuple[str, str]]:
    """Each vendor's real host and where it stands here."""
    for vendor in server.vendors:
        for host, prefix in vendor.hosts.items():
            yield host, f"{server.url}/{prefix}"


class StandIn:
    """A simulated market behind a port of loopback, in a thread that dies with the process.

    A thread and not a process: nothing can be left behind. A loop of its own: a large body it
    makes does not hold up the feeds.
    """

    def __init__(
        self,
        clock: Clock,
        calendar: Calendar,
        seed: int,
        delay_ms: tuple[float, float],
        *,
        scenario: str = "quiet",
        plan: Faults | None = None,
        port: int = 0,
    ) -> None:
        from quanticity.sim.vendors.server import SimVendors

        self.server: SimVendors = SimVendors(
            clock, calendar, seed, delay_ms, scenario=scenario, plan=plan, port=port
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, name="sim-vendors", daemon=True)

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def start(self) -> str:
        """Begin to serve; returns the root URL."""
        self._thread.start()
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(self.server.start(), self._loop)
        )

    async def stop(self) -> None:
        """Stop serving and end the thread."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self.server.stop(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join, 5)
        self._loop.close()

    def rewrite(self, source: str, url: str) -> str | None:
        """Where a vendor's real URL stands here; None for one that is not simulated."""
        from quanticity.sim.vendors.registry import address_for

        return address_for(url, self.server.url, self.server.vendors)
