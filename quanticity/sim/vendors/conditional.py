"""Answers of servers that hand out files: an entity tag, and 304 to whoever has it already."""

from __future__ import annotations

from hashlib import blake2b

from quanticity.sim.vendors.vendor import Answer, Request


def file_answer(request: Request, body: bytes, content_type: str) -> Answer:
    """The body with its entity tag, or 304 where the request says it is known."""
    tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
    if tag in request.header("If-None-Match"):
        return Answer(b"", 304, content_type, {"ETag": tag})
    return Answer(body, 200, content_type, {"ETag": tag})


def access_denied(resource: str = "") -> Answer:
    """What a file store behind a content network says of a file that is not there."""
    where = f"<Resource>{resource}</Resource>" if resource else ""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>AccessDenied</Code><Message>Access Denied</Message>{where}</Error>"
    )
    return Answer.text(body, 403, "application/xml")
