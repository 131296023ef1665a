import os

import pytest

from quanticity.config.dotenv import Variables, read_dotenv


def read(tmp_path, text):
    file = tmp_path / ".env"
    file.write_text(text)
    return read_dotenv(file)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        ("export A=1", "1"),
        ("A = spaced ", "spaced"),
        ("A=", ""),
        ("A='x y#z'", "x y#z"),
        ('A="x\\ny\\"z"', 'x\ny"z'),
        ("A=x # said", "x"),
        ("A=x#y", "x#y"),
        ("A=https://h/?a=b", "https://h/?a=b"),
        ("A=# only a comment", ""),
        ("A='$not ${filled}'", "$not ${filled}"),
    ],
)
def test_a_line_gives_its_value(tmp_path, line, value):
    assert read(tmp_path, f"# first\n\n{line}\n") == ({"A": value}, [])


def test_a_missing_file_has_no_variables(tmp_path):
    assert read_dotenv(tmp_path / ".env") == ({}, [])


def test_bad_lines_are_told_without_what_they_hold(tmp_path):
    found, problems = read(tmp_path, "A=1\nsk-live-123\nB='open\n")
    assert found == {"A": "1"}
    assert [str(problem) for problem in problems] == [
        ".env:2:1: this line is not NAME=value; what is no value begins with #",
        ".env:3:1: a quote is not closed; close it in the same line, or leave out both",
    ]


def test_a_file_of_another_encoding_is_told(tmp_path):
    (tmp_path / ".env").write_bytes(b"A=\xff\n")
    assert "UTF-8" in str(read_dotenv(tmp_path / ".env")[1][0])


def test_the_environment_stands_before_the_files_and_the_last_file_before_the_first(tmp_path):
    first, last = tmp_path / "a", tmp_path / "b"
    first.write_text("A=1\nB=1\nC=1\n")
    last.write_text("A=2\nB=2\n")
    found = Variables({"A": "3"}, (first, last))
    assert dict(found) == {"A": "3", "B": "2", "C": "1"}
    assert len(found) == 3
    assert found.get("D", "") == ""


def test_a_dotenv_that_is_no_plain_file_was_waited_for(tmp_path):
    """It was waited for without end."""
    os.mkfifo(tmp_path / ".env")
    found, problems = read_dotenv(tmp_path / ".env")
    assert found == {}
    assert [str(one) for one in problems] == [
        ".env: warning: cannot be read: it is not a plain file"
    ]


@pytest.mark.parametrize("line", ['A="abc"def', "A='abc'def", 'A="abc" "def"'])
def test_what_follows_a_closed_quote_was_cut_off_without_a_word(tmp_path, line):
    file = tmp_path / ".env"
    file.write_text(f"{line}\nB='x'  # said\nC=\"y\" \n")
    found, problems = read_dotenv(file)
    assert found == {"B": "x", "C": "y"}
    assert [str(one) for one in problems] == [
        ".env:1:1: something follows the closed quote; quote all of the value, or none of it"
    ]
