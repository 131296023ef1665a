"""The rest of a long answer: by page, offset, cursor, link, or walking back in time.

One page stays as it came. Of several pages the rows are put together in the first page's
envelope and written anew.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from multidict import CIMultiDictProxy

from quanticity.config.schema.endpoint import Paging
from quanticity.errors import BadBody
from quanticity.feeds.long_numbers import LongNumber, dumps
from quanticity.feeds.paths import MISSING, first, identity, put
from quanticity.feeds.request import Request
from quanticity.parse import moment, number
from quanticity.words import count


@dataclass(slots=True)
class Page:
    """One good body: JSON text, and what it decodes to (MISSING where nobody needs that).

    `digest` is its xxh3-64 where that is known already. A body that is the same as the last one,
    which was found good, is not decoded again. `link` is the next page's address in its header.
    """

    body: bytes
    payload: Any = MISSING
    note: str = ""
    digest: str = ""
    link: str = ""


@dataclass(slots=True)
class _Walk:
    """What has been gathered so far; `came` are the rows of all pages, doubles too.

    `edge` is the time that a full page ended with, which the next one was asked for by, and
    `left_out` those of which that brought no row. `alike` says that rows of a page share a time.
    """

    rows: list[Any] = field(default_factory=list)
    seen: set[Any] = field(default_factory=set)
    cursors: set[str] = field(default_factory=set)
    size: int = 0
    came: int = 0
    pages: int = 0
    edge: Any = MISSING
    left_out: list[Any] = field(default_factory=list)
    alike: bool = False


Fetch = Callable[[Request], Awaitable[Page]]
Ends = Callable[[Sequence[Any], bool], bool]
Secrets = Sequence[tuple[str, str]]

# In an address there may be commas and semicolons; between two links no '<' stands.
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_NEXT = re.compile(r"""\brel\s*=\s*(?:"[^"]*\bnext\b[^"]*"|next\b)""", re.IGNORECASE)


def next_link(headers: CIMultiDictProxy[str]) -> str:
    """The address that the header `Link` gives the next page, or '' where it gives none."""
    for address, said in _LINK.findall(", ".join(headers.getall("Link", ()))):
        if _NEXT.search(said):
            return str(address).strip()
    return ""


async def all_pages(
    fetch: Fetch,
    request: Request,
    spec: Paging,
    *,
    most: int,
    pages: int | None = None,
    ends: Ends | None = None,
    secrets: Secrets = (),
) -> Page:
    """All pages of one answer, as one.

    Ends at a page that is not full, brings no rows, or names no next one; after `max_pages`, or
    `pages` where `max_calls` allows no more, which the note then says; and, where `ends` is
    given, at a page without a new row, or whose rows it calls the last ones (it is told whether
    the pages walk back in time). `secrets` are the credentials in the query.
    BadBody where a page repeats the one before or names a cursor of an earlier one, where it
    does not say how to go on, or all pages together exceed `most` bytes.
    """
    walk = _Walk()
    head = page = await fetch(request)
    while True:
        rows = _rows(page.payload, spec)
        _look_at_edge(rows, spec, walk)
        fresh = _fresh(rows, spec, walk)
        walk.rows.extend(fresh)
        walk.came += len(rows)
        walk.pages += 1
        walk.size += len(page.body)
        if walk.size > most:
            raise BadBody(f"the pages have {walk.size} bytes so far, max_body_bytes allows {most}")
        if ends is not None and (not fresh or ends(fresh, spec.type == "time")):
            break
        following = _following(spec, request, page, rows, walk, new=len(fresh), secrets=secrets)
        if following is None:
            break
        if walk.pages >= (pages or spec.max_pages):
            limit = "max_pages" if walk.pages >= spec.max_pages else "max_calls"
            head.note = f"cut at {count(walk.pages, 'page')} ({limit})"
            break
        before, request = page, following
        page = await fetch(request)
        if page.body == before.body and rows:
            raise BadBody(
                f"page {walk.pages + 1} repeats the one before: is '{spec.param}' the parameter "
                "that moves on?"
            )
    head.note = "; ".join(filter(None, (head.note, _left_out(spec, walk))))
    if walk.pages == 1 and len(walk.rows) == len(rows):
        return head
    return _merged(head, spec, walk.rows)


def _merged(head: Page, spec: Paging, rows: list[Any]) -> Page:
    payload = put(head.payload, spec.rows, rows)
    return Page(dumps(payload), payload, head.note)


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
        mark = identity(row, spec.id)
        mark = str(mark) if isinstance(mark, LongNumber) else mark
        if mark is MISSING:
            fresh.append(row)
        elif mark not in walk.seen:
            walk.seen.add(mark)
            fresh.append(row)
    return fresh


def _following(
    spec: Paging,
    request: Request,
    page: Page,
    rows: list[Any],
    walk: _Walk,
    *,
    new: int,
    secrets: Secrets,
) -> Request | None:
    """The request for the next page, or None at the end."""
    if not rows:
        return None
    if spec.type == "cursor":
        return _after(spec, request, page, walk)
    if spec.type == "link":
        return _linked(spec, request, page, walk, secrets)
    full = spec.limit is None or len(rows) >= spec.limit
    if not full:
        return None
    if spec.type == "page":
        return request.moved(spec.param, str(spec.start + walk.pages))
    if spec.type == "offset":
        return request.moved(spec.param, str(spec.start + walk.came))
    return _before(spec, request, rows, walk, new=new)


def _after(spec: Paging, request: Request, page: Page, walk: _Walk) -> Request | None:
    """The request for the page behind a cursor, or None where there is none.

    A cursor that stays the same is a vendor's way to say `go on`: what repeats then is the page.
    """
    cursor = first(page.payload, str(spec.cursor))
    if cursor in (MISSING, None, "", False):
        return None
    if not _goes_on(cursor):
        raise BadBody(f"'{spec.cursor}', the cursor, is neither text nor a number")
    if str(cursor).startswith(("https://", "http://")):
        raise BadBody(f"'{spec.cursor}', the cursor, is a whole address: write 'type: link'")
    following = request.moved(spec.param, str(cursor))
    if str(cursor) in walk.cursors and following.url != request.url:
        raise BadBody(
            f"page {walk.pages} names the cursor '{str(cursor)[:40]}' of an earlier one: the pages "
            "go round"
        )
    walk.cursors.add(str(cursor))
    return following


def _linked(
    spec: Paging, request: Request, page: Page, walk: _Walk, secrets: Secrets
) -> Request | None:
    """The request for the page whose address the one before gives, or None where it gives none."""
    where = f"'{spec.cursor}'" if spec.cursor else "the header Link"
    address = first(page.payload, spec.cursor) if spec.cursor else page.link
    if address in (MISSING, None, "", False):
        return None
    if not isinstance(address, str):
        raise BadBody(f"{where} is no address of a next page")
    try:
        following = request.onward(address, secrets)
    except ValueError as error:
        raise BadBody(f"the next page, by {where}, {error}") from None
    walk.cursors.add(str(request.url))
    if str(following.url) in walk.cursors:
        raise BadBody(f"page {walk.pages} names the address of an earlier one: the pages go round")
    return following


def _before(
    spec: Paging, request: Request, rows: list[Any], walk: _Walk, *, new: int
) -> Request | None:
    """The request for the rows before the oldest of a full page; None where nothing was new."""
    if not new:
        if spec.limit is None:
            return None
        raise BadBody(
            f"walking back by '{spec.time}' makes no progress: {len(rows)} rows share one time, "
            "and a page holds no more"
        )
    times = _times(rows, spec)
    if not times:
        raise BadBody(_no_time(rows, spec))
    oldest = _oldest(times)
    if spec.limit is not None:
        walk.edge = oldest
    return request.moved(spec.param, str(oldest))


def _oldest(times: list[Any]) -> Any:
    """The time that lies before all others, however the vendor writes them.

    As texts they do not sort: half a second is less than none, and the hour that comes twice in
    autumn is written with two offsets.
    """
    if not any(isinstance(at, str) for at in times):
        return min(times)
    for read in (moment, number):
        marks = [read(at) for at in times]
        if None not in marks:
            return min(zip(marks, map(str, times), times, strict=True), key=lambda at: at[:2])[2]
    return min(times, key=str)


def _look_at_edge(rows: list[Any], spec: Paging, walk: _Walk) -> None:
    """Note where a page brings none of the time that the one before it ended with.

    That one was full. A vendor whose bound is exclusive leaves out what would have come next.
    """
    if spec.type != "time":
        return
    times = _times(rows, spec)
    walk.alike = walk.alike or len(set(times)) < len(times)
    if walk.edge is not MISSING and walk.edge not in times:
        walk.left_out.append(walk.edge)


def _left_out(spec: Paging, walk: _Walk) -> str:
    """What a walk back in time has lost, as far as its rows can tell; else nothing."""
    if not walk.left_out or not walk.alike:
        return ""
    return (
        f"rows that share the time {walk.left_out[0]} with a page's last may be missing: "
        f"'{spec.param}' leaves that time out"
    )


def _times(rows: list[Any], spec: Paging) -> list[Any]:
    """The times of the rows that have one: text or numbers."""
    return [at for row in rows if _goes_on(at := first(row, str(spec.time)))]


def _no_time(rows: list[Any], spec: Paging) -> str:
    """What is wrong with rows of which none has a time to walk back by."""
    if all(first(row, str(spec.time)) in (MISSING, None, "") for row in rows):
        return f"no row has the field '{spec.time}' that paging walks back by"
    return f"'{spec.time}', which paging walks back by, is neither text nor a number in any row"


def _goes_on(value: Any) -> bool:
    """Whether a parameter can say it: text that is not empty, or a number."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != ""
