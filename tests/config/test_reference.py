from typing import Any, Literal

import pytest

from quanticity.config.reference import config_reference, type_words
from quanticity.config.schema import Endpoint, RateLimits, Root, Source
from quanticity.model import Kind


@pytest.mark.parametrize("spec", [Root, Source, Endpoint, RateLimits])
def test_every_field_has_its_row(spec):
    page = config_reference()
    for name, info in spec.model_fields.items():
        assert f"| `{info.alias or name}` | {info.description}" in page.replace("\\|", "|")


def test_units_defaults_and_examples_are_told():
    page = config_reference()
    assert (
        "| `timeout_seconds` | longest time for a whole answer, body included (s) | number"
        " | `15` |  |" in page
    )
    assert (
        "| `ttl_seconds` | life of a value in the store (s) | number | **required** | `180` |"
        in page
    )


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int | None, "whole number"),
        (tuple[str, ...] | str, "list of text or text"),
        (dict[str, float], "mapping of number"),
        (tuple[float, float], "two of number"),
        (Literal["a", "b"], "`a`, `b`"),
        (Kind, "`latest`, `events`"),
        (Any, "anything"),
        (dict[str, Endpoint], "mapping of [Endpoint](#endpoint)"),
    ],
)
def test_types_are_told_in_words(annotation, words):
    assert type_words(annotation) == words
