"""A JSON Schema compiled into a quick yes or no: what a sampled look at a body costs.

`compile_shape(schema)` gives a function `(value, rows) -> bool`. With `rows` None it looks at
everything and agrees with jsonschema (draft 2020-12); with a number it looks at no more than so
many elements of an array or of a mapping with free names, spread evenly, first and last included.
It never explains: who gets a no asks jsonschema why.

Compiled are the words that describe bodies of data. A part of a schema that uses any other word
is handed to jsonschema as a whole, which is right and slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

from jsonschema import Draft202012Validator

from quanticity.config.schema_refs import target_of
from quanticity.feeds.contract_formats import NUMBER_FORMATS, TEXT_FORMATS, validator_of
from quanticity.feeds.contract_patterns import Patterns, without_dialect
from quanticity.feeds.shape_fields import Check, Field, each_field

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}
_EVERY_TYPE = frozenset(kind for kinds in _TYPES.values() for kind in kinds)

_OF_OBJECTS = frozenset(("type", "properties", "required", "additionalProperties"))
_REMARKS = frozenset(
    ("$schema", "$id", "$comment", "$defs", "title", "description", "examples", "default", "unit")
)
_WORDS = frozenset(
    (
        *("type", "properties", "required", "additionalProperties", "items", "minItems"),
        *("enum", "const", "pattern", "format", "minLength", "minimum", "maximum"),
        *("anyOf", "$ref"),
    )
)


def compile_shape(schema: Any, patterns: Patterns | None = None) -> Check:
    """The quick check of a whole schema; the schema itself must be valid.

    TakesTooLong comes out of it where one of `patterns` does.
    """
    return _Compiler(schema, patterns or Patterns(schema)).compile(schema)


def spread(count: int, most: int) -> Sequence[int]:
    """At most `most` indices below `count`, evenly spread, the first and the last among them."""
    if count <= most:
        return range(count)
    if most == 1:
        return (0,)
    return [index * (count - 1) // (most - 1) for index in range(most)]


class _Compiler:
    def __init__(self, root: Any, patterns: Patterns) -> None:
        self._root = root
        self._patterns = patterns
        self._judge: Draft202012Validator | None = None
        self._references: dict[str, Check | None] = {}

    def compile(self, schema: Any) -> Check:
        if schema is True or schema == {}:
            return lambda _value, _rows: True
        if schema is False:
            return lambda _value, _rows: False
        if not isinstance(schema, Mapping) or set(schema) - _WORDS - _REMARKS:
            return self._ask_jsonschema(schema)
        types = _types(schema)
        if types == {dict} and not set(schema) - _OF_OBJECTS - _REMARKS:
            return self._object(schema, otherwise=False)
        parts = tuple(self._parts(schema))
        loose = "integer" in _as_list(schema.get("type")) and float not in types

        def check(value: Any, rows: int | None) -> bool:
            kind = type(value)
            if kind not in types and not (loose and kind is float and value.is_integer()):
                return False
            return all(part(value, rows) for part in parts)

        if len(parts) != 1 or loose:
            return check
        only = parts[0]
        if types == _EVERY_TYPE:
            return only
        return lambda value, rows: type(value) in types and only(value, rows)

    def _ask_jsonschema(self, schema: Any) -> Check:
        # The part is read with the whole schema's eyes: what it refers to stands there.
        if self._judge is None:
            self._judge = validator_of(self._root, self._patterns)
        is_valid = self._judge.evolve(schema=without_dialect(schema)).is_valid
        return lambda value, _rows: bool(is_valid(value))

    def _parts(self, schema: Mapping[str, Any]) -> Iterator[Check]:
        if "$ref" in schema:
            yield self._reference(schema["$ref"])
        if "anyOf" in schema:
            yield _any_of([self.compile(option) for option in schema["anyOf"]])
        if "enum" in schema:
            yield self._one_of(schema["enum"])
        if "const" in schema:
            yield self._one_of([schema["const"]])
        if "pattern" in schema:
            yield self._patterns.check(schema["pattern"])
        yield from _on_text(schema)
        yield from _on_numbers(schema)
        if "minItems" in schema:
            yield _at_least(list, schema["minItems"])
        if "items" in schema:
            yield _each_item(self.compile(schema["items"]))
        if schema.keys() & (_OF_OBJECTS - {"type"}):
            yield self._object(schema, otherwise=True)

    def _reference(self, name: str) -> Check:
        if not name.startswith("#"):
            return self._ask_jsonschema({"$ref": name})
        if name not in self._references:
            # A schema may refer to itself: the entry stands before its target is compiled.
            self._references[name] = None
            self._references[name] = self.compile(target_of(self._root, name))

        def referred(value: Any, rows: int | None) -> bool:
            target = self._references[name]
            return target is None or target(value, rows)

        return referred

    def _one_of(self, allowed: Sequence[Any]) -> Check:
        if not all(isinstance(item, str) or item is None for item in allowed):
            # Equality of 1, 1.0 and true has rules of its own.
            return self._ask_jsonschema({"enum": list(allowed)})
        words = frozenset(allowed)
        return lambda value, _rows: (isinstance(value, str) or value is None) and value in words

    def _object(self, schema: Mapping[str, Any], *, otherwise: bool) -> Check:
        """The check of a mapping; of what is none it says `otherwise`."""
        properties = schema.get("properties", {})
        required = frozenset(schema.get("required", ()))
        fields = [self._field(name, properties[name], required) for name in properties]
        each = each_field(fields, otherwise=otherwise)
        names = frozenset(properties)
        unlisted = tuple(sorted(required - names))
        beyond = schema.get("additionalProperties", True)
        free = None if beyond is True or beyond == {} else self.compile(beyond)
        if free is None and not unlisted:
            return each

        def check(value: Any, rows: int | None) -> bool:
            if type(value) is not dict:
                return otherwise
            if not each(value, rows) or not all(name in value for name in unlisted):
                return False
            return free is None or _free_names(value, names, free, rows)

        return check

    def _field(self, name: str, schema: Any, required: frozenset[str]) -> Field:
        optional = name not in required
        if not isinstance(schema, Mapping):
            return Field(name, frozenset(), None, self.compile(schema), optional)
        about = set(schema) - _REMARKS
        types = _types(schema)
        odd = self.compile(schema) if "integer" in _as_list(schema.get("type")) else None
        if about <= {"type"}:
            return Field(name, types, None, odd, optional)
        pattern = _text_pattern(schema)
        if pattern is not None and len(about - {"type"}) == 1:
            text = pattern if str in types else None
            return Field(name, types - {str}, text, odd, optional)
        return Field(name, frozenset(), None, self.compile(schema), optional)


def _text_pattern(schema: Mapping[str, Any]) -> re.Pattern[str] | None:
    """What text must match, where a format is all that a schema asks beside the type."""
    return TEXT_FORMATS.get(schema.get("format", ""))


def _free_names(
    value: Mapping[str, Any], names: frozenset[str], check: Check, rows: int | None
) -> bool:
    free = [name for name in value if name not in names] if names else list(value)
    if rows is None:
        return all(check(value[name], None) for name in free)
    inside = max(1, rows // max(1, min(len(free), rows)))
    return all(check(value[free[index]], inside) for index in spread(len(free), rows))


def _each_item(check: Check) -> Check:
    def each(value: Any, rows: int | None) -> bool:
        if type(value) is not list:
            return True
        if rows is None:
            return all(map(check, value, repeat(None)))
        count = len(value)
        # Arrays inside rows share what one array alone would be given.
        inside = max(1, rows // max(1, min(count, rows)))
        if count > rows:
            value = [value[index] for index in spread(count, rows)]
        return all(map(check, value, repeat(inside)))

    return each


def _any_of(options: Sequence[Check]) -> Check:
    return lambda value, rows: any(option(value, rows) for option in options)


def _on_text(schema: Mapping[str, Any]) -> Iterator[Check]:
    if "minLength" in schema:
        yield _at_least(str, schema["minLength"])
    if pattern := TEXT_FORMATS.get(schema.get("format", "")):
        whole = pattern.fullmatch
        yield lambda value, _rows: type(value) is not str or whole(value) is not None


def _on_numbers(schema: Mapping[str, Any]) -> Iterator[Check]:
    numbers = (int, float)
    if "minimum" in schema:
        low = schema["minimum"]
        yield lambda value, _rows: type(value) not in numbers or value >= low
    if "maximum" in schema:
        high = schema["maximum"]
        yield lambda value, _rows: type(value) not in numbers or value <= high
    if limits := NUMBER_FORMATS.get(schema.get("format", "")):
        first, last = limits
        yield lambda value, _rows: type(value) not in numbers or first <= value < last


def _at_least(kind: type[str] | type[list[Any]], least: int) -> Check:
    return lambda value, _rows: not isinstance(value, kind) or len(value) >= least


def _types(schema: Mapping[str, Any]) -> frozenset[type]:
    named = _as_list(schema.get("type"))
    if not named:
        return _EVERY_TYPE
    return frozenset(kind for name in named for kind in _TYPES[name])


def _as_list(given: Any) -> list[str]:
    if given is None:
        return []
    return [given] if isinstance(given, str) else list(given)
