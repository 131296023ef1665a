import pickle

from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.environ import FromEnvironment, fill
from tests.config.trees import trees


def test_references_are_filled_in_wherever_text_stands():
    filled = fill({"a": "${X}", "b": ["-${X}-", 3], "c": {"d": "plain"}}, {"X": "v"})
    assert filled.tree == {"a": "v", "b": ["-v-", 3], "c": {"d": "plain"}}
    assert filled.used == {"X": "v"}
    assert filled.paths == {("a",), ("b", 0)}


def test_a_default_stands_in_for_what_is_not_set_or_empty():
    assert fill({"a": "${X:-d}", "b": "${Y:-}"}, {"X": ""}).tree == {"a": "d", "b": ""}


def test_what_is_missing_is_named_and_left_as_written():
    filled = fill({"a": {"b": "x${X}"}}, {})
    assert filled.missing == [(("a", "b"), "X")]
    assert filled.tree == {"a": {"b": "x${X}"}}


def test_a_stand_in_takes_the_place_of_what_is_missing():
    assert fill({"a": "x${X}"}, {}, "simulated").tree == {"a": "xsimulated"}


def test_a_doubled_dollar_is_a_plain_one():
    filled = fill({"a": "$${X}"}, {"X": "v"})
    assert filled.tree == {"a": "${X}"}
    assert not filled.malformed


def test_a_broken_reference_is_told():
    assert fill({"a": "${X", "b": "${1}"}, {}).malformed == [("a",), ("b",)]


def test_a_value_is_not_filled_in_again():
    assert fill({"a": "${X}"}, {"X": "${Y}", "Y": "no"}).tree == {"a": "${Y}"}


def test_text_from_the_environment_does_not_show_itself():
    text = FromEnvironment("hidden", "${X}")
    assert text == "hidden"
    assert f"{text}" == "hidden"
    assert repr(text) == "'${X}'"
    assert repr({"a": [text]}) == "{'a': ['${X}']}"


def test_text_from_the_environment_could_not_go_to_another_process():
    """A `${VAR}` in a parameter kept the process of every plugin from starting."""
    text = FromEnvironment("hidden", "${X}")
    again = pickle.loads(pickle.dumps(text))
    assert (again, repr(again)) == ("hidden", "'${X}'")


@given(trees())
def test_a_tree_without_references_is_the_same_object(tree):
    filled = fill(tree, {"X": "v"})
    if "${" not in repr(tree):
        assert filled.tree is tree


@given(trees(), st.dictionaries(st.sampled_from("XYZ"), st.text(max_size=3)))
def test_the_tree_itself_is_never_changed(tree, values):
    before = repr(tree)
    fill({"t": tree, "r": "${X}${Y:-z}"}, values)
    assert repr(tree) == before


def test_values_known_to_be_plain_are_not_looked_through():
    inside = {"b": "${X}"}
    assert fill({"a": inside}, {"X": "v"}, plain={id(inside)}).tree["a"] is inside


def test_a_password_before_a_host_ended_the_host_where_it_holds_a_slash():
    given = {"U": "me", "P": "1/e@x#%41", "B": "me:1/e"}
    for text, filled in {
        "http://${U}:${P}@h/${P}": "http://me:1%2Fe%40x%23%2541@h/1%2Fe%40x%23%2541",
        "http://${B}@h:1": "http://me:1%2Fe@h:1",
        "http://${U}.h/a@b": "http://me.h/a@b",
        "${B}@h": "me:1/e@h",
    }.items():
        tree = {"data_sources": {"v": {"base_url": text}}}
        assert fill(tree, given).tree["data_sources"]["v"]["base_url"] == filled
