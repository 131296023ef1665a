"""Tells in microseconds that a JSON Schema is one, where it is as plain as contracts are.

The full check against the meta-schema takes 10 ms a contract, which is most of a start. A schema
made of common keywords with values of their own type needs none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def is_plainly_valid(schema: object) -> bool:
    """True where `schema` is valid (draft 2020-12); False where only a full check can tell."""
    if isinstance(schema, bool):
        return True
    if not isinstance(schema, dict):
        return False
    return all(
        (check := _KEYWORDS.get(name)) is not None and check(value)
        for name, value in schema.items()
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_pattern(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_type(value: object) -> bool:
    if isinstance(value, str):
        return value in _TYPES
    return _is_list(value, lambda each: isinstance(each, str) and each in _TYPES) and _differ(value)


def _is_list(value: object, check: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and bool(value) and all(check(each) for each in value)


def _differ(value: Any) -> bool:
    return len(set(value)) == len(value)


def _are_names(value: object) -> bool:
    return value == [] or (_is_list(value, _is_text) and _differ(value))


def _are_schemas(value: object) -> bool:
    return _is_list(value, is_plainly_valid)


def _are_named_schemas(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and is_plainly_valid(inner) for name, inner in value.items()
    )


_KEYWORDS: Mapping[str, Callable[[Any], bool]] = {
    "$schema": lambda value: value == "https://json-schema.org/draft/2020-12/schema",
    "$comment": _is_text,
    "title": _is_text,
    "description": _is_text,
    "examples": lambda value: isinstance(value, list),
    "type": _is_type,
    "enum": lambda value: isinstance(value, list),
    "const": lambda value: True,
    "format": _is_text,
    "minimum": _is_number,
    "maximum": _is_number,
    "exclusiveMinimum": _is_number,
    "exclusiveMaximum": _is_number,
    "pattern": _is_pattern,
    "minLength": _is_count,
    "maxLength": _is_count,
    "minItems": _is_count,
    "maxItems": _is_count,
    "minProperties": _is_count,
    "maxProperties": _is_count,
    "required": _are_names,
    "properties": _are_named_schemas,
    "additionalProperties": is_plainly_valid,
    "items": is_plainly_valid,
    "prefixItems": _are_schemas,
    "anyOf": _are_schemas,
    "oneOf": _are_schemas,
    "allOf": _are_schemas,
}
