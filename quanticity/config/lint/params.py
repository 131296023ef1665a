"""Query parameters that would not be sent as they were meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from quanticity.config.lint.context import Checked, Place, endpoint_path
from quanticity.config.lint.placeholders import DATE_WORD
from quanticity.config.schema import Endpoint
from quanticity.errors import Problem
from quanticity.spec import Path

# The words that `feeds/params.py` fills in, each as a person would write it.
_WORDS = {
    "today": "today",
    "last_trading_day": "last_trading_day",
    "last_n_days": "last_n_days:5",
    "next_n_days": "next_n_days:5",
    "market_hours": "market_hours",
}
_ALIKE = 0.8
_MOST_DIGITS = 4
_SPAN = re.compile(r"(\d+)-(\d+)")


def check_params(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    """Values that are no values, and words for dates that are nearly right."""
    for name, given in endpoint.params.items():
        at = endpoint_path(*place, "params", name)
        items = list(enumerate(given)) if isinstance(given, list | tuple) else [(None, given)]
        for index, item in items:
            here: Path = at if index is None else (*at, index)
            if isinstance(item, Mapping | list | tuple):
                kind = "a mapping" if isinstance(item, Mapping) else "a list in a list"
                said = f"'{name}' is {kind}, which no query can carry"
                hint = "give a value or a list of values; 'body' with 'method: POST' sends JSON"
                yield config.error(here, said, hint)
            else:
                yield from _word(config, here, item)
                yield from _span(config, here, name, item)


def _word(config: Checked, at: Path, item: Any) -> Iterator[Problem]:
    if not isinstance(item, str) or "{" in item or DATE_WORD.fullmatch(item):
        return
    word = item.partition(":")[0]
    if item == "market_hours":
        return
    meant = difflib.get_close_matches(word, _WORDS, n=1, cutoff=_ALIKE)
    if meant:
        hint = f"did you mean '{_WORDS[meant[0]]}'?"
        yield config.warning(at, f"'{item}' is sent as it stands", hint)


def _span(config: Checked, at: Path, name: str, item: Any) -> Iterator[Problem]:
    """`2-0` where `0-2` was meant: as days to an expiry it asks for none."""
    found = _SPAN.fullmatch(item) if isinstance(item, str) else None
    if found and ("dte" in name.lower() or "expir" in name.lower()):
        first, last = found.groups()
        if int(first) > int(last):
            said = f"'{item}' are no days: it ends before it begins"
            yield config.error(at, said, f"did you mean '{last}-{first}'?")
        elif len(last) > _MOST_DIGITS:
            yield config.error(at, f"'{item}' are too many days", "give at most 0-9999")
