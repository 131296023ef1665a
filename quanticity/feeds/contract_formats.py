"""The formats that contracts may ask of text and numbers, the same for quick and full checks.

`decimal` (a number written as text), `date`, `date-time` (a zone may follow), `epoch` (seconds)
and `epoch_ms`. Any other format in a contract is a remark.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from jsonschema import Draft202012Validator

from quanticity.feeds.contract_patterns import Formats, InTime, Patterns, without_dialect

# No part of these can match in two ways, so none has to remember where it might go back to:
# possessive, they take half the time.
_DECIMAL = re.compile(r"-?+(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][-+]?+[0-9]++)?+")
_DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]++)?+)?+"
_DATE = re.compile(_DAY)
_DATE_TIME = re.compile(rf"{_DAY}[T ]{_TIME}(?:Z|[-+][0-9]{{2}}:?+[0-9]{{2}})?+")

TEXT_FORMATS = {"decimal": _DECIMAL, "date": _DATE, "date-time": _DATE_TIME}
# 2001 to 2128: seconds taken for milliseconds, or the reverse, fall outside.
NUMBER_FORMATS = {"epoch": (1e9, 5e9), "epoch_ms": (1e12, 5e12)}


def format_checker() -> Formats:
    """Our formats, and none beside, for jsonschema."""
    checker = Formats(formats=())
    for name, pattern in TEXT_FORMATS.items():
        checker.checks(name)(_text_check(pattern))
    for name, (low, high) in NUMBER_FORMATS.items():
        checker.checks(name)(_number_check(low, high))
    return checker


def _text_check(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or pattern.fullmatch(value) is not None


def _number_check(low: float, high: float) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, bool) or not isinstance(value, int | float) or low <= value < high
    )


def validator_of(schema: Any, patterns: Patterns | None = None) -> Draft202012Validator:
    """What jsonschema makes of `schema`, with our formats; its patterns are searched for in time.

    TakesTooLong comes out of it where one cannot be.
    """
    checker = format_checker()
    checker.patterns = Patterns(schema) if patterns is None else patterns
    made: Draft202012Validator = InTime(without_dialect(schema), format_checker=checker)
    return made
