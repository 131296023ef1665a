"""From an endpoint and a set of values to the request that is sent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import orjson
from yarl import URL

from quanticity.clock import Calendar
from quanticity.config.schema.endpoint import Endpoint
from quanticity.feeds.dates import good_until
from quanticity.feeds.params import Params, Query
from quanticity.feeds.template import Template, Tree

# What may stand unquoted: vendors read filters such as `field:gte:2026-01-05,other:eq:x`.
_IN_QUERY = ",:@!*()'~-._"
_IN_PATH = "/%:,;=@!$&'()*+~-._?"


class Request:
    """One request, ready to send.

    Its dates are right from epoch second `since` to `until`; outside it must be made anew, and
    before is outside too: wall clocks are set back.
    """

    __slots__ = ("data", "headers", "since", "until", "url")

    def __init__(
        self,
        url: URL,
        headers: Mapping[str, str] | None,
        data: bytes | None,
        until: float,
        since: float = -math.inf,
    ) -> None:
        self.url = url
        self.headers = headers
        self.data = data
        self.since = since
        self.until = until

    def holds(self, now: float) -> bool:
        """Whether it may be sent as it is at epoch second `now`."""
        return self.since <= now < self.until

    def moved(self, param: str, value: str) -> Request:
        """The same request with one parameter set to `value`: the next page."""
        url = with_param(self.url, param, value)
        return Request(url, self.headers, self.data, self.until, self.since)

    def onward(self, address: str, secrets: Sequence[tuple[str, str]]) -> Request:
        """The request for the next page at `address`, whole or relative, with our credentials.

        It goes where this one went, by the same scheme: what vendors write stands behind proxies of
        theirs. ValueError where it is no address, or at another host.
        """
        target = self.url.join(URL(quote(address, safe=_IN_PATH), encoded=True))
        if target.raw_host != self.url.raw_host or target.scheme not in ("http", "https"):
            raise ValueError(f"is not at {self.url.host}, and our key does not go elsewhere")
        url = URL(f"{self.url.origin()}{target.raw_path_qs}", encoded=True)
        for name, value in secrets:
            # They leave it out, or write it as it may not be shown.
            url = with_param(url, name, value)
        return Request(url, self.headers, self.data, self.until, self.since)


class RequestPlan:
    """How an endpoint's requests are made; shared by its feeds.

    `names` are the values it needs. `secrets` are query parameters that carry credentials.
    """

    __slots__ = (
        "_body",
        "_calendar",
        "_headers",
        "_secrets",
        "_url",
        "dated",
        "method",
        "names",
        "params",
    )

    def __init__(
        self,
        base_url: str,
        endpoint: Endpoint,
        calendar: Calendar,
        secrets: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._calendar = calendar
        self._secrets = list(secrets)
        self._url = Template(address_text(base_url, endpoint))
        self._headers = {name: Template(text) for name, text in endpoint.headers.items()}
        self._body = Tree(endpoint.body) if endpoint.body is not None else None
        self.params = Params(_with_page_size(endpoint), calendar)
        self.method = endpoint.method
        parts: list[Template | Params | Tree] = [self._url, self.params, *self._headers.values()]
        if self._body is not None:
            parts.append(self._body)
        self.names = frozenset().union(*(part.names for part in parts))
        self.dated = any(part.dated for part in parts)

    def request(self, values: Mapping[str, str], now: float) -> Request:
        """The request for these values at epoch second `now`."""
        address = self._url.render(values, now, self._calendar, in_address)
        query = self.params.query(values, now) + self._secrets
        headers = {
            name: text.render(values, now, self._calendar) for name, text in self._headers.items()
        }
        data = None
        if self._body is not None:
            data = orjson.dumps(self._body.render(values, now, self._calendar))
            headers.setdefault("Content-Type", "application/json")
        url = address_url(address, query)
        if not self.dated:
            return Request(url, headers or None, data, math.inf)
        return Request(url, headers or None, data, good_until(now, self._calendar), now)


def _with_page_size(endpoint: Endpoint) -> Mapping[str, object]:
    paging = endpoint.paging
    if paging is None:
        return endpoint.params
    params = dict(endpoint.params)
    if paging.limit_param and paging.limit:
        params.setdefault(paging.limit_param, paging.limit)
    if paging.type in ("page", "offset"):
        params.setdefault(paging.param, paging.start)
    return params


def address_text(base_url: str, endpoint: Endpoint) -> str:
    """Where an endpoint is, with its placeholders: its own `url`, or `path` after `base_url`."""
    return endpoint.url or base_url.rstrip("/") + "/" + str(endpoint.path).lstrip("/")


def address_url(address: str, query: Query) -> URL:
    """`address` with `query` (not yet quoted) after what query it has of its own.

    What is percent-encoded in `address` stays as it is. ValueError where it is no address.
    """
    address = quote(address, safe=_IN_PATH)
    if query:
        address += ("&" if "?" in address else "?") + query_text(query)
    return URL(address, encoded=True)


def query_text(query: Query) -> str:
    """`name=value` pairs as they stand in a URL; `[]` in names stays readable."""
    return "&".join(
        f"{quote(name, safe='[]' + _IN_QUERY)}={quote(value, safe=_IN_QUERY)}"
        for name, value in query
    )


def with_param(url: URL, param: str, value: str) -> URL:
    """`url` with one query parameter set, whatever it was before."""
    name = quote(param, safe="[]" + _IN_QUERY)
    kept = [
        part for part in url.raw_query_string.split("&") if part and part.partition("=")[0] != name
    ]
    kept.append(f"{name}={quote(value, safe=_IN_QUERY)}")
    bare = str(url).partition("?")[0]
    return URL(f"{bare}?{'&'.join(kept)}", encoded=True)


def in_address(value: str) -> str:
    """`value` as it stands in a path or a query, whatever characters it has."""
    return quote(value, safe="")
