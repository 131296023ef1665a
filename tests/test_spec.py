from typing import Literal

import pytest
from pydantic import field_validator

from quanticity.spec import Spec, field, field_names, near, validate, wrong_fields


class Part(Spec):
    """A part."""

    size: int = field(gt=0, help="how big", unit="cm", example=3)
    kind: Literal["round", "square"] = field("round", help="its form")
    source: str = field("", alias="from", help="where it is from")


class Whole(Spec):
    """A whole."""

    parts: dict[str, Part] = field(factory=dict, help="parts by name")
    either: Part | tuple[int, ...] = field((), help="a part, or figures")
    names: tuple[str, ...] = field((), help="names", example=["a"])
    ratio: float = field(1, help="a ratio")
    on: bool = field(True, help="on or off")


def told(tree):
    def locate(path):
        return ".".join(map(str, path)) or "top", 0, 0

    return sorted(str(problem) for problem in validate(Whole, tree, locate)[1])


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"part": {}}, ["part: unknown field 'part'; did you mean 'parts'?"]),
        ({"parts": {"a": {}}}, ["parts.a.size: 'size' is missing; for example 3"]),
        (
            {"parts": {"a": {"size": "x"}}},
            ["parts.a.size: 'size' should be a whole number, not 'x'; for example 3"],
        ),
        (
            {"parts": {"a": {"size": 0}}},
            ["parts.a.size: 'size' should be greater than 0, not 0; for example 3"],
        ),
        (
            {"parts": {"a": {"size": 1, "kind": "sqare"}}},
            ["parts.a.kind: 'kind' cannot be 'sqare'; did you mean 'square'?"],
        ),
        (
            {"parts": {"a": {"size": 1, "frm": "x"}}},
            ["parts.a.frm: unknown field 'frm'; did you mean 'from'?"],
        ),
        # Told twice: as unknown, and as missing under the name that was meant.
        (
            {"parts": {"a": {"szie": 1}}},
            ["parts.a.szie: unknown field 'szie'; did you mean 'size'?"],
        ),
        ({"parts": [1]}, ["parts: 'parts' should be a mapping, not [1]"]),
        ({"either": 5}, ["either: 'either' should be a mapping or a list, not 5"]),
        (
            {"either": {"size": "x"}},
            ["either.size: 'size' should be a whole number, not 'x'; for example 3"],
        ),
        ({"either": [1, "x"]}, ["either.1: 'either[1]' should be a whole number, not 'x'"]),
        ({"names": [1]}, ["names.0: 'names[0]' should be text, not 1"]),
        ({"ratio": float("inf")}, ["ratio: 'ratio' should be a finite number, not inf"]),
        ({"on": "perhaps"}, ["on: 'on' should be true or false, not 'perhaps'"]),
        ({"on": None}, ["on: 'on' should be true or false, not empty"]),
        ([1], ["top: 'the document' should be a mapping, not [1]"]),
    ],
)
def test_a_mistake_is_told_in_plain_words(tree, said):
    assert told(tree) == said


def test_all_mistakes_are_told_at_once():
    assert len(told({"on": "x", "ratio": "y", "parts": {"a": {}, "b": {"size": 0, "z": 1}}})) == 5


def test_a_right_tree_gives_its_value():
    value, problems = validate(
        Whole, {"parts": {"a": {"size": 2, "from": "x"}}}, lambda _: ("", 0, 0)
    )
    assert problems == []
    assert value is not None
    assert value.parts["a"].source == "x"


def test_long_values_are_cut():
    (said,) = told({"on": "x" * 500})
    assert len(said) < 120


def test_names_below_a_path_are_those_of_yaml():
    assert field_names(Whole, ("parts", "any")) == {"size", "kind", "from"}
    assert "parts" in field_names(Whole, ())


def test_nothing_near_means_no_hint():
    assert near("zzz", ["abc"]) == ""
    assert near("abd", ["abc"]) == "did you mean 'abc'?"


def test_a_misspelt_name_of_a_mapping_could_not_be_itself():
    from quanticity.config.schema import Root

    tree = {"scheduler_rules": {"markt_hours": {"critical": "run_always"}}}
    _, problems = validate(Root, tree, lambda _path: ("f", 1, 1))
    (said,) = [str(problem) for problem in problems]
    assert said == "f:1:1: unknown name 'markt_hours'; did you mean 'market_hours'?"


@pytest.mark.parametrize("raised", [RuntimeError, SystemExit], ids=["error", "exit"])
@pytest.mark.parametrize("where", ["field", "whole"])
def test_a_check_of_a_transforms_options_that_raised_ended_the_run_and_every_command(raised, where):
    class Options(Spec):
        n: int = field(1, help="a figure")

        @field_validator("n")
        @classmethod
        def _n(cls, given):
            if where == "field":
                raise raised("half \ud83d of it")
            return given

        def slips(self):
            raise raised("half \ud83d of it")

    found, (problem,) = validate(Options, {"n": 3}, lambda path: ("f.yaml", 7, 9))
    assert found is None
    said = rf"a check of Options raised {raised.__name__}: half \ud83d of it (tests/test_spec.py:"
    assert str(problem).startswith(f"f.yaml:7:9: {said}")
    assert wrong_fields(Options, {"n": 3}) == []
