"""Sources: address, key, terms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from quanticity.config.lint.addresses import check_address
from quanticity.config.lint.context import Checked, endpoint_path
from quanticity.config.lint.headers import check_headers
from quanticity.config.lint.patterns import check_pattern
from quanticity.config.lint.placeholders import check_base_url
from quanticity.config.lint.secret_texts import in_the_open
from quanticity.errors import Problem
from quanticity.model import Priority
from quanticity.spec import Path

_FORBIDDING = re.compile(
    r"(?i)\b(forbid|prohibit|disallow|no automated|not automated|not (be )?(permit|allow))"
)


_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")


def check_sources(config: Checked) -> Iterator[Problem]:
    """What is wrong with a source as a whole."""
    for name, source in config.effective.sources.items():
        settings = source.source
        at: Path = ("data_sources", name)
        yield from _named(config, at, name)
        for title in source.endpoints:
            yield from _named(config, endpoint_path(name, title), title)
        yield from check_address(config, (*at, "base_url"), settings.base_url)
        yield from check_base_url(config, name)
        for index, error in enumerate(settings.errors):
            yield from check_pattern(config, (*at, "errors", index, "matches"), error.matches)
        if settings.enabled and _FORBIDDING.search(settings.terms) and not config.simulated:
            said = f"'{name}' is on, though its terms say: {settings.terms}"
            yield config.warning((*at, "terms"), said, "set 'enabled: false' unless you may")
        if settings.enabled and source.off is not None:
            yield from _without_key(config, name, source.off)
        yield from in_the_open(config, (*at, "headers"), settings.headers)
        yield from check_headers(config, (*at, "headers"), settings.headers)
        for endpoint in source.endpoints.values():
            below = endpoint_path(name, endpoint.name)
            if endpoint.off is not None and source.off is None and endpoint.endpoint.enabled:
                yield config.note(below, f"feed '{endpoint.name}' is off: {endpoint.off}")


def _named(config: Checked, at: Path, name: str) -> Iterator[Problem]:
    """Feeds are called `source.endpoint:SPY`: the signs between are no part of a name."""
    if not _NAME.fullmatch(name):
        yield config.error(at, f"'{name}' cannot be a name", "use letters, digits, _ and -")


def _without_key(config: Checked, name: str, off: str) -> Iterator[Problem]:
    source = config.effective.sources[name]
    critical = [
        endpoint.name
        for endpoint in source.endpoints.values()
        if endpoint.group is Priority.CRITICAL and endpoint.endpoint.enabled
    ]
    place: Path = ("data_sources", name, "auth", "token_env")
    hint = "set it in the environment or in .env"
    if config.environment == "prod" and critical:
        said = f"'{name}' has critical feeds ({', '.join(critical)}), and {off}"
        yield config.error(place, said, hint)
    else:
        yield config.note(place, f"source '{name}' is off: {off}", hint)
