"""What a file's text shows of its imports is what its statements say."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.imports import Rules, may_slip, slips, slips_in
from quanticity.config.script import parse
from quanticity.errors import ConfigError

FILE = Path("plugins/mine.py")
MODULES = (
    *("os", "os.path", "ossify", "time", "math", "aiohttp", "redis.asyncio", "numpy"),
    *("quanticity", "quanticity.api", "quanticity.apis", "quanticity.feeds", "plugins.other"),
)
names = st.sampled_from(MODULES)
# Spaces that stand between the words of a statement, and what stands before one.
spaces = st.sampled_from([" ", "  ", "\t", "\f", " \\\n ", "\\\r\n"])
before = st.sampled_from(
    [
        "",
        "x = 1; ",
        "if x: ",
        "class A:\t",
        "'a;b' ; ",
        "\f",
        "# it is\n",
        "# so:\r",
        "'''\nfrom'''; ",
    ]
)
phrases = st.sampled_from(
    [
        "'''\nimport os\nfrom time to time\n'''",
        "x = 'import time'",
        "'''from\nimport\n: import redis'''",
        "def f():\n yield \\\n from time",
        "try:\n raise A \\\n from os\nexcept A: x = 0",
        "importing = from_time = time = os = 0",
        "if (yield\n from os): import math",
        "# import os; import time",
        "x = [\n1, # a\n2]",
        "f'{x:>3}' ; x",
    ]
)


@st.composite
def statements(draw: st.DrawFn) -> str:
    one, other = draw(spaces), draw(spaces)
    first, name = draw(before), draw(names)
    tail = draw(
        st.sampled_from(["", f"{one}as{other}a", f"{other},{one}os", ", math", " # os", ";x"])
    )
    way = draw(st.integers(0, 4))
    if way == 0:
        return f"{first}import{one}{name}{tail}"
    if way == 1:
        what = draw(st.sampled_from(["api", "(api,\na)"]))
        return f"{first}from{one}{name}{other}import{one}{what}"
    if way == 2:
        dots = draw(st.sampled_from([".", "..", ". ", f".{name}", f" .{other}{name}"]))
        return f"{first}from{one}{dots}{other}import a"
    if way == 3:
        return f"{first}import{one}{name.replace('.', other + '.')}"
    return f"{first}import{one}\N{FULLWIDTH LATIN SMALL LETTER O}s"


texts = st.lists(statements() | phrases, max_size=4).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\r", "\n\n"]).map(lambda end: end.join(lines))
)


@given(
    texts,
    st.booleans(),
    st.booleans(),
    st.sampled_from([b"", b"\xef\xbb\xbf", b"# coding: utf-7\n"]),
)
def test_a_text_that_shows_no_wrong_import_has_none(
    text: str, pure: bool, alone: bool, head: bytes
) -> None:
    source, rules = head + text.encode(), Rules("plugins/mine.py", pure, alone)
    try:
        script = parse(source, FILE, "plugins/mine.py")
    except ConfigError:
        return
    expected = list(slips_in(ast.parse(source), rules))
    assert list(slips(script, rules)) == expected
    assert may_slip(source, rules) or not expected


@pytest.mark.parametrize(
    "text",
    ["import math\nfrom quanticity.api import Spec\n", "import numpy as np, math\n", "x = 1"],
)
def test_a_usual_file_is_not_taken_apart_to_see_what_it_imports(text: str) -> None:
    assert not may_slip(text.encode(), Rules("plugins/mine.py"))


def test_a_coding_that_hides_an_import_hides_none() -> None:
    script = parse(b"# coding: utf-7\n+AGkAbQBwAG8AcgB0- os", FILE, "plugins/mine.py")
    (slip,) = slips(script, Rules("plugins/mine.py"))
    assert "imports os" in str(slip)


def test_the_same_text_is_compiled_once() -> None:
    one, other = (parse(b"x = 1\n", FILE, "mine.py") for _ in range(2))
    assert one.code is other.code
    assert parse(b"x = 1\n", Path("other.py"), "other.py").code.co_filename == "other.py"
