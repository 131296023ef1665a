"""Imported by the server that forks the processes of plugins, so that each starts warm.

Building the exchange's calendar takes half a second, loading the kernels as long, and a worker
that is started again has one second in all. What is there here is there in every process that is
forked. Kernels that were never compiled are compiled now: a quarter of a minute, once.
"""

from __future__ import annotations

from collections import deque

from quanticity.clock import LiveClock, MarketCalendar
from quanticity.heap import gives_back, stays
from quanticity.quant import kernels

gives_back()
MarketCalendar().session(LiveClock().now())
deque(kernels.load(), maxlen=0)
# What is here is shared by all that are forked: no collection of theirs writes to it.
stays()
