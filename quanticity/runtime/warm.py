"""Imported by the server that forks the processes of plugins, so that each starts warm.

Building the exchange's calendar takes half a second, and a worker that is started again has one
second in all. What is built here once is there in every process that is forked.
"""

from __future__ import annotations

from quanticity.clock import LiveClock, MarketCalendar

MarketCalendar().session(LiveClock().now())
