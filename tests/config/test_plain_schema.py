"""What is called plainly valid is valid, and what ships is plain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from quanticity.config.plain_schema import is_plainly_valid

CONTRACTS = sorted((Path(__file__).parents[2] / "config" / "contracts").rglob("*.json"))

texts = st.sampled_from(["string", "object", "date", "a", "^[0-9]+$", "(", ""])
scalars = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(-2, 2), texts)
KEYWORDS = [
    "$schema",
    "type",
    "enum",
    "const",
    "format",
    "minimum",
    "maxLength",
    "minItems",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "anyOf",
    "pattern",
    "title",
    "strange",
]
keywords = st.sampled_from(KEYWORDS)


def _containers(inner):
    return st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(keywords, inner, max_size=3),
        st.dictionaries(texts, inner, max_size=2),
    )


schemas = st.dictionaries(keywords, st.recursive(scalars, _containers, max_leaves=8), max_size=4)


@given(schema=schemas)
def test_what_is_called_plainly_valid_is_valid(schema):
    if is_plainly_valid(schema):
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "text"},
        {"type": ["string", "string"]},
        {"type": []},
        {"required": "data"},
        {"required": ["a", "a"]},
        {"properties": {"a": {"type": "number", "minimum": "0"}}},
        {"items": [{"type": "string"}]},
        {"anyOf": []},
        {"pattern": "("},
        {"maxLength": -1},
        {"additionalProperties": None},
    ],
)
def test_what_is_wrong_goes_to_the_full_check(wrong):
    assert not is_plainly_valid(wrong)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda path: path.name)
def test_what_ships_is_plain(contract: Path):
    assert is_plainly_valid(json.loads(contract.read_text(encoding="utf-8")))
