"""One set of values of a feed: its keys, its request, and what the last answer left behind."""

from __future__ import annotations

from collections.abc import Mapping

from multidict import CIMultiDictProxy

from quanticity.feeds.recipe import Recipe
from quanticity.feeds.request import Request
from quanticity.feeds.transform_memory import part_of
from quanticity.feeds.unmade import Unmade
from quanticity.model import Kind, bind


class Call:
    """What is asked for one set of values, and where the answer goes.

    Where the endpoint is `conditional` the last body stays in memory: that is its price, and
    what a 304 is answered from. `stated` says that `timestamp` stands in the body, and is not
    when that was received. `unmade` are rows of events on their way through a transform.
    """

    __slots__ = (
        "_request",
        "body",
        "digest",
        "etag",
        "key",
        "modified",
        "output_key",
        "stated",
        "timestamp",
        "timestamp_key",
        "unmade",
        "values",
    )

    def __init__(self, recipe: Recipe, values: Mapping[str, str]) -> None:
        spec = recipe.spec
        self.values = values
        self.key = bind(spec.redis_key, values)
        self.output_key = bind(recipe.output_pattern, values) if recipe.transforms else ""
        self.timestamp_key = bind(spec.timestamp_key, values) if spec.timestamp_key else ""
        self.unmade: Unmade | None = None
        if recipe.transforms and spec.kind is Kind.EVENTS:
            part = part_of(values)
            name = f"{self.key}|{part}" if part else self.key
            self.unmade = Unmade(name, recipe.around.store)
        self._request: Request | None = None
        self.digest = ""
        self.etag = ""
        self.modified = ""
        self.body: bytes | None = None
        self.timestamp: float | None = None
        self.stated = False

    def request(self, recipe: Recipe, now: float) -> Request:
        """The request at epoch second `now`; made anew only when its dates have passed."""
        request = self._request
        if request is None or not request.holds(now):
            if request is not None:
                self.forget()
            self._request = request = recipe.plan.request(self.values, now)
        return request

    def headers(self, request: Request) -> Mapping[str, str] | None:
        """The request's own headers, with what makes it conditional."""
        if self.body is None:
            return request.headers
        headers = dict(request.headers or {})
        if self.etag:
            headers["If-None-Match"] = self.etag
        if self.modified:
            headers["If-Modified-Since"] = self.modified
        return headers

    def remember(self, headers: CIMultiDictProxy[str], body: bytes) -> None:
        """Keep what a later request can be made conditional by."""
        self.etag = headers.get("ETag", "")
        self.modified = headers.get("Last-Modified", "")
        self.body = body if self.etag or self.modified else None

    def forget(self) -> None:
        """The next request asks for the whole answer."""
        self.body = None
        self.etag = self.modified = ""
