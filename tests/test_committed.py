"""Nothing is committed that belongs to one machine, to one index, or to nobody's eyes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = (
    "quanticity",
    "plugins",
    "transforms",
    "config",
    "tests",
    "docs",
    "tools",
    "benchmarks",
    ".ci",
)
TEXT = {"", ".py", ".yaml", ".yml", ".json", ".md", ".toml", ".txt", ".svg", ".sh", ".css", ".js"}


@cache
def _texts() -> tuple[tuple[str, str], ...]:
    paths = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".env"]
    for folder in FOLDERS:
        paths += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return tuple(
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(paths)
        if path.suffix in TEXT
        and not {"__pycache__", ".quanticity"} & set(path.parts)
        and not path.name.endswith((".log", ".stamp"))
    )


def _found(pattern: str, only: str = "") -> Iterator[str]:
    compiled = re.compile(pattern)
    for name, text in _texts():
        if only and not re.search(only, name):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if compiled.search(line):
                yield f"{name}:{number}: {line.strip()[:120]}"


def test_no_path_of_one_machine():
    found = list(_found(r"(?<![\w.~}])/(?:w[o]rk|f[a]rm|r[o]ot|h[o]me/[a-z]+|Us[e]rs/[a-z]+)/"))
    assert not found, "\n".join(found)


def test_locks_name_no_index_and_pin_every_line_by_hash():
    assert not list(_found(r"://|--index|--find-links| @ ", only=r"^requirements.*\.txt$"))
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pinned = re.findall(
            r"^([a-z0-9-]+)==[^\n]*\n((?:    --hash=\S+(?: \\)?\n)*)", text, re.MULTILINE
        )
        assert len(pinned) > 20
        assert [package for package, hashes in pinned if not hashes] == []


def test_what_develops_has_the_versions_that_run():
    run, dev = (
        set(re.findall(r"(?m)^[a-z0-9-]+==\S+", (ROOT / name).read_text(encoding="utf-8")))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert run <= dev


def test_every_dependency_is_locked():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = project.partition("dependencies = [")[2].partition("]")[0]
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for name in re.findall(r'"([A-Za-z0-9_-]+)', wanted):
        assert re.search(rf"(?m)^{name.replace('_', '-')}==", locked), f"{name}: run `make lock`"


@pytest.mark.parametrize(
    "shape",
    [
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"\b(?:gh[pousr]|glpat|xox[bapr]|sk|pypi)[-_][A-Za-z0-9_-]{32,}",
        r"(?i)\b(?:api_?key|token|secret|password)\b['\"]?\s*[:=]\s*['\"]?(?=\w*\d)\w{24,}",
        r"(?i)bearer [0-9a-f]{8}-[0-9a-f]{4}-",
    ],
)
def test_no_secret(shape: str):
    found = list(_found(shape))
    assert not found, "\n".join(found)


def test_environment_files_are_never_committed():
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
