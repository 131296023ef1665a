"""The rest of a long answer: by page, offset, cursor, or walking back in time.

One page stays as it came. Of several pages the rows are put together in the first page's
envelope and written anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from quanticity.config.schema.endpoint import Paging
from quanticity.errors import BadBody
from quanticity.feeds.paths import MISSING, first, put
from quanticity.feeds.request import Request
from quanticity.heap import exact


@dataclass(slots=True)
class Page:
    """One good body: JSON text, and what it decodes to (MISSING where nobody needs that).

    `digest` is its xxh3-64 where that is known already. A body that is the same as the last one,
    which was found good, is not decoded again.
    """

    body: bytes
    payload: Any = MISSING
    note: str = ""
    digest: str = ""


@dataclass(slots=True)
class _Walk:
    """What has been gathered so far."""

    rows: list[Any] = field(default_factory=list)
    seen: set[Any] = field(default_factory=set)
    size: int = 0
    pages: int = 0


Fetch = Callable[[Request], Awaitable[Page]]
Known = Callable[[Any], bool]


async def all_pages(
    fetch: Fetch,
    request: Request,
    spec: Paging,
    *,
    most: int,
    pages: int | None = None,
    known: Known | None = None,
) -> Page:
    """All pages of one answer, as one.

    Ends at a page that is not full, brings no rows, or names no next one; after `pages` pages
    (default: `max_pages`), which the note then says; and, where `known` is given, at a page
    whose rows are all known already.
    BadBody where a page repeats the one before, or all pages together exceed `most` bytes.
    """
    walk = _Walk()
    head = page = await fetch(request)
    while True:
        rows = _rows(page.payload, spec)
        fresh = _fresh(rows, spec, walk)
        walk.rows.extend(fresh)
        walk.pages += 1
        walk.size += len(page.body)
        if walk.size > most:
            raise BadBody(f"the pages have {walk.size} bytes so far, max_body_bytes allows {most}")
        if known is not None and all(known(row) for row in fresh):
            break
        following = _following(spec, request, page, rows, walk, new=len(fresh))
        if following is None:
            break
        if walk.pages >= (pages or spec.max_pages):
            if walk.pages > 1:
                head.note = f"cut at {walk.pages} pages (max_pages)"
            break
        before, request = page, following
        page = await fetch(request)
        if page.body == before.body and rows:
            raise BadBody(
                f"page {walk.pages + 1} repeats the one before: is '{spec.param}' the parameter "
                "that moves on?"
            )
    if walk.pages == 1 and len(walk.rows) == len(rows):
        return head
    return _merged(head, spec, walk.rows)


def _merged(head: Page, spec: Paging, rows: list[Any]) -> Page:
    payload = put(head.payload, spec.rows, rows)
    return Page(exact(orjson.dumps(payload)), payload, head.note)


def _rows(payload: Any, spec: Paging) -> list[Any]:
    rows = first(payload, spec.rows)
    if rows is None:
        return []
    if not isinstance(rows, list):
        where = f"under '{spec.rows}'" if spec.rows else "at the body's root"
        raise BadBody(f"no rows {where}, where paging looks for them")
    return rows


def _fresh(rows: list[Any], spec: Paging, walk: _Walk) -> list[Any]:
    if spec.id is None:
        return rows
    fresh = []
    for row in rows:
        mark = first(row, spec.id)
        if mark is MISSING or isinstance(mark, (dict, list)):
            fresh.append(row)
        elif mark not in walk.seen:
            walk.seen.add(mark)
            fresh.append(row)
    return fresh


def _following(
    spec: Paging, request: Request, page: Page, rows: list[Any], walk: _Walk, *, new: int
) -> Request | None:
    """The request for the next page, or None at the end."""
    if not rows:
        return None
    if spec.type == "cursor":
        cursor = first(page.payload, str(spec.cursor))
        if cursor in (MISSING, None, "", False):
            return None
        return request.moved(spec.param, str(cursor))
    full = spec.limit is None or len(rows) >= spec.limit
    if not full:
        return None
    if spec.type == "page":
        return request.moved(spec.param, str(spec.start + walk.pages))
    if spec.type == "offset":
        gone = walk.pages * (spec.limit or len(rows))
        return request.moved(spec.param, str(spec.start + gone))
    if not new:
        if spec.limit is None:
            return None
        raise BadBody(
            f"walking back by '{spec.time}' makes no progress: {len(rows)} rows share one time, "
            "and a page holds no more"
        )
    times = [at for row in rows if (at := first(row, str(spec.time))) not in (MISSING, None, "")]
    if not times:
        raise BadBody(f"no row has the field '{spec.time}' that paging walks back by")
    oldest = min(times) if len({type(at) for at in times}) == 1 else min(times, key=str)
    return request.moved(spec.param, str(oldest))
