"""Where a key's bytes came from: the feed that fetches them, and its URL without secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from quanticity.clock import Calendar
from quanticity.config.effective import Effective, EffectiveEndpoint
from quanticity.config.lint.keys import output_key
from quanticity.feeds.request import RequestPlan
from quanticity.logs import redact
from quanticity.model import bind, placeholders


@dataclass(frozen=True, slots=True)
class Origin:
    """`raw` is another key where a transform made the value out of that key's."""

    feed: str
    method: str = ""
    url: str = ""
    transform: str = ""
    raw: str = ""


def origin_of(effective: Effective, key: str, at: float, calendar: Calendar) -> Origin | None:
    """The feed that writes `key`, as it asked at epoch second `at`; None where no feed does."""
    for endpoint in effective.endpoints():
        spec = endpoint.endpoint
        values = _values(spec.redis_key, key)
        if values is not None:
            return _asked(effective, endpoint, values, at, calendar)
        output = output_key(endpoint)
        values = _values(output, key) if output is not None else None
        if values is not None:
            asked = _asked(effective, endpoint, values, at, calendar)
            raw = bind(spec.redis_key, values)
            return replace(asked, transform=spec.transform or "transform_config", raw=raw)
    return None


def _asked(
    effective: Effective,
    endpoint: EffectiveEndpoint,
    values: dict[str, str],
    at: float,
    calendar: Calendar,
) -> Origin:
    spec = endpoint.endpoint
    source = effective.sources[endpoint.source].source
    if spec.transport == "websocket":
        return Origin(endpoint.id, "websocket", redact(bind(spec.url or source.base_url, values)))
    # Credentials in the query are the fetcher's to add: here nobody does.
    plan = RequestPlan(source.base_url, spec, calendar)
    if not plan.names <= set(values):
        return Origin(endpoint.id, spec.method)
    url = plan.request(values, at).url
    return Origin(endpoint.id, spec.method, redact(str(url)))


def _values(pattern: str, key: str) -> dict[str, str] | None:
    """The values that make `key` of `pattern`; None where none do."""
    text = re.escape(pattern)
    for name in placeholders(pattern):
        hole = re.escape(f"{{{name}}}")
        text = text.replace(hole, f"(?P<{name}>[^:]+)", 1).replace(hole, f"(?P={name})")
    found = re.fullmatch(text, key)
    return found.groupdict() if found else None
