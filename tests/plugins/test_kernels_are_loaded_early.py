"""Compiled kernels are loaded with the file of a plugin: in a run they would cost it seconds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUANT = ROOT / "quanticity" / "quant"
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))


@cache
def is_compiled(name: str) -> bool:
    """Whether a module of `quant` brings the compiler along, itself or by another."""
    file = QUANT / f"{name}.py"
    if name == "compiled" or not file.exists():
        return name == "compiled"
    found = ast.walk(ast.parse(file.read_text("utf-8")))
    used = [node.module or "" for node in found if isinstance(node, ast.ImportFrom)]
    return any(
        is_compiled(one.rpartition(".")[2])
        for one in used
        if one.startswith("quanticity.quant.") and not one.endswith(f".{name}")
    )


def used(node: ast.AST) -> Iterator[str]:
    """Modules of `quant` that are named below a node."""
    for each in ast.walk(node):
        if (
            isinstance(each, ast.Attribute)
            and isinstance(each.value, ast.Name)
            and each.value.id == "quant"
        ):
            yield each.attr


@pytest.mark.parametrize("file", PLUGINS, ids=lambda file: file.stem)
def test_no_kernel_is_loaded_in_a_run(file: Path):
    missing = late(file.read_text("utf-8"))
    assert not missing, f"name {missing} once at the top: what is compiled is loaded with the file"


def test_one_that_is_would_be_found():
    """As in the correlation matrix: two seconds went by in its first run."""
    inside = "def compute():\n    return quant.correlation.pairwise(x, 2), quant.ranks.rank(1, x)\n"
    assert late(inside) == ["correlation"]
    assert late("_correlation = quant.correlation\n" + inside) == []


def late(source: str) -> list[str]:
    """Compiled modules that are named in functions, and nowhere outside of them."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = [name for node in functions for part in node.body for name in used(part)]
    every = list(used(tree))
    unnamed = {name for name in inside if every.count(name) <= inside.count(name)}
    return sorted(name for name in unnamed if is_compiled(name))
