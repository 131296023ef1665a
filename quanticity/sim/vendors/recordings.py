"""What the mapping of recorded bodies may say, and how a body is taken out of its file."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import orjson
from pydantic import model_validator

from quanticity.feeds.paths import MISSING, first
from quanticity.spec import Spec, field

_BODY = "$body"


class Recording(Spec):
    """One recorded body: where it stands in its file, and which request it answers."""

    endpoint: str = field(help="shipped feed that it belongs to", example="cboe.chains")
    answers: str = field(
        help="address asked for; parameters written here must be the request's own",
        example="https://cdn.cboe.com/api/global/delayed_quotes/options/AAPL.json",
    )
    method: Literal["GET", "POST"] = field("GET", help="HTTP method")
    values: dict[str, str] = field(
        factory=dict, help="the feed's placeholders", example={"symbol": "AAPL"}
    )
    pick: str = field("", help="where the body stands in the file, dotted; empty for all of it")
    unquote: bool = field(False, help="what stands there is JSON inside a text")
    drop: tuple[str, ...] = field((), help="fields that a note-taker added")
    wrap: Any = field(None, help="put the body where this says $body: the part that was cut off")
    recount: bool = field(False, help="an excerpt: set the trailer to the rows that are left")
    status: int = field(200, help="HTTP status")
    content_type: str | None = field(None, help="default goes by the file's name")
    error: str | None = field(
        None, help="for an error: the exception that it must become", example="RateLimited"
    )
    says: str = field("", help="regular expression that the error's text must match")
    note: str = field("", help="what to know about it")

    def matches(self, host: str, method: str, path: str, query: dict[str, str]) -> bool:
        """Whether a request to the real address is answered by this."""
        parts = urlsplit(self.answers)
        return (parts.hostname, parts.path, self.method) == (host, path, method) and dict(
            parse_qsl(parts.query)
        ).items() <= query.items()

    def body(self, file: Path) -> bytes:
        """The body as the vendor sent it. ValueError where the file does not hold it."""
        raw = file.read_bytes()
        if self.recount:
            *rows, _ = raw.rstrip().splitlines()
            return b"\n".join([*rows, str(len(rows) - 1).encode(), b""])
        if not (self.pick or self.unquote or self.drop or self.wrap):
            return raw
        found = first(orjson.loads(raw), self.pick)
        if found is MISSING:
            raise ValueError(f"{file.name} has nothing at '{self.pick}'")
        if self.unquote:
            found = orjson.loads(found)
        for name in self.drop:
            del found[name]
        return orjson.dumps(found if self.wrap is None else _wrapped(self.wrap, found))

    def type_of(self, file: Path) -> str:
        """The content type to send."""
        kinds = {".ics": "text/calendar", ".csv": "text/csv"}
        guessed = kinds.get(file.suffix) or mimetypes.guess_type(file.name)[0]
        return self.content_type or guessed or "application/octet-stream"


class RecordedFile(Spec):
    """One file: its bodies, or why it has none for us."""

    bodies: tuple[Recording, ...] = field((), help="what it answers")
    unmapped: str = field("", help="why it answers nothing")

    @model_validator(mode="after")
    def _one_of_both(self) -> RecordedFile:
        if bool(self.bodies) == bool(self.unmapped):
            raise ValueError("give either bodies or unmapped")
        return self


class RecordedMapping(Spec):
    """The whole mapping, by the file's path below the recorded folder."""

    files: dict[str, RecordedFile] = field(help="every file that we know of")


def _wrapped(frame: Any, body: Any) -> Any:
    if frame == _BODY:
        return body
    if isinstance(frame, dict):
        return {name: _wrapped(value, body) for name, value in frame.items()}
    if isinstance(frame, list):
        return [_wrapped(value, body) for value in frame]
    return frame
