"""One contract: a JSON Schema, its quick check, and its explanations in words for people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import xxhash
from jsonschema import Draft202012Validator, SchemaError, ValidationError

from quanticity.config.plain_schema import is_plainly_valid
from quanticity.config.schema_refs import slip_of_references
from quanticity.errors import ConfigError, Problem, of_error
from quanticity.expressions import PATIENCE, TakesTooLong
from quanticity.feeds.contract_formats import validator_of
from quanticity.feeds.contract_patterns import Patterns, where_of
from quanticity.feeds.shape import compile_shape
from quanticity.plain_file import read_plain

_MOST_FINDINGS = 20
_SHOWN = 40
# Seconds that a look at a whole body may spend on each pattern.
_OF_WHOLE = 1.0
_UNTIL = "it is looked at no more until the contract is edited"
_NAMES = {
    "string": "text",
    "null": "null",
    "object": "an object",
    "array": "a list",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which a body does not fit. `path` is dotted, `*` for any row or free name.

    `message` stays the same for every row and body; `example` is one value, for a log line.
    """

    path: str
    message: str
    example: str = ""


class Contract:
    """A payload contract, ready to be asked.

    Raises ConfigError where `schema` is no valid JSON Schema (draft 2020-12).
    """

    def __init__(self, name: str, schema: Any, *, file: str = "") -> None:
        try:
            if not is_plainly_valid(schema):
                Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            place = ".".join(str(part) for part in error.absolute_path)
            message = f"no valid JSON Schema: {_short(error.message, 120)}"
            hint = f"at {place}" if place else ""
            raise ConfigError([Problem(file or name, 1, 1, message, hint)]) from error
        if slip := slip_of_references(schema):
            raise ConfigError([Problem(file or name, 1, 1, f"contract '{name}' {slip}")])
        self.name = name
        self.schema = schema
        self.digest = xxhash.xxh3_64_hexdigest(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS))
        try:
            self._quick = _Look(schema, PATIENCE, set())
        except re.error as error:
            message = f"'{_short(error.pattern, 80)}' is no regular expression: {error.msg}"
            raise ConfigError([Problem(file or name, 1, 1, message)]) from error
        # For threads, where nobody waits: of its own, for both may look at once.
        self._whole: _Look | None = None

    @classmethod
    def load(cls, file: Path, name: str) -> Contract:
        """Read a contract; ConfigError where it cannot be read, or is no JSON Schema."""
        try:
            schema = orjson.loads(read_plain(file))
        except orjson.JSONDecodeError as error:
            problem = Problem(str(file), error.lineno, error.colno, f"no JSON: {error.msg}")
            raise ConfigError([problem]) from error
        except OSError as error:
            problem = Problem(str(file), 0, 0, f"contract '{name}': {error.strerror or error}")
            raise ConfigError([problem]) from error
        return cls(name, schema, file=str(file))

    def fits(self, payload: Any, rows: int | None = None) -> bool:
        """Whether `payload` is as promised, looking at `rows` elements of any array, or at all.

        Not where a pattern took too long just now: `explain` says so, and the next looks go
        without that pattern.
        """
        look = self._look(rows)
        look.raised = None
        try:
            return look.fits(payload, rows)
        except Exception as error:  # noqa: BLE001  # `explain` tells it, where it has nothing else
            look.raised = _raised(error)
            return False

    def explain(self, payload: Any, rows: int | None = None) -> list[Finding]:
        """What jsonschema has against `payload`: each way once, at most 20; empty where nothing.

        `rows` is None where all of a body is looked at, in a thread. Patterns that were given up
        are among it for as long as the contract stands.
        """
        look = self._look(rows)
        try:
            found = look.explain(payload)
        except Exception as error:  # noqa: BLE001
            # Somebody else's schema met somebody else's body: an alert, and no reason to keep the
            # value from the store. Each is counted as the drift that it is.
            found = [_raised(error)]
        if not found and look.raised is not None:
            found = [look.raised]
        return [*found, *self.given_up()]

    def given_up(self) -> list[Finding]:
        """The patterns that take too long, and are looked at no more."""
        return [
            Finding(where_of(self.schema, pattern) or "", f"{TakesTooLong(pattern)}; {_UNTIL}")
            for pattern in sorted(self._quick.patterns.given_up)
        ]

    def _look(self, rows: int | None) -> _Look:
        if rows is not None:
            return self._quick
        if self._whole is None:
            self._whole = _Look(self.schema, _OF_WHOLE, self._quick.patterns.given_up)
        return self._whole


def _raised(error: Exception) -> Finding:
    """What is told of an error: its words differ from body to body, and are the example."""
    name = type(error).__name__
    return Finding("", f"whether it fits cannot be said: {name}", _short(of_error(error), _SHOWN))


class _Look:
    """Who looks at bodies by a schema: quickly, and to explain."""

    def __init__(self, schema: Any, seconds: float, given_up: set[str]) -> None:
        self.patterns = Patterns(schema, seconds, given_up)
        # What the latest quick answer failed with.
        self.raised: Finding | None = None
        self._shape = compile_shape(schema, self.patterns)
        self._schema = schema
        # Of most contracts nobody asks for it.
        self._validator: Draft202012Validator | None = None

    def fits(self, payload: Any, rows: int | None) -> bool:
        self.patterns.begin()
        try:
            return self._shape(payload, rows)
        except TakesTooLong as error:
            self.patterns.given_up.add(error.pattern)
            return False

    def explain(self, payload: Any) -> list[Finding]:
        while True:
            self.patterns.begin()
            try:
                return self._explained(payload)
            except TakesTooLong as error:
                self.patterns.given_up.add(error.pattern)

    def _explained(self, payload: Any) -> list[Finding]:
        found: dict[tuple[str, str], Finding] = {}
        if self._validator is None:
            self._validator = validator_of(self._schema, self.patterns)
        for error in self._validator.iter_errors(payload):
            for finding in _findings(error):
                found.setdefault((finding.path, finding.message), finding)
            if len(found) >= _MOST_FINDINGS:
                break
        return list(found.values())


def _findings(error: ValidationError) -> Iterator[Finding]:
    path = _path(error)
    if error.validator == "required":
        instance: Any = error.instance
        for name in _given(error):
            if name not in instance:
                yield Finding(f"{path}.{name}" if path else name, "is missing")
        return
    if error.validator == "anyOf" and error.context:
        yield from _of_any(error, path)
        return
    yield Finding(path, _say(error), _example(error))


def _of_any(error: ValidationError, path: str) -> Iterator[Finding]:
    """The complaint of the form that came nearest: the one whose complaint lies deepest."""
    nearest = max(error.context or (), key=lambda inner: len(inner.absolute_path))
    if len(nearest.absolute_path) > len(error.absolute_path):
        yield from _findings(nearest)
        return
    said = list(dict.fromkeys(_say(inner) for inner in error.context or ()))
    yield Finding(path, " and ".join(said), _example(error))


def _path(error: ValidationError) -> str:
    """Where in the body, read off the schema's path, so that it is the same for every row."""
    parts: list[str] = []
    words = iter(error.absolute_schema_path)
    for word in words:
        if word in ("properties", "prefixItems"):
            parts.append(str(next(words, "*")))
        elif word in ("items", "contains", "additionalProperties"):
            parts.append("*")
        elif word == "patternProperties":
            next(words, None)
            parts.append("*")
        elif word in ("anyOf", "allOf", "oneOf", "dependentSchemas"):
            next(words, None)
    if error.validator in ("additionalProperties", "items") and parts:
        # Then the last token is the word that was broken, not a step on the way.
        parts.pop()
    return ".".join(parts)


def _given(error: ValidationError) -> Any:
    """What the broken word of the schema says; jsonschema types it as perhaps unset."""
    return error.validator_value


def _say(error: ValidationError) -> str:
    nothing_may = not error.validator or (error.validator == "not" and _given(error) == {})
    return "should not be there" if nothing_may else _said(error)


def _said(error: ValidationError) -> str:
    wanted, given = _given(error), error.instance
    match error.validator:
        case "type":
            return f"is {_name_of(given)}, should be {_names(wanted)}"
        case "enum":
            allowed = ", ".join(_short(item) for item in wanted[:8])
            return f"is {_short(given)}, not one of {allowed}"
        case "const":
            return f"is {_short(given)}, not {_short(wanted)}"
        case "format":
            return f"is no {wanted}"
        case "pattern":
            return f"does not look like {_short(wanted, 80)}"
        case "minimum":
            return f"is below {wanted}"
        case "maximum":
            return f"is above {wanted}"
        case "minItems":
            return f"has fewer than {wanted} rows"
        case "additionalProperties" if isinstance(given, dict):
            listed = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
            extra = sorted(set(given) - set(listed))[:5]
            return f"has unknown fields: {', '.join(extra)}"
    return _short(error.message, 120)


def _example(error: ValidationError) -> str:
    if error.validator in ("enum", "const", "required", "minItems", "additionalProperties"):
        return ""
    place = ".".join(str(part) for part in error.absolute_path)
    if isinstance(error.instance, dict | list):
        return f"; for example {place}" if place else ""
    return f"; for example {place or 'it'} is {_short(error.instance)}"


def _names(types: str | Sequence[str]) -> str:
    return " or ".join(_NAMES[name] for name in ([types] if isinstance(types, str) else types))


def _name_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    for kind, name in ((str, "text"), (int | float, "a number"), (list, "a list")):
        if isinstance(value, kind):
            return name
    return "an object"


def _short(value: Any, most: int = _SHOWN) -> str:
    text = value if isinstance(value, str) and most != _SHOWN else repr(value)
    return text if len(text) <= most else text[: most - 3] + "..."
