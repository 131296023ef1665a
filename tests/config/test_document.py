import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.document import parse, read
from quanticity.plain_file import LARGEST_BYTES


def said(raw):
    return [str(problem) for problem in parse(raw, "f.yaml").problems]


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert parse(b"\xef\xbb\xbfa: 1\n", "f").tree == {"a": 1}


def test_utf_16_is_told_as_such():
    assert said("a: 1".encode("utf-16")) == ["f.yaml:1:1: the file is UTF-16; save it as UTF-8"]


def test_a_byte_that_is_not_utf_8_is_told_with_its_place():
    assert said("é: 1\nab: ".encode() + b"\xff\n") == [
        "f.yaml:2:5: byte 0xff is not UTF-8; save the file as UTF-8"
    ]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"# nothing\n", b"---\n"])
def test_an_empty_file_says_nothing(raw):
    assert parse(raw, "f").tree == {}
    assert said(raw) == []


def test_a_list_or_a_scalar_is_no_config():
    assert "the file is a list" in said(b"- a\n")[0]
    assert "the file is a single value" in said(b"just text\n")[0]


def test_a_file_beyond_all_measure_is_refused():
    assert "at most" in said(b"#" * (LARGEST_BYTES + 1))[0]


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path):
    (problem,) = read(tmp_path / "none.yaml").problems
    assert str(problem) == "none.yaml: cannot be read: No such file or directory"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_document(raw):
    document = parse(raw, "f.yaml")
    assert isinstance(document.tree, dict)


def test_values_are_found_by_path():
    document = parse(b"a: [x, {b: 1}]\n", "f")
    assert document.value(("a", 1, "b")) == 1
    assert document.value(("a", 7)) is None
    assert document.value(("z", "y")) is None
