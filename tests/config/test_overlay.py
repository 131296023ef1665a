import yaml
from hypothesis import given

from quanticity.config.document import parse
from quanticity.config.merge import merge
from quanticity.config.overlay import Layers, idle_removals
from tests.config.trees import trees


def layers(*texts):
    return Layers([parse(text.encode(), f"{n}.yaml") for n, text in enumerate(texts)])


def without_null(tree):
    return {
        name: without_null(value) if isinstance(value, dict) else value
        for name, value in tree.items()
        if value is not None
    }


@given(trees())
def test_an_empty_overlay_changes_nothing(tree):
    assert merge(tree, {}) == tree


@given(trees())
def test_an_overlay_alone_is_itself_without_its_nulls(tree):
    assert merge({}, tree) == without_null(tree)


@given(trees(), trees())
def test_laying_it_on_twice_is_laying_it_on_once(base, over):
    once = merge(base, over)
    assert merge(once, over) == once


@given(trees(), trees())
def test_neither_side_is_changed(base, over):
    before = yaml.safe_dump([base, over])
    merge(base, over)
    assert yaml.safe_dump([base, over]) == before


@given(trees(), trees(), trees())
def test_what_only_the_overlay_says_does_not_depend_on_the_base(base, other, over):
    def scalars_of(tree):
        return {name: value for name, value in tree.items() if not isinstance(value, dict)}

    for name, value in scalars_of(over).items():
        for below in (base, other):
            assert merge(below, over).get(name) == value


def test_mappings_meet_lists_replace_and_null_removes():
    base = {"a": {"x": 1, "y": 2}, "l": [1, 2], "gone": 1}
    assert merge(base, {"a": {"y": 3}, "l": [9], "gone": None}) == {
        "a": {"x": 1, "y": 3},
        "l": [9],
    }


def test_each_value_knows_the_layer_it_came_from():
    both = layers("a:\n  x: 1\n  y: 2\n", "a:\n  y: 3\n")
    assert both.tree == {"a": {"x": 1, "y": 3}}
    assert both.locate(("a", "x")) == ("0.yaml", 2, 3)
    assert both.locate(("a", "y")) == ("1.yaml", 2, 3)
    assert both.locate(("a",)) == ("0.yaml", 1, 1)


def test_a_replaced_list_is_the_overlays():
    both = layers("l: [1, 2, 3]\n", "l: [7]\n")
    assert both.locate(("l", 0)) == ("1.yaml", 1, 5)


def test_what_is_written_nowhere_is_placed_at_the_nearest_thing_above():
    both = layers("a:\n  b:\n    c: 1\n", "a: {d: 1}\n")
    assert both.locate(("a", "b", "missing")) == ("0.yaml", 2, 3)


def test_a_null_that_removes_nothing_is_a_warning_with_the_near_miss():
    over = parse(b"a:\n  spot_gx: null\n", "env/dev.yaml")
    (problem,) = idle_removals({"a": {"spot_gex": 1}}, over)
    assert str(problem) == (
        "env/dev.yaml:2:3: warning: null removes 'spot_gx', which is not there;"
        " did you mean 'spot_gex'?"
    )
