"""From a request to one good body: tries, pages, and everything that can be wrong with either."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import xxhash
from aiohttp.hdrs import CONTENT_TYPE

from quanticity.errors import BadBody, FetchError, QuanticityError, RateLimited, TransformError
from quanticity.feeds.call import Call
from quanticity.feeds.classify import NothingThere, Verdict
from quanticity.feeds.formats import Format, format_of, html_instead, in_utf8, to_json
from quanticity.feeds.http import Answer
from quanticity.feeds.inflate import PACKED, unpacked
from quanticity.feeds.json_text import check_text, decode, looks_like_html, strip_bom, without_nan
from quanticity.feeds.paging import Ends, Page, all_pages, next_link
from quanticity.feeds.paths import MISSING
from quanticity.feeds.recipe import Recipe
from quanticity.feeds.request import Request
from quanticity.feeds.retry import persist
from quanticity.feeds.rotation import refuses_key
from quanticity.feeds.stats import FeedStats
from quanticity.pace.ports import Lane
from quanticity.words import count

_NO_CONTENT = (204, 205)
_PARTIAL = 206
_SMALL = 100_000
_JSON = "application/json"
_OPENS = frozenset(b"{[")


class NotModified(Exception):
    """The vendor says that what we have is still true."""


class Fetcher:
    """Fetches for one feed, within one run.

    `deadline` is the epoch second after which no further try begins.
    """

    __slots__ = ("_deadline", "_lane", "_recipe", "_stats")

    def __init__(self, recipe: Recipe, lane: Lane, stats: FeedStats, deadline: float) -> None:
        self._recipe = recipe
        self._lane = lane
        self._stats = stats
        self._deadline = deadline

    async def body(self, call: Call, now: float, ends: Ends | None = None) -> Page:
        """The body for one call, all pages of it.

        Raises NotModified, NothingThere, or the FetchError of the last try.
        """
        recipe = self._recipe
        request = call.request(recipe, now)
        headers = call.headers(request) if recipe.spec.conditional else request.headers
        paging = recipe.spec.paging
        if paging is None:
            try:
                return await self._once(call, request, headers)
            except FetchError as failure:
                return await self._again(failure, call, request, headers)

        async def fetch(following: Request) -> Page:
            return await self._page(call, following, headers)

        return await all_pages(
            fetch,
            request,
            paging,
            most=recipe.bounds.most,
            pages=recipe.pages,
            ends=ends,
            secrets=recipe.vendor.credentials.query,
        )

    async def _page(self, call: Call, request: Request, headers: Mapping[str, str] | None) -> Page:
        try:
            return await self._once(call, request, headers)
        except FetchError as failure:
            return await self._again(failure, call, request, headers)

    async def _again(
        self, failure: FetchError, call: Call, request: Request, headers: Mapping[str, str] | None
    ) -> Page:
        if not failure.retryable:
            raise failure
        return await persist(
            lambda: self._once(call, request, headers),
            failure=failure,
            policy=self._recipe.policy,
            deadline=self._deadline,
            clock=self._recipe.around.clock,
            counted=self._count_retry,
        )

    def _count_retry(self) -> None:
        self._stats.retries += 1

    async def _once(self, call: Call, request: Request, headers: Mapping[str, str] | None) -> Page:
        recipe, stats = self._recipe, self._stats
        stats.requests += 1
        stats.status = None
        answer = await recipe.vendor.ask(
            self._lane, recipe.plan.method, request, headers, recipe.bounds
        )
        stats.status = answer.status
        stats.latency = answer.seconds
        stats.bytes = len(answer.body)
        try:
            page = await self._page_of(answer, call)
        except (NotModified, NothingThere):
            self._took(answer)
            raise
        self._took(answer)
        recipe.vendor.key_refused = False
        if recipe.spec.paging is not None:
            page.link = next_link(answer.headers)
        if recipe.spec.conditional:
            call.remember(answer.headers, page.body)
        return page

    def _took(self, answer: Answer) -> None:
        # Of one that is none the time says nothing: the run counts as come to nothing.
        for tempo in self._recipe.tempos:
            tempo.took(self._recipe.around.clock.monotonic(), answer.seconds)

    async def _page_of(self, answer: Answer, call: Call) -> Page:
        if not 200 <= answer.status < 300:
            if answer.status == 304 and call.body is not None:
                raise NotModified
            raise self._told(self._refused(answer))
        if answer.status in _NO_CONTENT:
            raise NothingThere("the vendor has nothing (204)", status=answer.status)
        if answer.status == _PARTIAL:
            # Rows cut at the end of a line look whole: stored, the rest would be missing unseen.
            said = "only a part of the body came (206), which nobody asked for"
            raise BadBody(said, status=answer.status, retryable=True)
        return self._plain(answer, call) or await self._read(answer, call)

    def _plain(self, answer: Answer, call: Call) -> Page | None:
        """The page of a body that is what nearly all are; None for one to be looked at."""
        body = answer.body
        if not self._recipe.reads_json or not body or body[0] not in _OPENS:
            return None
        content_type = answer.headers.get(CONTENT_TYPE, "")
        if not content_type.startswith(_JSON):
            return None
        return self._read_json(in_utf8(body, content_type), call)

    async def _read(self, answer: Answer, call: Call) -> Page:
        recipe = self._recipe
        body = answer.body
        if body.startswith(PACKED):
            body = await asyncio.to_thread(unpacked, body, recipe.bounds.most)
        body = strip_bom(body)
        if not body:
            raise BadBody("the body is empty", status=answer.status, retryable=True)
        content_type = answer.headers.get(CONTENT_TYPE, "")
        if recipe.reads_json and body[0] in _OPENS and content_type.startswith(_JSON):
            return self._read_json(in_utf8(body, content_type), call)
        kind: Format = format_of(recipe.spec, content_type, body)
        if kind != "json":
            hidden = self._hidden_in_other(body)
            if hidden is not None:
                raise self._told(hidden)
            body = await to_json(recipe.spec, kind, content_type, body)
        elif looks_like_html(body):
            raise BadBody(html_instead(body, "json"))
        else:
            body = in_utf8(body, content_type)
        return self._read_json(body, call)

    def _read_json(self, body: bytes, call: Call) -> Page:
        recipe = self._recipe
        body = recipe.vendor.scrub(body)
        if not recipe.decodes:
            check_text(body)
            return Page(body)
        digest = xxhash.xxh3_64_hexdigest(body) if recipe.comes_whole else ""
        if digest and digest == call.digest:
            return Page(body, digest=digest)
        note = ""
        try:
            payload = recipe.decode(body, recipe.max_depth)
        except BadBody:
            body, nulls = without_nan(body)
            if not nulls:
                raise
            payload = recipe.decode(body, recipe.max_depth)
            digest = xxhash.xxh3_64_hexdigest(body) if digest else ""
            note = f"{count(nulls, 'figure')} that JSON cannot hold (NaN) became null"
        if recipe.classifier.reads_bodies:
            verdict = recipe.classifier.of_body(payload)
            if verdict is not None:
                raise self._told(verdict)
        return Page(body, payload, note, digest)

    def _hidden_in_other(self, body: bytes) -> Verdict | None:
        """Vendors that send CSV still send their errors as JSON."""
        if not body.startswith(b"{") or len(body) > _SMALL:
            return None
        payload = _json_of(body)
        return None if payload is MISSING else self._recipe.classifier.of_body(payload)

    def _refused(self, answer: Answer) -> Verdict:
        return self._recipe.classifier.of_status(
            answer, _json_of(answer.body), self._recipe.around.clock.now()
        )

    def _told(self, verdict: Verdict) -> FetchError:
        if verdict.word is not None:
            self._recipe.vendor.tell(verdict.word)
        if refuses_key(verdict.error):
            self._recipe.vendor.refuse_key()
        return verdict.error


def _json_of(body: bytes) -> Any:
    body = strip_bom(body)
    if not body[:64].lstrip().startswith((b"{", b"[", b'"')) or len(body) > _SMALL:
        return MISSING
    try:
        return decode(body, 64)
    except BadBody:
        return MISSING


def limited(error: FetchError) -> bool:
    """Whether going on with other values of the same run would only meet the same answer."""
    return isinstance(error, RateLimited) or error.status == 401


def several(failed: Sequence[QuanticityError], calls: int) -> QuanticityError:
    """The failures of a run of so many calls as one."""
    last = failed[-1]
    text = f"{len(failed)} of {calls} calls failed, the last: {last}"
    if not isinstance(last, FetchError):
        return TransformError(text)
    told = FetchError(text, status=last.status)
    told.partly = len(failed) < calls
    return told
