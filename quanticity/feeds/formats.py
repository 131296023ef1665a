"""From a body as it came to JSON text.

JSON stays as it came, byte for byte, but for a byte order mark. CSV, pipe-delimited text, XML,
calendar files and tables of web pages become rows first.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import re
from typing import Any, Literal

import orjson

from quanticity.config.schema.endpoint import Endpoint
from quanticity.errors import BadBody
from quanticity.feeds import html_rows, ics, tables, xml_rows
from quanticity.feeds.json_text import (
    looks_like_html,
    looks_like_json,
    not_utf8,
    page_title,
    shown,
    strip_bom,
)
from quanticity.heap import exact

Format = Literal["json", "ndjson", "csv", "pipe", "xml", "ics", "html"]

_CHARSET = re.compile(r"charset=[\"']?([A-Za-z0-9_.:-]+)", re.IGNORECASE)
# How a text in UTF-16 begins, as Excel writes it; nothing in UTF-8 does.
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ON_THE_LOOP = 200_000
"""Bytes of text that are turned into rows on the event loop; more goes to a thread."""

_BY_TYPE: dict[str, Format] = {
    "application/json": "json",
    "text/csv": "csv",
    "application/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/x-jsonlines": "ndjson",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/calendar": "ics",
}
_BUILT_ON: dict[str, Format] = {"json": "json", "xml": "xml", "csv": "csv"}


def format_of(endpoint: Endpoint, content_type: str, body: bytes) -> Format:
    """What a body is: what the config says, else its content type, else its first bytes."""
    if endpoint.format != "auto":
        return endpoint.format
    media = content_type.partition(";")[0].strip().lower()
    named = _named(media)
    if looks_like_html(body):
        raise BadBody(html_instead(body, named or "data"))
    if named != "ndjson" and (named == "json" or looks_like_json(body)):
        return "json"
    if named is not None:
        return named
    head = body[:64].lstrip()
    if head.startswith(b"BEGIN:VCALENDAR"):
        return "ics"
    if head.startswith(b"<"):
        return "xml"
    raise BadBody(
        f"content type {media or 'missing'}, and a body that begins with {shown(body)}: "
        "if this is what the vendor sends, say what it is with 'format'"
    )


def _named(media: str) -> Format | None:
    """The format that a media type names, by itself or by what it is built on."""
    if media in _BY_TYPE:
        return _BY_TYPE[media]
    if media == "application/xhtml+xml":
        return None
    return _BUILT_ON.get(media.rpartition("+")[2]) if "+" in media else None


async def to_json(endpoint: Endpoint, kind: Format, content_type: str, body: bytes) -> bytes:
    """Rows as JSON text, from a body of any format but JSON. BadBody where it is not that."""
    if kind != "html" and looks_like_html(body):
        raise BadBody(html_instead(body, kind))
    if len(body) > _ON_THE_LOOP:
        return await asyncio.to_thread(_convert, endpoint, kind, content_type, body)
    return _convert(endpoint, kind, content_type, body)


def html_instead(body: bytes, wanted: str) -> str:
    """What to tell of a web page that came instead of data."""
    title = page_title(body)
    wanted = wanted.upper() if wanted != "data" else wanted
    return f"a web page came instead of {wanted}" + (f": '{title}'" if title else "")


def _convert(endpoint: Endpoint, kind: Format, content_type: str, body: bytes) -> bytes:
    try:
        return exact(orjson.dumps(_rows(endpoint, kind, content_type, body)))
    except BadBody:
        raise
    except Exception as error:  # noqa: BLE001
        # Parsers of others raise what they like for what nobody foresaw.
        said = f"{type(error).__name__}: {error}"
        raise BadBody(f"the body is not {kind.upper()} that can be read: {said}") from None


def _rows(endpoint: Endpoint, kind: Format, content_type: str, body: bytes) -> Any:
    if kind == "xml":
        named = xml_rows.names_its_charset(body)
        return xml_rows.rows_of(body if named else in_utf8(body, content_type), endpoint.rows)
    if kind == "ics":
        return ics.events_of(_text(content_type, body))
    if kind == "ndjson":
        return _lines(body)
    if kind == "html":
        return html_rows.rows_of(_page(content_type, body), endpoint.rows, endpoint.columns)
    usual = "\t" if content_type.startswith("text/tab-separated-values") else ","
    return tables.rows_of(
        _text(content_type, body),
        "|" if kind == "pipe" else endpoint.delimiter or usual,
        endpoint.columns,
        skip=endpoint.skip_lines,
        footer=endpoint.footer,
    )


def _lines(body: bytes) -> list[orjson.Fragment]:
    """Each line as it stands, once it is known to be JSON."""
    rows = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise BadBody(f"line {number} is not JSON: {error.msg.split(':')[0]}") from None
        rows.append(orjson.Fragment(line.strip()))
    return rows


def in_utf8(body: bytes, content_type: str) -> bytes:
    """JSON text in UTF-8: as it came where it is that, else from the charset that is named.

    The bytes come first, for many name a charset that they do not write in. BadBody where
    neither reads it.
    """
    declared = _CHARSET.search(content_type)
    if body.startswith(_UTF_16):
        with contextlib.suppress(UnicodeDecodeError):
            return body.decode("utf-16").encode()
    if declared is None or declared.group(1).lower() in ("utf-8", "utf8"):
        return body
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return _from_charset(body, declared.group(1), error)
    # UTF-16 of plain letters is UTF-8 as well, full of zeros that no JSON has.
    return _from_charset(body, declared.group(1), None) if b"\0" in body else body


def _from_charset(body: bytes, charset: str, wrong: UnicodeDecodeError | None) -> bytes:
    begins = not_utf8(wrong) if wrong else "the body is not JSON: it holds zero bytes"
    try:
        return body.decode(charset).removeprefix("\ufeff").encode()
    except UnicodeError:
        raise BadBody(f"{begins}; nor is it '{charset}', as its content type says") from None
    except LookupError:
        raise BadBody(
            f"{begins}; the charset of its content type, '{charset}', is unknown"
        ) from None


def _page(content_type: str, body: bytes) -> str:
    """The text of a web page, which may say itself in which charset it is written."""
    if not _CHARSET.search(content_type):
        said = _CHARSET.search(body[:1024].decode("latin-1"))
        content_type = said.group() if said else content_type
    return _text(content_type, body)


def _text(content_type: str, body: bytes) -> str:
    declared = _CHARSET.search(content_type)
    charset = declared.group(1) if declared else "utf-8"
    plain = strip_bom(body)
    if body.startswith(_UTF_16):
        charset = "utf-16"
    elif plain is not body or _is_plainly_utf8(plain):
        # As with JSON: many name a charset that they do not write in.
        charset = "utf-8"
    try:
        return plain.decode(charset)
    except UnicodeDecodeError as error:
        raise BadBody(not_utf8(error)) from None
    except (LookupError, UnicodeError):
        raise BadBody(f"the body's charset '{charset}' is unknown") from None


def _is_plainly_utf8(body: bytes) -> bool:
    """Whether letters beyond ASCII are written as UTF-8 writes them: by chance they hardly are."""
    if body.isascii() or b"\0" in body:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
