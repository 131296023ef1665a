from __future__ import annotations

import itertools
import os
import timeit
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.feeds.contract_formats import validator_of
from quanticity.feeds.contract_schema import Contract
from quanticity.feeds.shape import compile_shape, spread
from tests.feeds.contract_bodies import CHAIN, chain

NAMES = st.sampled_from(["a", "b", "c", "$ref", "1. open", ""])
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])
DECIMALS = [
    "1",
    "-1.5",
    ".5",
    "5.",
    "1e5",
    "1E-3",
    "",
    "-",
    "N/A",
    "1_0",
    " 1",
    "1\n",
    "nan",
    "+1",
    "1\0",
    "1\0002",
]
TIMES = [
    *("2026-01-05", "2099-99-99", "2026-01-05T15:00:00Z", "2026-01-05 15:00", "15:00"),
    *("2026-01-05T15:00:00.123456-04:00", "2026-01-05T25:00", "2026-1-5", "2026-01-05T15:00:00z"),
]
EPOCHS = [0, 1, 1.7e9, 1_700_000_000_000, 1.7e12, 1e12, 5e12, True, -1]
SCALARS = st.one_of(
    st.sampled_from([*DECIMALS, *TIMES]),
    st.sampled_from(EPOCHS),
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([0.0, 1.0, 1.5, -2.0]),
    st.text(max_size=3),
)
BODIES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def leaf() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "enum": st.lists(SCALARS, min_size=1, max_size=3),
            "const": SCALARS,
            "pattern": st.sampled_from(["^a", "[0-9]$", "^[A-Z]{1,5}$", ""]),
            "format": st.sampled_from(
                ["decimal", "date", "date-time", "epoch", "epoch_ms", "uri", "email"]
            ),
            "minLength": st.integers(0, 3),
            "minimum": st.integers(-2, 2),
            "maximum": st.integers(-2, 2),
            "minItems": st.integers(0, 3),
            "description": st.just("a remark"),
            "maxLength": st.integers(0, 3),
            "multipleOf": st.sampled_from([2, 3]),
        },
    )


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda base, beyond: base | beyond,
        leaf(),
        st.fixed_dictionaries(
            {},
            optional={
                "properties": st.dictionaries(NAMES, inner, max_size=3),
                "required": st.lists(NAMES, max_size=2, unique=True),
                "additionalProperties": inner | st.booleans(),
                "items": inner,
                "anyOf": st.lists(inner, min_size=1, max_size=2),
                "oneOf": st.lists(inner, min_size=1, max_size=2),
                "$ref": st.sampled_from(["#/$defs/one", "#/$defs/two", "#"]),
            },
        ),
    )


SCHEMAS = st.recursive(leaf() | st.booleans(), grown, max_leaves=6)
DEFINITIONS = st.fixed_dictionaries({"one": leaf(), "two": leaf()})


def _endless(schema: Any) -> bool:
    """Whether a reference leads back to the same value: valid, and endless for any checker."""
    if not isinstance(schema, dict):
        return False
    return schema.get("$ref") == "#" or any(
        _endless(part) for word in ("anyOf", "oneOf") for part in schema.get(word, [])
    )


@settings(max_examples=2000 if os.environ.get("QUANTICITY_SOAK") else 250)
@given(schema=SCHEMAS, definitions=DEFINITIONS, body=BODIES)
def test_the_quick_check_of_everything_agrees_with_jsonschema(
    schema: Any, definitions: dict[str, Any], body: Any
) -> None:
    if isinstance(schema, dict):
        if _endless(schema):
            return
        schema = {**schema, "$defs": definitions}
    assert compile_shape(schema)(body, None) == validator_of(schema).is_valid(body)


@given(schema=SCHEMAS, definitions=DEFINITIONS, body=BODIES, rows=st.integers(1, 4))
def test_a_sampled_check_never_refuses_what_jsonschema_accepts(
    schema: Any, definitions: dict[str, Any], body: Any, rows: int
) -> None:
    # Fewer of something forbidden is less forbidden only while nothing is counted as a whole.
    if isinstance(schema, dict):
        if _endless(schema) or "oneOf" in str(schema):
            return
        schema = {**schema, "$defs": definitions}
    if validator_of(schema).is_valid(body):
        assert compile_shape(schema)(body, rows)


@given(count=st.integers(0, 5000), most=st.integers(1, 50))
def test_sampled_rows_are_few_spread_and_hold_both_ends(count: int, most: int) -> None:
    chosen = list(spread(count, most))
    assert len(chosen) == min(count, most)
    assert chosen == sorted(set(chosen))
    if count:
        assert chosen[0] == 0
    if most > 1 and count:
        assert chosen[-1] == count - 1
        gaps = [later - earlier for earlier, later in itertools.pairwise(chosen)]
        assert not gaps or max(gaps) - min(gaps) <= 1


def test_a_schema_may_refer_to_itself() -> None:
    tree = {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#"}}},
        "required": ["name"],
    }
    check = compile_shape(tree)
    assert check({"name": 1, "children": [{"name": 2}]}, None)
    assert not check({"name": 1, "children": [{"nam": 2}]}, None)


@given(count=st.integers(21, 400), bad=st.integers(0, 400))
def test_a_sampled_check_sees_exactly_the_rows_of_its_sample(count: int, bad: int) -> None:
    bad %= count
    body = chain(count)
    body["data"][bad]["volume"] = "12"
    assert compile_shape(CHAIN)(body, 20) == (bad not in spread(count, 20))
    assert not compile_shape(CHAIN)(body, None)


def test_a_small_body_is_checked_much_more_cheaply_than_by_jsonschema() -> None:
    contract = Contract("chain", CHAIN)
    body, full = chain(12), validator_of(CHAIN)
    ours = min(timeit.repeat(lambda: contract.fits(body, 20), number=100, repeat=5))
    theirs = min(timeit.repeat(lambda: full.is_valid(body), number=20, repeat=5)) * 5
    assert ours < theirs / 5
