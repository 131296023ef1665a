"""What holds for every transform that ships."""

from __future__ import annotations

import ast
import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.component import TRANSFORM_MARK, TransformContext
from quanticity.config.module_file import load_module

FOLDER = Path(__file__).parents[2] / "transforms"
FILES = sorted(FOLDER.glob("*.py"))
NAMES = [file.stem for file in FILES]
LOADED = {
    file.stem: load_module(file, file.read_bytes(), f"transforms/{file.name}") for file in FILES
}

BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "rows", "events", "observations", "options", "time", "date", "title", "a"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def test_fifteen_ship() -> None:
    assert len(NAMES) == 15


@pytest.mark.parametrize("name", NAMES)
def test_it_loads_as_a_users_own_without_a_warning(name: str) -> None:
    loaded = LOADED[name]
    assert list(loaded.functions) == [name]
    assert loaded.warnings == ()
    assert getattr(loaded.functions[name], TRANSFORM_MARK)


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_it_says_what_it_does(file: Path) -> None:
    tree = ast.parse(file.read_text())
    assert ast.get_docstring(tree)
    function = next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == file.stem
    )
    assert ast.get_docstring(function)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_a_test_of_its_own(name: str) -> None:
    assert (Path(__file__).parent / f"test_{name}.py").exists()


@pytest.mark.parametrize("name", NAMES)
@given(body=BODIES)
def test_any_body_gives_a_value_or_a_plain_complaint(name: str, body: Any) -> None:
    context = TransformContext("source.feed", {"symbol": "SPY"}, 0.0)
    with contextlib.suppress(ValueError):
        value, state = LOADED[name].functions[name](body, {"context": context}, None)
        assert state is None
        assert isinstance(value, dict | list | str | int | float | None)
