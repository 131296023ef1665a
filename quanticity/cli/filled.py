"""Which feed of a config fills a key, and with which values."""

from __future__ import annotations

import re

from quanticity.config.effective import Effective, EffectiveEndpoint
from quanticity.store.names import output_key

_PLACEHOLDER = re.compile(r"\\\{([A-Za-z_]\w*)\\\}")


def filled_by(key: str, effective: Effective) -> tuple[EffectiveEndpoint, dict[str, str]] | None:
    """The endpoint whose raw or output key `key` is, and its values; None where there is none."""
    for endpoint in effective.endpoints():
        spec = endpoint.endpoint
        for pattern in (spec.redis_key, spec.output_key or output_key(spec.redis_key)):
            values = values_in(key, pattern)
            if values is not None:
                return endpoint, values
    return None


def values_in(key: str, pattern: str) -> dict[str, str] | None:
    """The values that make `key` of `pattern`; None where none do."""
    found = re.fullmatch(_PLACEHOLDER.sub(r"(?P<\1>[^:]+)", re.escape(pattern)), key)
    return found.groupdict() if found else None
