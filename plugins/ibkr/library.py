"""The one module that imports the vendor's client library: ib_async, else ib_insync.

Of the library this takes the wire: encoding, framing, decoding. Its queue is not used (our lanes
pace), nor its caches of tickers and orders, which keep what is old over a reconnect.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any

from .contracts import Asked
from .port import LineError, Sink
from .wire import Wire

NAMES = ("ib_async", "ib_insync")
Opener = Callable[[asyncio.Protocol, str, int], Awaitable[asyncio.Transport]]
"""Opens a connection for a protocol: a socket, or a pair in memory."""

_INSTALL = (
    "neither ib_async nor ib_insync is installed: pip install 'quanticity[ibkr]' "
    "(one of the two, never both)"
)
# How long somebody may take to open a door that he may not have, in seconds.
_KNOCK = 0.5
# Frames are cut out of a buffer that is copied for each: of small ones the copies are small.
_BITE = 16_384


@cache
def library() -> str:
    """The name of the library that is installed. LineError where there is none."""
    for name in NAMES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        return name
    raise LineError(_INSTALL)


@cache
def _module(part: str) -> Any:
    return importlib.import_module(f"{library()}.{part}")


async def socket(protocol: asyncio.Protocol, host: str, port: int) -> asyncio.Transport:
    """A TCP connection."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(lambda: protocol, host, port)
    return transport


class _Undecoded(logging.Handler):
    """Hands on what the library only logs: a message that it could not read."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(logging.ERROR)
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        self._sink.undecoded(record.getMessage()[:300])


def _connection(opener: Opener) -> Any:
    base = _module("connection").Connection

    class Opened(base):  # type: ignore[misc, valid-type]  # a class of the library's
        """The library's connection, over a transport that somebody else opened."""

        opened = False

        async def connectAsync(self, host: str, port: int) -> None:  # noqa: N802  # the library's
            self.reset()
            self.transport = await opener(self, host, port)
            self.opened = True

        def disconnect(self) -> None:
            transport: asyncio.Transport | None = self.transport
            if transport is None:
                return
            # A line that takes nothing any more would never get rid of what is left.
            if transport.get_write_buffer_size():
                transport.abort()
            else:
                transport.close()

        def data_received(self, data: bytes) -> None:
            for start in range(0, len(data), _BITE):
                self.hasData.emit(data[start : start + _BITE])

    return Opened()


class LibraryLine:
    """A `port.Line` over the library's client. It is used for one connection, then thrown away."""

    def __init__(self, sink: Sink, opener: Opener = socket) -> None:
        self._sink, self._opener = sink, opener
        self._wire = Wire(sink)
        self._client: Any = _module("client").Client(self._wire)
        self._client.MaxRequests = 0
        self._client.conn = _connection(opener)
        self._client.conn.hasData += self._client._onSocketHasData  # noqa: SLF001  # as it does itself
        self._client.conn.disconnected += self._client._onSocketDisconnected  # noqa: SLF001
        self._client.apiError += self._wire.failed
        self._client.conn.disconnected += self._gone
        self._contract: Any = _module("contract").Contract
        self._handler = _Undecoded(sink)
        self._open = False
        for name in ("client", "Decoder", "connection"):
            log = logging.getLogger(f"{library()}.{name}")
            log.propagate = False
            if not log.handlers:
                log.addHandler(logging.NullHandler())
        self._decoder_log: logging.Logger = self._client.decoder.logger
        self._decoder_log.addHandler(self._handler)

    @property
    def accounts(self) -> Sequence[str]:
        """Accounts of the login."""
        return tuple(self._wire.accounts)

    @property
    def version(self) -> int:
        """The server's version; 0 before there is a connection."""
        return int(self._client.serverVersion())

    async def connect(self, host: str, port: int, client_id: int, patience: float) -> None:
        """Connect and log in. LineError says why not, with the vendor's code where it told."""
        self._wire.reason, self._wire.code = "", 0
        try:
            # Given no patience of its own the library does not use `asyncio.wait_for`, which on
            # Python 3.11 can forget a cancel: the program's end would wait for this line.
            async with asyncio.timeout(patience):
                await self._client.connectAsync(host, port, client_id, None)
        except asyncio.CancelledError:
            self.close()
            raise
        except TimeoutError as error:
            self.close()
            told = self._wire.reason if self._wire.code else ""
            said = told or f"it did not answer in {patience:g} s"
            raise self._no_line(said) from error
        except Exception as error:
            # The library raises whatever its transport does; all of it means: no connection.
            self.close()
            said = self._wire.reason or f"{type(error).__name__}: {error}".rstrip(": ")
            if isinstance(error, OSError) and error.strerror and not self._wire.code:
                said = error.strerror
            raise self._no_line(said) from error
        if not self._client.isConnected():
            # It ended in the same turn in which it was ready.
            self.close()
            raise LineError("the other side closed the connection at once", opened=True)
        self._open = True

    def _no_line(self, said: str) -> LineError:
        return LineError(said, self._wire.code, opened=self._client.conn.opened)

    async def listens(self, host: str, port: int) -> bool:
        """Whether somebody is there; nothing is said to him."""
        try:
            async with asyncio.timeout(_KNOCK):
                transport = await self._opener(asyncio.Protocol(), host, port)
        except (OSError, ValueError):  # TimeoutError is one; a name that is none raises the other
            return False
        transport.close()
        return True

    def close(self) -> None:
        """Let go of it; nothing is told of after that."""
        self._open = False
        self._wire.mute()
        self._decoder_log.removeHandler(self._handler)
        self._client.disconnect()

    def _gone(self, message: str) -> None:
        was, self._open = self._open, False
        if was:
            self._sink.closed(message or "the other side closed the connection")

    def _c(self, asked: Asked) -> Any:
        return self._contract(
            conId=asked.con_id,
            symbol=asked.symbol,
            secType=asked.sec_type,
            lastTradeDateOrContractMonth=asked.expiry,
            strike=asked.strike,
            right=asked.right,
            multiplier=asked.multiplier,
            exchange=asked.exchange,
            primaryExchange=asked.primary_exchange,
            currency=asked.currency,
            localSymbol=asked.local_symbol,
            tradingClass=asked.trading_class,
        )

    def _do(self, name: str, *given: Any) -> None:
        if not self._open:
            raise LineError("the connection is gone")
        try:
            getattr(self._client, name)(*given)
        except ConnectionError as error:
            raise LineError(f"the connection is gone: {error}") from error

    def market_data(self, number: int, contract: Asked, generic: str) -> None:
        """Stream quotes."""
        self._do("reqMktData", number, self._c(contract), generic, False, False, [])

    def cancel_market_data(self, number: int) -> None:
        """End it."""
        self._do("cancelMktData", number)

    def depth(self, number: int, contract: Asked, rows: int, *, smart: bool) -> None:
        """Stream depth of market."""
        self._do("reqMktDepth", number, self._c(contract), rows, smart, [])

    def cancel_depth(self, number: int, *, smart: bool) -> None:
        """End it."""
        self._do("cancelMktDepth", number, smart)

    def ticks(self, number: int, contract: Asked, kind: str) -> None:
        """Stream tick by tick."""
        self._do("reqTickByTickData", number, self._c(contract), kind, 0, False)

    def cancel_ticks(self, number: int) -> None:
        """End it."""
        self._do("cancelTickByTickData", number)

    def bars(self, number: int, contract: Asked, what: str) -> None:
        """Stream bars of five seconds."""
        self._do("reqRealTimeBars", number, self._c(contract), 5, what, False, [])

    def cancel_bars(self, number: int) -> None:
        """End it."""
        self._do("cancelRealTimeBars", number)

    def history(self, number: int, contract: Asked, span: str, bar: str, what: str) -> None:
        """Bars up to now."""
        given: tuple[Any, ...] = ("", span, bar, what, False, 2, False, [])
        self._do("reqHistoricalData", number, self._c(contract), *given)

    def cancel_history(self, number: int) -> None:
        """End it."""
        self._do("cancelHistoricalData", number)

    def details(self, number: int, contract: Asked) -> None:
        """All contracts that fit."""
        self._do("reqContractDetails", number, self._c(contract))

    def option_parameters(self, number: int, contract: Asked) -> None:
        """Expiries and strikes of an underlying."""
        given = (contract.symbol, "", contract.sec_type, contract.con_id)
        self._do("reqSecDefOptParams", number, *given)

    def smart_components(self, number: int, exchange: str) -> None:
        """What the letters of venues mean."""
        self._do("reqSmartComponents", number, exchange)

    def account_updates(self, account: str) -> None:
        """Stream values and holdings of an account."""
        self._do("reqAccountUpdates", True, account)

    def positions(self) -> None:
        """Stream positions of all accounts."""
        self._do("reqPositions")

    def pnl(self, number: int, account: str) -> None:
        """Stream the day's profit and loss."""
        self._do("reqPnL", number, account, "")

    def orders(self) -> None:
        """Orders at work."""
        self._do("reqAllOpenOrders")

    def ended_orders(self) -> None:
        """Orders that have ended."""
        self._do("reqCompletedOrders", False)

    def time(self) -> None:
        """The server's time."""
        self._do("reqCurrentTime")


def finite(value: float) -> float | None:
    """A figure of the wire; None for its many words for none."""
    return value if math.isfinite(value) and abs(value) < 1e300 else None
