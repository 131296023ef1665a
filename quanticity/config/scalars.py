"""What an unquoted YAML scalar means.

YAML 1.1's booleans and numbers, without its traps: `16:30` is a time of day and not 990,
`0000102034` is an identifier and not octal, `1e5` is a number, `2024-01-05` is text.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
_INT = re.compile(r"[-+]?(?:0|[1-9](?:_?[0-9])*)")
_BASED = re.compile(r"0x[0-9a-fA-F]+|0b[01]+|0o[0-7]+")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9](?:_?[0-9])*)?\.[0-9]+(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+\.|[-+]?[0-9]+[eE][-+]?[0-9]+"
)
_LONGEST_NUMBER = 400

Scalar = str | int | float | bool | None


@lru_cache(maxsize=8192)
def resolve(text: str) -> Scalar:
    """The value of a plain (unquoted, untagged) scalar."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text[0] not in "+-.0123456789" or len(text) > _LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        return int(text.replace("_", ""))
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    if _BASED.fullmatch(text):
        return int(text, 0)
    return text


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar whose type is written before it. Raises ValueError."""
    short = tag.removeprefix("tag:yaml.org,2002:")
    if short in ("str", "!"):
        return text
    if short in ("int", "float"):
        return int(text, 0) if short == "int" else float(text)
    if short in ("bool", "null"):
        value = resolve(text)
        if isinstance(value, bool) == (short == "bool") and (short == "bool" or value is None):
            return value
        raise ValueError(f"'{text}' is not a {short}")
    raise ValueError(f"the tag '{_written(tag)}' is not used here; write plain values")


def _written(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
