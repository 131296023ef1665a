"""The Source `ibkr`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quanticity.api import Context, Source

from .handler import ClockSetBack, Handler
from .keys import WRITES
from .library import LibraryLine, library
from .port import Line
from .settings import IbkrParams

# The vendor refuses ticks and bars of a symbol that were asked for within 15 seconds, and when
# that was is not known any more.
_FORGOTTEN = 16.0


class Ibkr(Source):
    """Quotes, books, prints, bars, options and the account, of TWS or the Gateway.

    An edit of its section adds and drops subscriptions on the connection there is. Its connection
    has a fixed client id; another one is left to orders.
    """

    name = "ibkr"
    section = "ibkr"
    Params = IbkrParams
    writes = WRITES
    line_for: Callable[[Any], Line] = staticmethod(LibraryLine)
    """Makes the line for a sink."""
    _handler: Handler | None = None

    async def run(self, context: Context) -> None:
        """Go on until cancelled. LineError where no client library is installed."""
        library()
        while True:
            self._handler = Handler(self.params, context, self.line_for)
            try:
                await self._handler.run()
            except* ClockSetBack as errors:
                # What has a moment of an hour ahead would wait for that hour.
                context.log.warning(f"{errors.exceptions[0]}: the connection begins anew")
            finally:
                self._handler = None
            await context.sleep(_FORGOTTEN)

    def revise(self, params: IbkrParams) -> bool:
        """Follow an edit; False where it needs another connection."""
        return self._handler is not None and self._handler.revise(params)
