"""A JSON Schema compiled into a quick yes or no: what a sampled look at a body costs.

`compile_shape(schema)` gives a function `(value, rows) -> bool`. With `rows` None it looks at
everything and agrees with jsonschema (draft 2020-12); with a number it looks at no more than so
many elements of an array or of a mapping with free names, spread evenly, first and last included.
It never explains: who gets a no asks jsonschema why.

Compiled are the words that describe bodies of data. A part of a schema that uses any other word
is handed to jsonschema as a whole, which is right and slow.

Beside jsonschema's own words, `format` may be `decimal`, `date`, `date-time`, `epoch` or
`epoch_ms`; other formats are remarks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

Check = Callable[[Any, "int | None"], bool]
"""Is this value right, looking at no more than so many elements of any array?"""

_DECIMAL = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?"
_DATE = re.compile(_DAY)
_DATE_TIME = re.compile(rf"{_DAY}[T ]{_TIME}(?:Z|[-+][0-9]{{2}}:?[0-9]{{2}})?")

_TEXT_FORMATS = {"decimal": _DECIMAL, "date": _DATE, "date-time": _DATE_TIME}
# 2001 to 2128: seconds taken for milliseconds, or the reverse, fall outside.
_NUMBER_FORMATS = {"epoch": (1e9, 5e9), "epoch_ms": (1e12, 5e12)}

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
_MISSING: Any = object()


def format_checker() -> FormatChecker:
    """Our formats, and none beside, for jsonschema."""
    checker = FormatChecker(formats=())
    for name, pattern in _TEXT_FORMATS.items():
        checker.checks(name)(_text_check(pattern))
    for name, (low, high) in _NUMBER_FORMATS.items():
        checker.checks(name)(_number_check(low, high))
    return checker


def _text_check(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or pattern.fullmatch(value) is not None


def _number_check(low: float, high: float) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, bool) or not isinstance(value, int | float) or low <= value < high
    )


def validator_of(schema: Any) -> Draft202012Validator:
    """What jsonschema makes of `schema`, with our formats."""
    return Draft202012Validator(schema, format_checker=format_checker())


def compile_shape(schema: Any) -> Check:
    """The quick check of a whole schema; the schema itself must be valid."""
    return _Compiler(schema).compile(schema)


def spread(count: int, most: int) -> Sequence[int]:
    """At most `most` indices below `count`, evenly spread, the first and the last among them."""
    if count <= most:
        return range(count)
    if most == 1:
        return (0,)
    return [index * (count - 1) // (most - 1) for index in range(most)]


class _Compiler:
    def __init__(self, root: Any) -> None:
        self._root = root
        self._references: dict[str, Check | None] = {}

    def compile(self, schema: Any) -> Check:
        if schema is True or schema == {}:
            return lambda _value, _rows: True
        if schema is False:
            return lambda _value, _rows: False
        if not isinstance(schema, Mapping) or set(schema) - _WORDS - _REMARKS:
            return self._ask_jsonschema(schema)
        types = _types(schema)
        parts = tuple(self._parts(schema))
        loose = "integer" in _as_list(schema.get("type")) and float not in types

        def check(value: Any, rows: int | None) -> bool:
            kind = type(value)
            if kind not in types and not (loose and kind is float and value.is_integer()):
                return False
            return all(part(value, rows) for part in parts)

        return parts[0] if len(parts) == 1 and types == _EVERY_TYPE else check

    def _ask_jsonschema(self, schema: Any) -> Check:
        # References of a part are to definitions of the whole.
        definitions = self._root.get("$defs") if isinstance(self._root, Mapping) else None
        whole = {"$defs": definitions, "allOf": [schema]} if definitions else schema
        is_valid = validator_of(whole).is_valid
        return lambda value, _rows: is_valid(value)

    def _parts(self, schema: Mapping[str, Any]) -> Iterator[Check]:
        if "$ref" in schema:
            yield self._reference(schema["$ref"])
        if "anyOf" in schema:
            yield _any_of([self.compile(option) for option in schema["anyOf"]])
        if "enum" in schema:
            yield self._one_of(schema["enum"])
        if "const" in schema:
            yield self._one_of([schema["const"]])
        yield from _on_text(schema)
        yield from _on_numbers(schema)
        if "minItems" in schema:
            yield _at_least(list, schema["minItems"])
        if "items" in schema:
            yield _each_item(self.compile(schema["items"]))
        if schema.keys() & {"properties", "required", "additionalProperties"}:
            yield self._object(schema)

    def _reference(self, name: str) -> Check:
        if not name.startswith("#"):
            return self._ask_jsonschema({"$ref": name})
        if name not in self._references:
            # A schema may refer to itself: the entry stands before its target is compiled.
            self._references[name] = None
            self._references[name] = self.compile(_resolve(self._root, name))

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

    def _object(self, schema: Mapping[str, Any]) -> Check:
        properties = schema.get("properties", {})
        required = frozenset(schema.get("required", ()))
        fields = tuple(self._field(name, properties[name], required) for name in properties)
        unlisted = tuple(sorted(required - set(properties)))
        names = frozenset(properties)
        beyond = schema.get("additionalProperties", True)
        free = None if beyond is True or beyond == {} else self.compile(beyond)

        def check(value: Any, rows: int | None) -> bool:
            if type(value) is not dict:
                return True
            get = value.get
            for name, types, part, optional in fields:
                found = get(name, _MISSING)
                if type(found) in types:
                    if part is not None and not part(found, rows):
                        return False
                elif found is _MISSING:
                    if not optional:
                        return False
                elif part is None or not part(found, rows):
                    return False
            if unlisted and not all(name in value for name in unlisted):
                return False
            return free is None or _free_names(value, names, free, rows)

        return check

    def _field(
        self, name: str, schema: Any, required: frozenset[str]
    ) -> tuple[str, frozenset[type], Check | None, bool]:
        """Name, types that need no call, check for the rest or for all of them, may be missing."""
        if isinstance(schema, Mapping) and not set(schema) - _REMARKS - {"type"}:
            loose = self.compile(schema) if schema.get("type") != "string" else None
            return name, _types(schema), _only_odd(loose, _types(schema)), name not in required
        return name, frozenset(), self.compile(schema), name not in required


def _only_odd(check: Check | None, types: frozenset[type]) -> Check | None:
    """The check, skipping what its types alone have settled."""
    if check is None or types == _EVERY_TYPE:
        return None
    return lambda value, rows: type(value) in types or check(value, rows)


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
            return all(check(item, None) for item in value)
        count = len(value)
        # Arrays inside rows share what one array alone would be given.
        inside = max(1, rows // max(1, min(count, rows)))
        if count <= rows:
            return all(check(item, inside) for item in value)
        return all(check(value[index], inside) for index in spread(count, rows))

    return each


def _any_of(options: Sequence[Check]) -> Check:
    return lambda value, rows: any(option(value, rows) for option in options)


def _on_text(schema: Mapping[str, Any]) -> Iterator[Check]:
    if "pattern" in schema:
        search = re.compile(schema["pattern"]).search
        yield lambda value, _rows: type(value) is not str or search(value) is not None
    if "minLength" in schema:
        yield _at_least(str, schema["minLength"])
    if pattern := _TEXT_FORMATS.get(schema.get("format", "")):
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
    if limits := _NUMBER_FORMATS.get(schema.get("format", "")):
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


def _resolve(root: Any, name: str) -> Any:
    here = root
    for part in name.removeprefix("#").strip("/").split("/"):
        if part:
            here = here[part.replace("~1", "/").replace("~0", "~")]
    return here
