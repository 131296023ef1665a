"""A body whose shape has changed overnight: one field renamed, gone, or of another type."""

from __future__ import annotations

import re
import zlib
from collections import deque
from typing import Any, Literal

import orjson

Form = Literal["rename", "remove", "retype"]

_TAG = re.compile(rb"<([A-Za-z][\w:.-]*)")
_WORD = re.compile(rb"[A-Za-z_][\w-]{2,}")
_NEW = "_v2"


def drifted(body: bytes, form: Form, about: str) -> bytes:
    """The body with one field changed in all its rows: the same field each time for one `about`.

    In text that is no JSON the first name changes: a column of a table, an element of XML.
    """
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _renamed(body)
    return orjson.dumps(drifted_value(payload, form, about))


def drifted_value(payload: Any, form: Form, about: str) -> Any:
    """The same for a value that is not written out yet; changed in place where it can be."""
    rows = _rows(payload)
    names = sorted(rows[0]) if rows else []
    if not names:
        # Nothing has a name here: what was a list or a figure is wrapped.
        return {"value": payload}
    name = names[zlib.crc32(about.encode()) % len(names)]
    for row in rows:
        if name not in row:
            continue
        value = row.pop(name)
        if form == "rename":
            row[name + _NEW] = value
        elif form == "retype":
            row[name] = [value]
    return payload


def _rows(payload: Any) -> list[dict[str, Any]]:
    """The first list of rows in a payload, however deep; else the outermost row there is."""
    first: dict[str, Any] | None = None
    waiting = deque([payload])
    while waiting:
        here = waiting.popleft()
        if isinstance(here, list):
            rows = [each for each in here if isinstance(each, dict) and each]
            if rows:
                return rows
            waiting.extend(each for each in here if isinstance(each, list))
        elif isinstance(here, dict) and here:
            first = first if first is not None else here
            waiting.extend(here.values())
    return [first] if first is not None else []


def _renamed(body: bytes) -> bytes:
    tag = _TAG.search(body)
    if tag is not None:
        name = re.escape(tag[1])
        return re.sub(rb"(</?)" + name + rb"(?=[\s>/])", rb"\1" + tag[1] + _NEW.encode(), body)
    return _WORD.sub(lambda found: found[0] + _NEW.encode(), body, count=1)
