"""Sources: address, key, terms."""

from __future__ import annotations

from collections.abc import Iterator

from quanticity.config.lint.context import Checked
from quanticity.errors import Problem
from quanticity.model import Priority

_SCHEMES = ("http://", "https://")


def check_sources(config: Checked) -> Iterator[Problem]:
    """What is wrong with a source as a whole."""
    for name, source in config.effective.sources.items():
        at = ("data_sources", name)
        if not source.source.base_url.startswith(_SCHEMES):
            yield config.error(
                (*at, "base_url"), "'base_url' should begin with https:// (or http://)"
            )
        if source.off is not None and source.source.enabled:
            yield from _without_key(config, name, source.off)


def _without_key(config: Checked, name: str, off: str) -> Iterator[Problem]:
    source = config.effective.sources[name]
    critical = [
        endpoint.name
        for endpoint in source.endpoints.values()
        if endpoint.group is Priority.CRITICAL and endpoint.endpoint.enabled
    ]
    place = ("data_sources", name, "auth", "token_env")
    hint = "set it in the environment or in .env"
    if config.environment == "prod" and critical:
        said = f"'{name}' has critical feeds ({', '.join(critical)}), and {off}"
        yield config.error(place, said, hint)
    else:
        yield config.note(place, f"source '{name}' is off: {off}", hint)
