"""Opening a websocket: one slot, one handshake, no redirect, and errors without a secret."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace

import aiohttp
from yarl import URL

from quanticity.clock import LiveClock
from quanticity.errors import FetchError, RateLimited, TransportError, VendorRefused
from quanticity.feeds.http import USER_AGENT
from quanticity.feeds.limits import retry_after
from quanticity.feeds.ports import Tell
from quanticity.logs import redact
from quanticity.pace.ports import Word
from quanticity.pace.slot import Slot

_TO_SEND = 10.0
_TO_CLOSE = 1.0
_PASSING = frozenset((408, 425, 500, 502, 503, 504))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a websocket is, and what goes with the handshake.

    `url` and `headers` may carry secrets; `shown` is what may be told of the address. `most` is
    the largest message accepted, in bytes; `now` tells epoch seconds. `tell` hears
    the vendor's words about its limits, `refused` that it does not take our key.
    """

    url: URL = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 15.0
    most: int = 4_000_000
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    now: Callable[[], float] = field(
        default_factory=lambda: LiveClock().now, repr=False, compare=False
    )
    tell: Tell | None = field(default=None, repr=False, compare=False)
    refused: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    @property
    def shown(self) -> str:
        """The address without its query, and without a key in its path."""
        return redact(str(self.url.with_query(None).with_user(None)))


class Connection:
    """An open websocket for as long as the block lasts; the slot is told its ending.

    TransportError, VendorRefused and RateLimited where there is none.
    """

    def __init__(self, address: Address, slot: Slot) -> None:
        self._address = address
        self._slot = slot
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> aiohttp.ClientWebSocketResponse:
        address = self._address
        trace = aiohttp.TraceConfig()
        trace.on_request_redirect.append(_no_redirect)
        # A session of its own: no connection is used twice, so nothing is silently sent again.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=True if address.tls is None else address.tls),
            headers={"User-Agent": USER_AGENT, **address.headers},
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=address.timeout * 0.7),
            trace_configs=[trace],
        )
        try:
            self._socket = await self._shake_hands(self._session)
        except BaseException:
            await self._session.close()
            raise
        return self._socket

    async def __aexit__(self, *_: object) -> None:
        try:
            if self._socket is not None:
                await _closed(self._socket)
        finally:
            if self._session is not None:
                await self._session.close()

    async def _shake_hands(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        address, slot = self._address, self._slot
        try:
            async with asyncio.timeout(address.timeout):
                opened = await session.ws_connect(
                    address.url,
                    autoping=False,
                    max_msg_size=address.most,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_TO_CLOSE),
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            slot.unsent()
            raise TransportError(_unreachable(error, address.url)) from None
        except aiohttp.InvalidURL:
            slot.unsent()
            raise VendorRefused("the address is not one: see url") from None
        except aiohttp.WSServerHandshakeError as error:
            slot.headers()
            slot.done()
            # The exception holds the whole URL: it goes no further.
            raise self._refused(error) from None
        except _Redirected as error:
            slot.headers()
            slot.done()
            raise VendorRefused(f"a redirect, which is not followed (status {error})") from None
        except TimeoutError:
            slot.given_up()
            slot.done()
            raise TransportError(f"no answer within {address.timeout:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            slot.lost()
            slot.done()
            name = type(error).__name__
            raise TransportError(f"the connection was dropped before an answer ({name})") from None
        except BaseException:
            slot.given_up()
            slot.done()
            raise
        slot.headers()
        slot.done()
        return opened

    def _refused(self, error: aiohttp.WSServerHandshakeError) -> FetchError:
        status = error.status
        if status == 429:
            wait = retry_after(error.headers or {}, self._address.now())
            if self._address.tell is not None and wait is not None:
                self._address.tell(Word(wait=wait))
            return RateLimited("too many requests (status 429)", status=status, retry_after=wait)
        if status == 101:
            return TransportError(f"no websocket handshake: {error.message}")
        if status == 401 and self._address.refused is not None:
            self._address.refused()
        hint = "; the token, or what the plan allows, is not enough" if status in (401, 403) else ""
        return VendorRefused(
            f"the vendor refuses the connection (status {status}){hint}",
            status=status,
            retryable=status in _PASSING,
        )


async def sent(sending: Awaitable[None]) -> None:
    """Wait until a message is on its way; TransportError where the connection is gone."""
    try:
        async with asyncio.timeout(_TO_SEND):
            await sending
    except TimeoutError:
        raise TransportError(f"nothing could be sent for {_TO_SEND:g} s") from None
    except (aiohttp.ClientError, ConnectionError) as error:
        raise TransportError(f"the connection is gone ({type(error).__name__})") from None


async def _closed(opened: aiohttp.ClientWebSocketResponse) -> None:
    """Say goodbye, and hang up on a vendor that does not answer it.

    The library's own limit begins anew with each message, and never ends where they go on coming.
    """
    line = opened.get_extra_info("socket")
    try:
        async with asyncio.timeout(_TO_CLOSE):
            await opened.close()
    except TimeoutError:
        # What still waits to be sent would keep the connection open for as long as nobody reads.
        with contextlib.suppress(OSError):
            if line is not None:
                line.shutdown(socket.SHUT_RDWR)


def broken(error: object, most: int) -> str:
    """What to tell of a connection that ended in `error`."""
    if isinstance(error, aiohttp.WebSocketError):
        if error.code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
            return f"a message is larger than max_body_bytes ({most}) allows"
        return f"what came is no websocket frame (code {int(error.code)})"
    return f"the connection broke ({type(error).__name__})"


class _Redirected(Exception):
    """A redirect might take the token to another host."""


async def _no_redirect(
    _session: aiohttp.ClientSession,
    _context: SimpleNamespace,
    params: aiohttp.TraceRequestRedirectParams,
) -> None:
    raise _Redirected(params.response.status)


def _unreachable(error: Exception, url: URL) -> str:
    place = f"{url.host}:{url.port}"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"no connection to {place} in time"
    cause = getattr(error, "os_error", None)
    text = getattr(cause, "strerror", None) or type(cause or error).__name__
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return f"no TLS with {place}: {text}"
    return f"no connection to {place}: {text}"
