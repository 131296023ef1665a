import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.compose import MOST_FROM_ALIASES, compose
from tests.config.trees import trees


def said(text):
    return [str(problem) for problem in compose(text, "f.yaml")[2]]


@given(trees())
def test_it_reads_what_yaml_writes(tree):
    found, _, problems = compose(yaml.safe_dump(tree), "f.yaml")
    assert problems == []
    assert found == tree


@given(trees())
def test_flow_style_says_the_same(tree):
    assert compose(yaml.safe_dump(tree, default_flow_style=True), "f")[0] == tree


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,? \n\t0", max_size=60))
def test_no_text_makes_it_raise(text):
    tree, _, problems = compose(text, "f.yaml")
    if not problems:
        # PyYAML is stricter or looser in places; where both read it, plain mappings agree.
        assert tree is None or isinstance(tree, str | int | float | bool | list | dict)


def test_every_place_is_where_it_was_written():
    text = "a:\n  b: [x, {c: 1}]\n  d: |\n    text\ne: 2\n"
    _, places, _ = compose(text, "f")
    inside = places[2]
    assert inside["a"][:2] == (1, 1)
    assert inside["a"][2]["b"][:2] == (2, 3)
    assert inside["a"][2]["b"][2][1][:2] == (2, 10)
    assert inside["a"][2]["b"][2][1][2]["c"][:2] == (2, 11)
    assert inside["a"][2]["d"][:2] == (3, 3)
    assert inside["e"][:2] == (5, 1)


def test_a_name_written_twice_is_told_with_both_places():
    assert said("a: 1\nb: 2\na: 3\n") == [
        "f.yaml:3:1: 'a' is written twice, first in line 1 column 1; keep one of them"
    ]


def test_all_doubles_are_told_at_once():
    assert len(said("a: {x: 1, x: 2}\nb: 1\nb: 2\n")) == 2


def test_anchors_and_merge_keys_work_and_own_fields_win():
    text = "base: &b {x: 1, y: 2}\none:\n  <<: *b\n  y: 3\ntwo:\n  <<: [*b, {z: 4, x: 9}]\n"
    tree, places, problems = compose(text, "f")
    assert problems == []
    assert tree["one"] == {"x": 1, "y": 3}
    assert tree["two"] == {"x": 1, "y": 2, "z": 4}
    assert places[2]["one"][2]["x"][:2] == (1, 11)  # where the value really stands


def test_names_keep_their_text():
    assert compose("on: 1\n2: x\nnull: y\n", "f")[0] == {"on": 1, "2": "x", "null": "y"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: *x\n", "no anchor '&x' before it"),
        ("a: &x [*x]\n", "inside its own anchor"),
        ("a: 1\n---\nb: 2\n", "second document"),
        ("a: !include x\n", "the tag '!include' is not used here"),
        ("a: !!python/object/apply:os.system [ls]\n", "is not used here"),
        ("? [a, b]\n: 1\n", "cannot be a list or a mapping"),
        ("'': 1\n", "a name is missing"),
        ("a:\n  <<: 5\n", "'<<' needs a mapping"),
        ("[" * 200, "nested more than 64"),
        ("a: b: c\n", "put text that holds ': ' in quotes"),
        ("a:\n\t- b\n", "use spaces, not tabs"),
        ("a:\n  b: 1\n\tc: 2\n", "use spaces, not tabs"),
        ("a: [1, 2\nb: 3\n", "not closed"),
        ("a: 'x\n", "not closed"),
        ("a: @x\n", "put it in quotes"),
        ("a: x\x01y\n", "control characters"),
    ],
)
def test_each_mistake_has_its_words_and_its_place(text, words):
    problems = compose(text, "f.yaml")[2]
    assert len(problems) == 1
    assert words in str(problems[0])
    assert problems[0].line >= 1
    assert problems[0].column >= 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('a:\n  b: "x\n  c: [1]\n  d: "y"\n', "f:2:6: broken YAML: the quote that is opened here"),
        ("a:\n  - 'x\n  - y\n  - 'z'\n", "f:2:5: broken YAML: the quote that is opened here"),
        ("a:\n  b: 'it''s\n", "f:2:6: broken YAML: the quote that is opened here is not closed"),
        ("a:\n    b: [1]\n      c: 2\n", "f:3:7: broken YAML: line 2 is indented by 4 spaces"),
        ("a:\n    b: 1\n      c: 2\n", "f:3:7: broken YAML: line 2 is indented by 4 spaces"),
        ("a:\n    b: [1]\n  # so\n   c: 2\n    d: 3\n", "f:4:4: broken YAML: line 2 is indented"),
        ('a:\n  b: "x" y\n', "check the indent"),
        ("a:\n  b:60\n  c: 1\n", "f:2:5: broken YAML: a space is missing after the colon"),
        ("a:\n  c: 1\n  b:60\n# so\nd: 1\n", "f:3:5: broken YAML: a space is missing after"),
        ("a:\n  b [X, Y]\n  c: 1\n", "f:2:4: broken YAML: a colon is missing after 'b'; write 'b:"),
        ("a:\n  b\n    c: 1\n", "f:2:4: broken YAML: a colon is missing after 'b'; write 'b:'"),
        ("a:\n  b: {x}:raw\n  c: 1\n", "f:2:6: broken YAML: what begins with '{' is read as a"),
        ("a:\n  b: [x]raw\n  c: 1\n", "put it in quotes: '[x]raw'"),
        # An array parameter: with quotes around the whole it would be a text.
        (
            "a:\n  b: {d: today, e[]: [x, y]}\n  c: 1\n",
            "f:2:17: broken YAML: the brackets of 'e[]' are read as a list; put the name in quotes",
        ),
        ("a: {e[]: x, f[0]: y}\n", "the brackets of 'e[]' are read as a list"),
        ("a:\r\n  b:60\r\n  c: 1\r\n", "f:2:5: broken YAML: a space is missing after"),
        # A quote may well be closed lines later: it is not the mistake.
        ('a:\n  b: "x\n    y"\n  c:60\n  d: 1\n', "f:4:5: broken YAML: a space is missing after"),
    ],
)
def test_broken_yaml_was_told_with_the_line_where_the_parser_stumbled(text, told):
    (problem,) = compose(text, "f")[2]
    assert told in str(problem)


ABOVE = "data_sources:\n  uw:\n    base_url: x\n    endpoints:\n"


def feed(name, spaces):
    return f"{' ' * spaces}{name}:\n" + f"{' ' * (spaces + 2)}path: /x\n"


@pytest.mark.parametrize(
    ("below", "told"),
    [
        # The first of the block that is open, not the line just before.
        (feed("a", 8) + feed("b", 6), "f:5:9: broken YAML: this line is indented by 8 spaces and"),
        (feed("a", 8) + feed("b", 6), "line 7, beside it, by 6; begin it with 6 spaces, and move"),
        (feed("a", 8) + feed("b", 6) + feed("c", 6) + "  uv:\n    base_url: 'y\n", "f:5:9: "),
        ("\n        # so\n" + feed("a", 8) + "# so\n" + feed("b", 6), "f:7:9: broken YAML: this"),
        # Of several that are as deep the odd one is told.
        (
            feed("a", 8) + feed("b", 8) + feed("c", 6),
            "f:9:7: broken YAML: line 5 is indented by 8 spaces and this one by 6; begin both",
        ),
        # The other lines of the file say which of two is right.
        (
            feed("a", 6) + "       ttl: 3\n" + feed("b", 6),
            "f:7:8: broken YAML: line 6 is indented by 8 spaces and this one by 7; begin both",
        ),
    ],
)
def test_the_feed_that_is_indented_right_was_blamed_for_the_one_above_it(below, told):
    (problem,) = compose(ABOVE + below, "f")[2]
    assert told in str(problem)


def test_an_alias_bomb_is_bounded():
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    problems = said("\n".join(levels))
    assert len(problems) == 1
    assert f"{MOST_FROM_ALIASES:,}" in problems[0]
