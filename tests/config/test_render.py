from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.document import parse
from quanticity.config.render import HIDDEN, flow, hide, lines, scalar
from quanticity.logs import redact
from tests.config.trees import scalars, trees

# What the log's redaction would mask is masked on purpose, and cannot be read back.
texts = scalars.filter(lambda value: not isinstance(value, str) or redact(value) == value)


@given(trees())
def test_what_is_written_is_read_back(tree):
    text = "\n".join(line for line, _ in lines(tree))
    document = parse(text.encode(), "f")
    assert document.problems == ()
    assert document.tree == tree


@given(trees())
def test_a_line_for_each_entry_says_the_same(tree):
    text = "\n".join(line for line, _ in lines(tree, apart=True))
    assert parse(text.encode(), "f").tree == tree


@given(trees())
def test_one_line_says_the_same(tree):
    text = flow({"t": tree})
    assert "\n" not in text
    assert parse(text.encode(), "f").tree == {"t": tree}


@given(st.text(max_size=20))
def test_any_text_is_read_back(text):
    found = parse(f"a: {scalar(text)}\n".encode("utf-8", "surrogatepass"), "f")
    if not found.problems:
        assert found.tree == {"a": text}


def test_text_under_a_telling_name_is_hidden_and_references_are_not():
    tree = {
        "token_env": "UW_TOKEN",
        "params": {"apikey": "abcdef", "x": "y", "token": "${TOKEN}", "key": "{symbol}"},
        "headers": {"Authorization": "whatever it is"},
        "passwords": ["one-of-them", "two-of-them"],
    }
    assert hide(tree) == {
        "token_env": "UW_TOKEN",
        "params": {"apikey": HIDDEN, "x": "y", "token": "${TOKEN}", "key": "{symbol}"},
        "headers": {"Authorization": HIDDEN},
        "passwords": [HIDDEN, HIDDEN],
    }


def test_known_values_and_passwords_in_addresses_are_hidden_anywhere():
    hidden = hide(
        {"a": ["x secret1 y"], "url": "redis://u:hunter2@h"}, lambda t: t.replace("secret1", "-")
    )
    assert hidden["a"] == ["x - y"]
    assert "hunter2" not in hidden["url"]
