"""Options that work with any transform, written in a form that would be passed over or misread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from quanticity.config.lint.context import Checked, Place, endpoint_path
from quanticity.config.lint.zones import is_zone
from quanticity.config.schema import Endpoint
from quanticity.errors import Problem
from quanticity.spec import Path, near

_ROWS_AND_FIGURES = ("key", "fields")


def check_options(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    """Each general option of `transform_config`, by itself."""
    at = endpoint_path(*place, "transform_config")
    given = endpoint.transform_config
    yield from _field_map(config, (*at, "field_map"), given.get("field_map"))
    flat = given.get("flatten_nested")
    if not isinstance(flat, bool | None):
        said = "'flatten_nested' is true or false"
        yield config.error((*at, "flatten_nested"), said, "without quotes")
    yield from _times(config, (*at, "parse_timestamps"), given.get("parse_timestamps"))
    numbers = given.get("numbers")
    if not (isinstance(numbers, bool | None) or _is_names(numbers)):
        said = "'numbers' is true, or a list of the fields that become numbers"
        yield config.error((*at, "numbers"), said, "for example [strike, gamma]")
    yield from _deltas(config, (*at, "calculate_deltas"), given.get("calculate_deltas"))


def _field_map(config: Checked, at: Path, given: Any) -> Iterator[Problem]:
    texts = isinstance(given, Mapping) and all(
        isinstance(text, str) for pair in given.items() for text in pair
    )
    if given is not None and not texts:
        said = "'field_map' is a mapping of names to the vendor's names"
        yield config.error(at, said, "for example {price: last_price}")


def _times(config: Checked, at: Path, given: Any) -> Iterator[Problem]:
    if isinstance(given, bool | None):
        return
    if not isinstance(given, Mapping):
        said = "'parse_timestamps' is true, or a mapping that says a zone"
        yield config.error(at, said, "for example {zone: America/New_York}")
        return
    yield from _unknown(config, at, given, ("zone",))
    zone = given.get("zone", "UTC")
    if not isinstance(zone, str) or not is_zone(zone):
        said = f"there is no zone '{zone}'"
        yield config.error((*at, "zone"), said, "for example America/New_York")


def _deltas(config: Checked, at: Path, given: Any) -> Iterator[Problem]:
    if isinstance(given, bool | None):
        return
    if not isinstance(given, Mapping):
        said = "'calculate_deltas' is true, or a mapping of 'key' and 'fields'"
        yield config.error(at, said, "for example {key: [strike, type], fields: [gamma]}")
        return
    yield from _unknown(config, at, given, _ROWS_AND_FIGURES)
    for name in _ROWS_AND_FIGURES:
        # A single name would be taken apart into its letters, and no row would have them.
        if name in given and not _is_names(given[name]):
            hint = f"write {name}: [{given[name]}]" if isinstance(given[name], str) else ""
            yield config.error((*at, name), f"'{name}' is a list of names of fields", hint)


def _unknown(
    config: Checked, at: Path, given: Mapping[Any, Any], known: tuple[str, ...]
) -> Iterator[Problem]:
    for name in given:
        if name not in known:
            hint = near(str(name), known) or f"there is {' and '.join(known)}"
            yield config.error((*at, name), f"unknown option '{name}'", hint)


def _is_names(given: Any) -> bool:
    return isinstance(given, list | tuple) and all(isinstance(name, str) for name in given)
