"""One HTTP request, one slot, one bounded answer."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Mapping
from http.cookies import BaseCookie, SimpleCookie

import aiohttp
from aiohttp import hdrs
from multidict import CIMultiDictProxy
from yarl import URL

from quanticity import __version__
from quanticity.errors import BadBody, TransportError
from quanticity.feeds.connector import Connector
from quanticity.feeds.inflate import ACCEPTED, Inflater, compressed
from quanticity.feeds.patience import Patience, TimeLimits
from quanticity.pace.slot import Slot

USER_AGENT = f"quanticity/{__version__}"

_CUT = "the body was cut short"
# Others are no compression at all: some servers write the charset there.
_NOT_ASKED_FOR = frozenset({"br", "zstd", "compress"})


class Answer:
    """What came back: status, headers, and the body once decompressed.

    `seconds` is from the send to the end of the body.
    """

    __slots__ = ("body", "headers", "seconds", "status", "url")

    def __init__(self, status: int, headers: CIMultiDictProxy[str], body: bytes, url: URL) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
        self.seconds = 0.0


class _NoCookies(aiohttp.DummyCookieJar):
    """Keeps none, and makes no new empty one for each request."""

    _none: BaseCookie[str] = SimpleCookie()

    def filter_cookies(self, request_url: URL) -> BaseCookie[str]:
        return self._none


class Unsent(TransportError):
    """No connection: the request never left this machine."""

    sent = False


class HttpClient:
    """The connections to one vendor.

    It follows no redirect and repeats nothing: every request that reaches the vendor has a slot
    of its own. It keeps no cookies. `headers` go with every request.
    """

    def __init__(self, headers: Mapping[str, str], *, tls: ssl.SSLContext | None = None) -> None:
        self._headers = {"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPTED, **headers}
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None
        self._patience = Patience()

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What certificates are checked against; None for the system's own."""
        return self._tls

    def _open(self) -> aiohttp.ClientSession:
        # No limit on connections here: what is in flight is bounded by slots, and a request
        # that waited for a connection would hold its slot without being sent.
        connector = Connector(
            limit=0, ssl=True if self._tls is None else self._tls, ttl_dns_cache=300
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            cookie_jar=_NoCookies(),
            auto_decompress=False,
        )
        # aiohttp sends an idempotent request again, unasked, where a kept connection turns out
        # to be gone: an arrival at the vendor without a slot. This is how its own test client
        # says no; a middleware could too, for 3 us a request.
        self._session._retry_connection = False  # noqa: SLF001
        return self._session

    async def close(self) -> None:
        """Let go of all connections."""
        self._patience.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(
        self,
        slot: Slot,
        method: str,
        url: URL,
        *,
        headers: Mapping[str, str] | None,
        data: bytes | None,
        limits: TimeLimits,
        most: int,
    ) -> Answer:
        """Send one request on `slot` and read its answer, at most `most` bytes of body.

        The slot has been told its ending when this returns or raises. TransportError where no
        whole answer came, BadBody where it is cut short or too large.
        """
        session = self._session or self._open()
        patience, told = self._patience, "no answer"
        task = patience.begin(limits.seconds)
        try:
            try:
                # Its public way wraps this for an `async with`: a hundredth of a small fetch.
                response = await session._request(  # noqa: SLF001
                    method,
                    url,
                    headers=headers,
                    data=data,
                    allow_redirects=False,
                    timeout=limits.connect,
                )
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise _unanswered(error, slot, url) from None
            except BaseException:
                # Whoever gives up does not know what the vendor is at.
                slot.given_up()
                slot.done()
                raise
            told = "the body did not end"
            slot.headers()
            try:
                body = await _read(response, most)
            except BaseException:
                response.close()
                raise
            finally:
                slot.done()
        except asyncio.CancelledError:
            if patience.ran_out(task):
                said = f"{told} within {limits.seconds:g} s (timeout_seconds)"
                raise TransportError(said) from None
            raise
        finally:
            patience.end(task)
        return Answer(response.status, response.headers, body, url)


def _unanswered(error: Exception, slot: Slot, url: URL) -> TransportError:
    """Tell the slot how a request without an answer ended, and what to raise for it."""
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        slot.unsent()
        return Unsent(_unreachable(error, url))
    if isinstance(error, aiohttp.InvalidURL):
        slot.unsent()
        return Unsent("the address is not one: see base_url and path")
    slot.lost()
    slot.done()
    if not isinstance(error, (aiohttp.ClientError, OSError)):
        # A header that cannot be written: what fills it in came from another feed.
        return TransportError(f"the request cannot be sent: {error}")
    return TransportError(_lost(error))


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    promised = response.content_length
    if promised is not None and promised > most:
        raise BadBody(_too_large(most, promised), status=response.status)
    encoding = response.headers.get(hdrs.CONTENT_ENCODING, "")
    if encoding and encoding.lower() in _NOT_ASKED_FOR:
        raise BadBody(f"the body is compressed with {encoding}, which we did not offer to read")
    try:
        if promised is not None and (not encoding or not compressed(encoding)):
            content = response.content
            # A small body mostly comes with its headers.
            return content.read_nowait() if content.is_eof() else await response.read()
        return await _in_pieces(response, most, encoding)
    except zlib.error:
        text = f"the body is not the {encoding} that its header says"
        raise BadBody(text, retryable=True) from None
    except aiohttp.ClientPayloadError:
        of = f" of {promised} bytes" if promised is not None else ""
        raise BadBody(_CUT + of, status=response.status, retryable=True) from None
    except (aiohttp.ClientError, OSError) as error:
        raise TransportError(f"the connection broke within the body ({_named(error)})") from None


async def _in_pieces(response: aiohttp.ClientResponse, most: int, encoding: str) -> bytes:
    """The body, inflated as it comes and given up at the limit: a bomb never unfolds."""
    inflater = Inflater(encoding) if compressed(encoding) else None
    parts, size = [], 0
    while part := await response.content.readany():
        if inflater is not None:
            part = inflater.feed(part, most - size)
        size += len(part)
        if size > most:
            raise BadBody(_too_large(most), status=response.status)
        parts.append(part)
    if parts and inflater is not None and not inflater.whole:
        raise BadBody(f"{_CUT} within its {encoding}", status=response.status, retryable=True)
    response.release()
    return b"".join(parts)


def _too_large(most: int, promised: int | None = None) -> str:
    size = f"{promised} bytes" if promised is not None else "more bytes"
    return f"the body has {size}, max_body_bytes allows {most}"


def _unreachable(error: Exception, url: URL) -> str:
    place = f"{url.host}:{url.port}"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"no connection to {place} in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", "") or "not trusted"
        return f"the TLS certificate of {place} is refused: {reason}"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return f"no TLS with {place}: {_os_reason(error)}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"no address is known for {url.host}: {_os_reason(error)}"
    return f"no connection to {place}: {_os_reason(error)}"


def _os_reason(error: Exception) -> str:
    cause = getattr(error, "os_error", None)
    if isinstance(cause, ssl.SSLError):
        return str(cause.reason or cause).replace("_", " ").lower()
    text = getattr(cause, "strerror", None) or str(cause or error)
    return text[:1].lower() + text[1:]


def _lost(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientResponseError):
        # Some of its messages draw the place under the bytes, on lines of their own.
        return f"the answer is not HTTP: {' '.join(error.message.split())}"
    return f"the connection was dropped before an answer ({_named(error)})"


def _named(error: Exception) -> str:
    gone = isinstance(error, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError))
    return "closed by the vendor" if gone else type(error).__name__
