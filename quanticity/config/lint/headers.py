"""Headers that no HTTP request can carry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from quanticity.config.lint.context import Checked
from quanticity.errors import Problem
from quanticity.spec import Path

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def check_headers(config: Checked, at: Path, headers: Mapping[str, str]) -> Iterator[Problem]:
    """An error for each name that is no header's, and each value with a line break in it."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            hint = "letters, digits and hyphens, such as X-Api-Version"
            yield config.error((*at, name), f"'{name}' cannot be the name of a header", hint)
        if _CONTROL.search(value):
            # The value may be a secret: it is not shown.
            said = f"the value of '{name}' holds a line break or another control character"
            yield config.error((*at, name), said, "write it on one line")
