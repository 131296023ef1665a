"""Keys that stand in the open, where the config should name a variable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from quanticity.config.lint.context import Checked
from quanticity.errors import Problem
from quanticity.spec import Path

_SECRET_NAME = re.compile(r"(?i)(api[-_]?key|token|secret|authorization|password|^auth$)")
_PLAIN = re.compile(r"(?i)|true|false|none|[\w-]{0,7}")


def in_the_open(config: Checked, at: Path, given: Mapping[str, object]) -> Iterator[Problem]:
    """A warning for each header or parameter named like a key that holds plain text."""
    for name, value in given.items():
        if not isinstance(value, str) or (*at, name) in config.from_environment:
            continue
        if _SECRET_NAME.search(name) and "{" not in value and not _PLAIN.fullmatch(value):
            said = f"'{name}' holds a key in the open"
            hint = "name a variable: auth with token_env, or ${NAME}"
            yield config.warning((*at, name), said, hint)
