"""The regular expressions of a contract, in time: its author wrote them, a vendor what they meet.

One that takes too long is given up until the contract is edited: from then on all text fits it.
A contract only raises alerts, and a vendor's body must not hold up every other feed for that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from quanticity.expressions import PATIENCE, Expression, TakesTooLong

_STOCK = Draft202012Validator.VALIDATORS
# Words with values in them, not schemas; and those whose schema looks at any row, or free name.
_OF_VALUES = ("enum", "const", "examples", "default", "required")
# Words that name schemas, by names that may be anything: fields may be called `enum`.
_OF_NAMES = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_OF_ROWS = ("items", "additionalProperties", "contains", "unevaluatedProperties")


class Patterns:
    """All expressions of one contract, and those of them that are given up.

    `seconds` is what one look at a body may spend on each.
    """

    def __init__(
        self, schema: Any, seconds: float = PATIENCE, given_up: set[str] | None = None
    ) -> None:
        """`given_up` is shared by all who look at the same contract. re.error where one is none."""
        self.given_up = set[str]() if given_up is None else given_up
        self._known: dict[str, Expression] = {}
        names = dict[str, None]()
        for pattern, is_of_names in all_patterns(schema):
            self._known[pattern] = Expression(pattern, seconds=seconds)
            if is_of_names:
                names[pattern] = None
        self.of_names = tuple(names)
        self._slow = [one for one in self._known.values() if not one.is_plain]

    def begin(self) -> None:
        """A look at another body."""
        for one in self._slow:
            one.begin()

    def matches(self, pattern: str, text: str) -> bool:
        """Whether `text` fits. TakesTooLong where that cannot be said, and never once given up."""
        return pattern in self.given_up or self._known[pattern].search(text)

    def sure(self, pattern: str, text: str) -> bool:
        """Whether jsonschema itself may search `text`; TakesTooLong where it may not yet."""
        if pattern in self.given_up:
            return False
        if not self._known[pattern].is_quick(text):
            raise TakesTooLong(pattern)
        return True

    def check(self, pattern: str) -> Callable[[Any, int | None], bool]:
        """The quick check of a value that, where it is text, must match."""
        expression = self._known[pattern]
        if expression.is_plain:
            search = re.compile(pattern).search
            return lambda value, _rows: type(value) is not str or search(value) is not None
        return lambda value, _rows: type(value) is not str or self.matches(pattern, value)


class Formats(FormatChecker):
    """Formats of a contract, and its patterns: what jsonschema hands on to where it descends."""

    patterns: Patterns


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not validator.format_checker.patterns.matches(
        pattern, instance
    ):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, given: Mapping[str, Any], instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    patterns = validator.format_checker.patterns
    for pattern, inside in given.items():
        for name, value in instance.items():
            # Given up, it asks nothing of anything.
            if pattern not in patterns.given_up and patterns.matches(pattern, name):
                yield from validator.descend(value, inside, path=name, schema_path=pattern)


def _additional(
    validator: Any, given: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    named = dict.fromkeys(schema.get("properties", ()))
    if isinstance(instance, dict):
        patterns = validator.format_checker.patterns
        for pattern in schema.get("patternProperties", ()):
            named |= {name: None for name in instance if patterns.matches(pattern, name)}
    plain = {"properties": named}
    yield from _STOCK["additionalProperties"](validator, given, instance, plain)


def _unevaluated(
    validator: Any, given: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    """As jsonschema, which searches by itself: only where it is sure to be through in time."""
    patterns = validator.format_checker.patterns
    names = instance if isinstance(instance, dict) else ()
    if all(patterns.sure(one, name) for one in patterns.of_names for name in names):
        yield from _STOCK["unevaluatedProperties"](validator, given, instance, schema)


def _not(validator: Any, given: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    # What fits because nobody looks at it any more must not be blamed for fitting.
    given_up = validator.format_checker.patterns.given_up
    if given_up.isdisjoint(one for one, _ in all_patterns(given)):
        yield from _STOCK["not"](validator, given, instance, schema)


InTime: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "not": _not,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional,
        "unevaluatedProperties": _unevaluated,
    },
)


def without_dialect(schema: Any, *, named: bool = False) -> Any:
    """The same without `$schema`, by which jsonschema would turn to its own ways with patterns.

    And with `false` spelt out where a field or a place is named: else jsonschema does not say which
    it was. `named` says that these are schemas by name.
    """
    if isinstance(schema, list):
        return [without_dialect(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    if named:
        return {name: _spelt(inside) for name, inside in schema.items()}
    plain: dict[str, Any] = {}
    for word, value in schema.items():
        if word in ("enum", "const"):
            plain[word] = value
        elif word == "prefixItems" and isinstance(value, list):
            plain[word] = [_spelt(each) for each in value]
        elif word != "$schema" or not isinstance(value, str):
            plain[word] = without_dialect(value, named=word in _OF_NAMES)
    return plain


def _spelt(schema: Any) -> Any:
    return {"not": {}} if schema is False else without_dialect(schema)


def where_of(schema: Any, pattern: str, at: tuple[str, ...] = ()) -> str | None:
    """Where in a body `pattern` is asked for, dotted, `*` for any row; None where nowhere."""
    if isinstance(schema, Mapping) and (
        schema.get("pattern") == pattern or pattern in schema.get("patternProperties", ())
    ):
        return ".".join(at)
    found = (where_of(inside, pattern, place) for inside, place in _inside(schema, at))
    return next((one for one in found if one is not None), None)


def _inside(schema: Any, at: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The schemas within one, and where in a body they look."""
    if isinstance(schema, list):
        yield from ((each, at) for each in schema)
    for word, inside in schema.items() if isinstance(schema, Mapping) else ():
        if word in _OF_NAMES and isinstance(inside, Mapping):
            for name, each in inside.items():
                step = {"properties": (name,), "dependentSchemas": ()}.get(word, ("*",))
                yield each, (*at, *step)
        elif word not in _OF_VALUES:
            yield inside, (*at, "*") if word in _OF_ROWS else at


def all_patterns(schema: Any) -> Iterator[tuple[str, bool]]:
    """Every pattern that a schema has, and whether it is one of names (`patternProperties`)."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"], False
        named = schema.get("patternProperties")
        yield from ((each, True) for each in (named if isinstance(named, Mapping) else ()))
    for inside, _ in _inside(schema, ()):
        yield from all_patterns(inside)
