"""A contract whose reference led nowhere ended the whole program in a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from quanticity.config.schema_refs import slip_of_references
from quanticity.errors import ConfigError
from quanticity.feeds.contract_schema import Contract

CONTRACTS = Path(__file__).parents[2] / "config" / "contracts"


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (
            {"properties": {"a": {"$ref": "#/$defs/nope"}}},
            "refers to '#/$defs/nope', which is not in it",
        ),
        (
            {"items": {"$ref": "#/$defs/a/x"}, "$defs": {"a": {"type": "null"}}},
            "which is not in it",
        ),
        ({"$ref": "#/title", "title": "text"}, "which is not in it"),
        ({"items": {"$ref": "https://h/schema.json"}}, "leads out of it"),
        ({"items": {"$ref": "other.json#/x"}}, "leads out of it"),
        ({"$ref": "#"}, "leads back to itself"),
        ({"anyOf": [{"type": "null"}, {"$ref": "#"}]}, "leads back to itself"),
        (
            {
                "$ref": "#/$defs/a",
                "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
            },
            "leads back to itself",
        ),
    ],
)
def test_a_reference_that_cannot_be_followed_is_told(schema: Any, told: str) -> None:
    assert told in slip_of_references(schema)


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"type": "object"},
        {"properties": {"$ref": {"type": "string"}, "child": {"$ref": "#"}}},
        {"items": {"$ref": "#/$defs/a~1b"}, "$defs": {"a/b": {"type": "null"}}},
        {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}], "$defs": {"a": True}},
        {"items": {"$ref": "#/anyOf/0"}, "anyOf": [{"type": "array"}]},
        {"enum": [{"$ref": "not a reference"}]},
    ],
)
def test_one_that_can_be_followed_is_let_pass(schema: Any) -> None:
    assert slip_of_references(schema) == ""


def test_a_reference_into_a_list_is_followed() -> None:
    made = Contract("a", {"items": {"$ref": "#/anyOf/0"}, "anyOf": [{"type": "array"}]})
    assert made.fits([[]])
    assert not made.fits([1])


def test_a_contract_that_cannot_be_followed_is_refused_wherever_it_is_read() -> None:
    with pytest.raises(ConfigError, match="contract 'a' holds a '\\$ref' that leads back"):
        Contract("a", {"$ref": "#"})


def test_what_ships_leads_somewhere() -> None:
    for file in CONTRACTS.glob("*.json"):
        assert slip_of_references(json.loads(file.read_text())) == "", file.name


def test_it_is_a_problem_of_the_line_that_names_the_contract(project) -> None:
    project.write("contracts/a.json", '{"items": {"$ref": "#/$defs/nope"}}')
    rest = "redis_key: raw:a, interval_seconds: 5, ttl_seconds: 9"
    project.endpoint(f"a: {{path: /a, {rest}, contract: contracts/a.json}}")
    (said,) = project.told()
    assert said.startswith("data_sources.yaml:5:")
    assert "'contracts/a.json' refers to '#/$defs/nope', which is not in it" in said
