"""The vendor's own words in an answer that says no, fit to be shown to a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from quanticity.feeds.json_text import looks_like_html, page_title
from quanticity.feeds.paths import MISSING
from quanticity.logs import redact

_LONGEST = 200
_DEEPER = 2
_FIELDS = (
    "message",
    "msg",
    "error_message",
    "errorMessage",
    "error_description",
    "faultstring",
    "Error Message",
    "error",
    "Information",
    "Note",
    "detail",
    "description",
    "title",
    "errors",
)
_STATUS = re.compile(r"\(\d{3}\)")
# Request ids are hexadecimal.
_NUMBER = re.compile(r"(?i)\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b|\d+")
_XML_PARTS = re.compile(r"<(Code|Message)>([^<]*)</\1>", re.IGNORECASE)


def said(body: bytes, payload: Any = MISSING) -> str:
    """What the answer says, on one line, without secrets; empty where it says nothing."""
    if payload is not MISSING:
        text = _of_json(payload)
    elif looks_like_html(body):
        text = page_title(body)
    elif body.lstrip().startswith(b"<"):
        parts = _XML_PARTS.findall(body[:4000].decode("utf-8", "replace"))
        text = ": ".join(part for _, part in parts if part)
    else:
        text = body[:1000].decode("utf-8", "replace")
    text = redact(one_line(text))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def one_line(text: str) -> str:
    """`text` without line breaks, and without what would move a terminal's cursor or colours."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def same_trouble(text: str, before: str) -> bool:
    """Whether two failures differ in nothing, or in numbers only, though not in the status.

    Request ids and counters give one and the same refusal another text each time.
    """
    if text == before or not before:
        return text == before
    if _STATUS.findall(text) != _STATUS.findall(before):
        return False
    return _NUMBER.sub("0", text) == _NUMBER.sub("0", before)


def _of_json(payload: Any, deeper: int = _DEEPER) -> str:
    if isinstance(payload, str):
        return payload
    if isinstance(payload, list):
        return "; ".join(filter(None, (_of_json(item) for item in payload[:3])))
    if not isinstance(payload, Mapping):
        return "" if payload is None or isinstance(payload, bool) else str(payload)
    text = next(
        (found for name in _FIELDS if (found := _of_json(payload.get(name)))),
        "",
    )
    if not text and deeper:
        # Some wrap it once more, under a name of their own: fault, status, quandl_error.
        inside = (each for each in payload.values() if isinstance(each, Mapping))
        text = next(filter(None, (_of_json(each, deeper - 1) for each in inside)), "")
    code, path = payload.get("code"), payload.get("path")
    if isinstance(code, str) and code not in text:
        text = f"{code}: {text}" if text else code
    if isinstance(path, str) and text:
        text = f"{text} ({path})"
    return text
