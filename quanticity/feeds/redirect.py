"""Where a redirect leads, and what may be taken along."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_plus

from yarl import URL

from quanticity.errors import VendorRefused
from quanticity.feeds.credentials import Credentials
from quanticity.feeds.http import Answer
from quanticity.logs import redact

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_HOPS = 3

_TRAVELS = frozenset({"accept", "accept-language"})
"""Headers that may go to a host which the config does not name."""


class Hop:
    """One request of a chain. `abroad` once it has left the host that the config names."""

    __slots__ = ("abroad", "data", "headers", "method", "url")

    def __init__(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] | None,
        data: bytes | None,
        *,
        abroad: bool = False,
    ) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.data = data
        self.abroad = abroad


def next_hop(hop: Hop, answer: Answer, credentials: Credentials) -> Hop:
    """The request that a redirect asks for.

    To another host neither credentials nor bodies go, and a chain that left never gets them
    back. VendorRefused for a step from https to http, and for an address that is none.
    """
    status = answer.status
    try:
        target = hop.url.join(URL(answer.headers["Location"]))
        abroad = hop.abroad or not _same_host(hop.url, target)
    except ValueError:
        raise VendorRefused("a redirect to what is no address", status=status) from None
    if target.scheme not in ("http", "https") or not target.host:
        raise VendorRefused("a redirect to what is no web address", status=status)
    if hop.url.scheme == "https" and target.scheme == "http":
        where = _host(target, credentials)
        raise VendorRefused(f"a redirect from https to http ({where})", status=status)
    method, data = hop.method, hop.data
    if status == 303 or (status in (301, 302) and method == "POST"):
        method, data = "GET", None
    if not abroad:
        return Hop(method, _with_credentials(target, credentials), hop.headers, data)
    if data is not None:
        raise VendorRefused(
            f"a redirect of a request with a body to another host ({_host(target, credentials)})",
            status=status,
        )
    onward = _without_secrets(target, credentials)
    # In a query our key can be left out; anywhere else the address means nothing without it.
    shown = f"{onward.raw_host}/{onward.raw_path} {onward.host}/{onward.path}".lower()
    if any(secret.lower() in shown for secret in credentials.secrets):
        raise VendorRefused(
            f"a redirect that would carry our key to another host ({_host(onward, credentials)})",
            status=status,
        )
    headers = {name: text for name, text in (hop.headers or {}).items() if name.lower() in _TRAVELS}
    return Hop(method, onward, headers, None, abroad=True)


def _host(target: URL, credentials: Credentials) -> str:
    """The host as it may be told. Names of hosts are in small letters, whatever a key is in."""
    host = str(target.host)
    if any(secret.lower() in host.lower() for secret in credentials.secrets):
        return "named with our key"
    return redact(host)


def _same_host(here: URL, there: URL) -> bool:
    if here.host != there.host:
        return False
    upgrade = here.scheme == "http" and there.scheme == "https"
    return here.port == there.port or (
        upgrade and here.is_default_port() and there.is_default_port()
    )


def _with_credentials(target: URL, credentials: Credentials) -> URL:
    lacking = {name: text for name, text in credentials.query if name not in target.query}
    return target.update_query(lacking) if lacking else target


def _without_secrets(target: URL, credentials: Credentials) -> URL:
    names = {name for name, _ in credentials.query}
    bare = target.with_user(None).with_fragment(None)
    kept = []
    for part in bare.raw_query_string.split("&"):
        name, _, value = part.partition("=")
        readable = unquote_plus(value)
        if unquote_plus(name) in names or any(secret in readable for secret in credentials.secrets):
            continue
        kept.append(part)
    address = str(bare.with_query(None))
    query = "&".join(part for part in kept if part)
    return URL(f"{address}?{query}" if query else address, encoded=True)
