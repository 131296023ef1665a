"""JSON as vendors send it: checked, bounded, and otherwise left alone."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import orjson

from quanticity.errors import BadBody

BOM = b"\xef\xbb\xbf"

_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_NOT_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_STEPS = np.zeros(256, np.int8)
_STEPS[list(b"[{")], _STEPS[list(b"]}")] = 1, -1
_AT_A_TIME = 1 << 18
_PAIRS = re.compile(rb"(?:\{\})++|(?:\[\])++")
_TITLE = re.compile(rb"<title[^>]*>(.{0,2000}?)</title>", re.IGNORECASE | re.DOTALL)
_NO_FIGURES = (b"NaN", b"Infinity")
# In a body with more quotes than this nothing becomes null: to take it apart would hold up all.
_MOST_QUOTES = 500_000
_NO_FIGURE = re.compile(rb"(?<![^\s:,\[])-?(?:NaN|Infinity)(?![^\s,\]}])")
_OPENS_AND_CLOSES = {b"{": b"}", b"[": b"]", b'"': b'"'}
_ENDS = {ord("{"): ord("}"), ord("["): ord("]")}
_SCALAR_STARTS = frozenset(b"-0123456789tfn")
# Of more brackets than this, a pass that takes fewer than a quarter away is the last one.
_FEW = 4096
# orjson itself refuses what is nested deeper.
_PARSER_DEPTH = 1024


def strip_bom(body: bytes) -> bytes:
    """The body without a UTF-8 byte order mark."""
    return body[3:] if body.startswith(BOM) else body


def looks_like_json(body: bytes) -> bool:
    """Whether the first and last characters could be those of JSON text; costs nothing."""
    head, tail = body[:64].lstrip()[:1], body[-64:].rstrip()[-1:]
    closing = _OPENS_AND_CLOSES.get(head)
    return tail == closing if closing else bool(head) and head[0] in _SCALAR_STARTS


def looks_like_html(body: bytes) -> bool:
    """Whether this is a web page: what proxies and portals send instead of data."""
    head = body[:256].lstrip().lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


def page_title(body: bytes) -> str:
    """`'Access denied'` for a web page with a title, else an empty string."""
    found = _TITLE.search(body[:20_000])
    if not found:
        return ""
    return " ".join(found.group(1).decode("utf-8", "replace").split())[:120]


def check_text(body: bytes) -> None:
    """The little that can be known of JSON text without parsing it. BadBody where it fails."""
    if not body or (_ENDS.get(body[0]) != body[-1] and not looks_like_json(body)):
        raise BadBody(f"the body is not JSON: it begins with {shown(body)}")
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise BadBody(not_utf8(error)) from None


def decode(body: bytes, max_depth: int) -> Any:
    """The decoded body. BadBody where it is not JSON, not UTF-8, or nested deeper than allowed."""
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadBody(_why_not(body, error, max_depth)) from None
    if deeper_than(body, max_depth):
        raise BadBody(f"the body is nested deeper than max_depth ({max_depth})")
    return payload


def without_nan(body: bytes) -> tuple[bytes, int]:
    """The body with null for each figure that JSON cannot hold, and how many there were.

    Python writes NaN and Infinity, and nobody else reads them. What stands in strings stays, and
    so does a body that is nothing but such a word.
    """
    if not body.lstrip().startswith((b"{", b"[")) or not any(word in body for word in _NO_FIGURES):
        return body, 0
    # No JSON text holds a zero byte: escapes are put aside, and quotes then only end strings.
    text = body.replace(rb"\\", b"\0b").replace(rb"\"", b"\0q")
    if text.count(b'"') > _MOST_QUOTES:
        return body, 0
    parts, found = text.split(b'"'), 0
    for at in range(0, len(parts), 2):
        if any(word in parts[at] for word in _NO_FIGURES):
            parts[at], here = _NO_FIGURE.subn(b"null", parts[at])
            found += here
    return b'"'.join(parts).replace(b"\0q", rb"\"").replace(b"\0b", rb"\\"), found


def deeper_than(body: bytes, depth: int) -> bool:
    """Whether valid JSON text nests lists and objects more than `depth` levels.

    Only the brackets are kept, and innermost pairs are taken away: each pass takes one level, and
    nearly all bodies have few. Where that does not end soon, as where brackets inside strings
    spoil the pairing, levels are counted, which takes as long whatever the body is. No shallow
    body is ever called deep; strings made to hide levels meet the parser's own bound (1024).
    """
    brackets = body.translate(None, _NOT_BRACKETS)
    if len(brackets) <= 2 * depth or _pairs_up(brackets, depth):
        return False
    return _highest(body) > depth


def _pairs_up(brackets: bytes, depth: int) -> bool:
    """Whether none is left once innermost pairs are taken away `depth` times, if that is cheap."""
    for _ in range(depth):
        if not brackets:
            break
        fewer = _PAIRS.sub(b"", brackets)
        many = len(brackets) > _FEW and 4 * len(fewer) > 3 * len(brackets)
        if many or len(fewer) == len(brackets):
            return False
        brackets = fewer
    return not brackets


def _highest(body: bytes) -> int:
    """The most levels that are open at once, brackets in strings left out."""
    if b"\\" in body:
        body = body.replace(rb"\\", b"").replace(rb"\"", b"")
    marks = np.frombuffer(body.translate(None, _NOT_STRUCTURE), np.uint8)
    highest = level = 0
    inside = False
    for at in range(0, len(marks), _AT_A_TIME):
        piece = marks[at : at + _AT_A_TIME]
        in_text = np.logical_xor.accumulate(piece == ord('"')) ^ inside
        steps = _STEPS[piece]
        steps[in_text] = 0
        levels = np.cumsum(steps, dtype=np.int64) + level
        highest = max(highest, int(levels.max()))
        level, inside = int(levels[-1]), bool(in_text[-1])
    return highest


def _why_not(body: bytes, error: orjson.JSONDecodeError, max_depth: int) -> str:
    if not body.strip():
        return "the body is empty"
    try:
        body.decode()
    except UnicodeDecodeError as wrong:
        return not_utf8(wrong)
    if looks_like_html(body):
        title = page_title(body)
        return "a web page came instead of JSON" + (f": '{title}'" if title else "")
    if "depth" in str(error) or "recursion" in str(error):
        return f"the body is nested deeper than max_depth ({min(max_depth, _PARSER_DEPTH)})"
    reason = str(error).split(":", maxsplit=1)[0].strip()
    if error.pos >= len(body.rstrip()) and body.lstrip()[:1] in _OPENS_AND_CLOSES:
        return f"the JSON breaks off at its end (byte {len(body)})"
    if not looks_like_json(body):
        return f"the body is not JSON: it begins with {shown(body)}"
    hint = ""
    if reason.startswith("unexpected content") and error.lineno > 1 and body[:1] == b"{":
        hint = "; if each line is JSON of its own, say so with 'format: ndjson'"
    return f"the body is not JSON: {reason} at line {error.lineno} column {error.colno}{hint}"


def not_utf8(error: UnicodeDecodeError) -> str:
    """What to tell of bytes that are no UTF-8."""
    return f"the body is not UTF-8: byte 0x{error.object[error.start]:02x} at {error.start}"


def shown(body: bytes) -> str:
    """The beginning of a body, fit for an error text."""
    return repr(body[:40].decode("utf-8", "replace"))
