"""What the documents say is true: every snippet runs, and everything there is is documented."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from quanticity.config.schema.components import Preset, StrategyFile
from quanticity.config.schema.endpoint import Endpoint
from quanticity.config.schema.root import Root
from quanticity.config.schema.source import Source
from quanticity.runtime.loader import PluginFolders
from quanticity.runtime.sections import sections_of
from quanticity.spec import Spec, validate
from tests.cli.asked import ask, asked
from tests.cli.asked import running as running_system
from tests.conftest import demo_environment
from tools import reference

ROOT = Path(__file__).parents[1]
# Followed step by step elsewhere: by tests/testing/test_tutorial.py and tests/cli/test_sections.py.
FOLLOWED = {ROOT / "docs" / "writing-a-plugin.md", ROOT / "docs" / "plugin-sections.md"}
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(set((ROOT / "docs").rglob("*.md")) - FOLLOWED),
)
LANGUAGES = {"bash", "ini", "json", "python", "text", "yaml"}

# Lines of bash that are about another program, or about a machine without this one.
OTHER_PROGRAMS = (
    *("python3 -m venv ", ".venv/bin/python -m pip ", ".venv/bin/python -m pytest "),
    ".venv/bin/python -m quanticity.quant",
    *("pip install", "git clone", "cd "),
)
# Commands that ask a system that runs.
LIVE = ("explain", "get", "keys", "status")
# Commands that record a system that runs, and that read what was recorded.
RECORDED = ("record", "replay")
# Commands whose answer a run that has just begun does not have yet.
OF_VALUES = ("get ", "explain ", "status")
# Commands that do not end by themselves: how they are shown to work.
SHOWN_BY_HELP = ("run", "sim vendors")
# Snippets that stand as deep as they do in the shipped file are there to be pasted below a line.
BELOW = {6: "    endpoints:\n", 2: "data_sources:\n"}


@dataclass(frozen=True)
class Snippet:
    """One fenced block of a document."""

    place: str
    language: str
    text: str


@cache
def snippets(language: str = "") -> tuple[Snippet, ...]:
    """All fenced blocks, or those of one language."""
    return tuple(
        block for path in DOCUMENTS for block in _blocks(path) if language in ("", block.language)
    )


def _blocks(path: Path) -> Iterator[Snippet]:
    text = path.read_text(encoding="utf-8")
    for found in re.finditer(r"^( *)```([^\n]*)\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, found.start()) + 1
        yield Snippet(f"{path.relative_to(ROOT).as_posix()}:{line}", found[2].strip(), found[3])


def _by_place(blocks: tuple[Snippet, ...]) -> list[Any]:
    return [pytest.param(block, id=block.place) for block in blocks]


def test_every_snippet_says_its_language():
    assert [block.place for block in snippets() if block.language not in LANGUAGES] == []


@pytest.mark.parametrize("block", _by_place(snippets("json")))
def test_json_snippets_are_json(block: Snippet):
    json.loads(block.text)


@pytest.mark.parametrize("block", _by_place(snippets("python")))
def test_python_snippets_run(block: Snippet):
    exec(compile(block.text, block.place, "exec"), {"__name__": "snippet"})


@pytest.mark.parametrize("block", _by_place(snippets("yaml")))
def test_yaml_snippets_are_what_the_schema_takes(block: Snippet):
    tree = yaml.safe_load(block.text)
    if _depth(block) == 2:
        tree = {"data_sources": tree}
    problems = []
    for section in set(tree) & set(_sections()):
        spec, of_plugin = _sections()[section], tree.pop(section)
        problems += validate(spec, of_plugin, lambda path: (block.place, 0, 0))[1]
    if tree:
        spec, tree = _fit(tree)
        problems += validate(spec, _overlay(tree), lambda path: (block.place, 0, 0))[1]
    assert [str(problem) for problem in problems] == []


@cache
def _sections() -> Mapping[str, type[Spec]]:
    """What may stand in the sections of the plugins that ship."""
    return sections_of(PluginFolders([ROOT / "plugins"], installed=False).refresh())


def _fit(tree: dict[str, Any]) -> tuple[type[Spec], Any]:
    """The piece of config that a snippet is, going by the fields it has."""
    for spec in (Root, Preset, Endpoint, Source, StrategyFile):
        if set(tree) <= set(spec.model_fields):
            if spec is Source:
                return Source, {"base_url": "https://api.example.com", **tree}
            return spec, tree
    endpoints = {"base_url": "https://api.example.com", "endpoints": tree}
    return Source, endpoints


def _overlay(tree: Any) -> Any:
    """A snippet of an overlay leaves out what the base has."""
    sources = tree.get("data_sources", {})
    for source in sources.values():
        if "base_url" in source:
            continue
        source["base_url"] = "https://api.example.com"
        ends = source.get("endpoints", {})
        required = {"path": "/x", "interval_seconds": 60, "redis_key": "raw:x", "ttl_seconds": 60}
        source["endpoints"] = {
            name: {**required, **end} for name, end in ends.items() if end is not None
        }
    return tree


def _lines() -> dict[str, str]:
    """Each line of bash in the documents, without its comment, and where it stands first."""
    found: dict[str, str] = {}
    for block in snippets("bash"):
        for line in block.text.splitlines():
            command = re.sub(r"\s+#.*", "", line).strip()
            if command:
                found.setdefault(command, block.place)
    return found


PROGRAM = re.compile(r"^(?:\.venv/bin/python main\.py|python main\.py|quanticity)\b ?")
COMMANDS = {line: place for line, place in _lines().items() if PROGRAM.match(line)}


def test_every_line_of_bash_is_understood():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    strange = []
    for line, place in _lines().items():
        if line in COMMANDS or line.startswith(OTHER_PROGRAMS):
            continue
        words = [word for word in line.split() if "=" not in word]
        if words[:1] == ["make"] and set(words[1:]) <= targets:
            continue
        strange.append(f"{place}: {line}")
    assert not strange


def _asks_a_live_system(line: str) -> bool:
    return _word(line) in LIVE


def _word(line: str) -> str:
    return PROGRAM.sub("", line).split(" ")[0]


def _depth(block: Snippet) -> int:
    return len(block.text) - len(block.text.lstrip(" "))


def _project(folder: Path, *pasted: str) -> Path:
    """What ships, in a folder of its own, with snippets pasted where they belong."""
    for name in ("config", "transforms"):
        shutil.copytree(ROOT / name, folder / name)
    file = folder / "config" / "data_sources.yaml"
    text = file.read_text(encoding="utf-8")
    for snippet in pasted:
        below = BELOW[len(snippet) - len(snippet.lstrip(" "))]
        before, line, after = text.partition(below)
        text = before + line + snippet + after
    file.write_text(text, encoding="utf-8")
    return folder


# Those of the first source first: a source of one's own comes before it, and moves its line.
PASTED = sorted(
    (block for block in snippets("yaml") if _depth(block) in BELOW), key=_depth, reverse=True
)


def _show(line: str, environment: dict[str, str], cwd: Path = ROOT) -> None:
    command = PROGRAM.sub("", line)
    for words in SHOWN_BY_HELP:
        if command == words or command.startswith(f"{words} "):
            command = f"{words} --help"
    ends = time.monotonic() + 180
    while True:
        said = asked(shlex.split(command), cwd, environment)
        # Whoever reads this has had the system running for a while: not every key is there at once.
        if not said.status or not command.startswith(OF_VALUES) or time.monotonic() > ends:
            break
    assert said.status == 0, f"{COMMANDS[line]}: {said.out}{said.err}"
    assert said.out.strip()


@pytest.mark.parametrize(
    "line",
    [
        line
        for line in sorted(COMMANDS)
        if not _asks_a_live_system(line) and _word(line) not in RECORDED
    ],
)
def test_commands_in_the_documents_run(line: str, tmp_path: Path):
    """In what ships with everything pasted that the documents say to paste."""
    folder = _project(tmp_path / "project", *(block.text for block in PASTED))
    _show(line, demo_environment(tmp_path), folder)


def test_commands_in_the_documents_that_ask_a_running_system_do(running: dict[str, str]):
    asked = [line for line in sorted(COMMANDS) if _asks_a_live_system(line)]
    assert len(asked) >= len(LIVE)
    for line in asked:
        _show(line, running)


def test_commands_in_the_documents_that_record_and_replay_do(tmp_path: Path):
    lines = [line for line in COMMANDS if _word(line) in RECORDED]
    assert {_word(line) for line in lines} == set(RECORDED)
    _project(tmp_path)
    with running_system(cwd=tmp_path) as system:
        system.wait_for("raw:uw:spot_gex:SPY")
        # Two seconds of a machine whose plugins are still coming up hold no run.
        system.wait_for("✓ plugins")
        for line in lines:
            words = shlex.split(PROGRAM.sub("", re.sub(r"--duration [0-9]+", "--duration 2", line)))
            said = ask(*words, cwd=tmp_path)
            assert said.status == 0, f"{COMMANDS[line]}: {said}"


def test_what_the_documents_say_to_paste_flows_as_it_is(tmp_path: Path):
    _project(tmp_path, *(block.text for block in PASTED))
    for words in (["check"], ["plan"]):
        said = ask(*words, cwd=tmp_path)
        assert said.status == 0, said
        assert "short" not in said.out
    friday = date.today() + timedelta(days=18 - date.today().weekday())
    for name, key, values in (
        ("sector_pain", "raw:uw:sector_pain:XLF", []),
        ("tide_by_5m", "raw:uw:tide_by_5m", []),
        ("gex_by_expiry", f"raw:uw:gex_by_expiry:SPY:{friday}", ["--set", f"expiry={friday}"]),
        ("all_flow", "raw:uw:all_flow", []),
        ("net_prem_ticks", "raw:uw:net_prem:SPY", []),
    ):
        said = ask("probe", f"unusual_whales.{name}", *values, cwd=tmp_path)
        assert said.status == 0, said
        assert f"key      {key}  " in said.out
    with running_system(cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:sector_prices:XLF")


@pytest.mark.parametrize("page", ["README.md", "docs/adding-a-feed.md"])
def test_the_mistake_that_a_page_shows_is_what_the_program_prints(page: str, tmp_path: Path):
    snippet = next(each for each in PASTED if each.place.startswith(page)).text
    shown = next(
        line
        for block in snippets("text")
        if block.place.startswith(page)
        for line in block.text.splitlines()
        if "unknown field" in line
    )
    found = re.search(r"unknown field '(\w+)'; did you mean '(\w+)'", shown)
    assert found is not None
    assert found[2] in snippet
    _project(tmp_path, snippet.replace(found[2], found[1]))
    assert shown in ask("check", cwd=tmp_path).err.splitlines()


def test_the_test_of_a_new_transform_runs_as_the_documents_say(tmp_path: Path):
    _project(tmp_path)
    assert ask("new", "transform", "my_totals", cwd=tmp_path).status == 0
    (line,) = [line for line in _lines() if ".venv/bin/python -m pytest " in line]
    done = subprocess.run(
        [sys.executable, *shlex.split(line)[1:], "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _specs(spec: type[Spec], seen: set[type[Spec]]) -> set[type[Spec]]:
    if spec not in seen:
        seen.add(spec)
        for info in spec.model_fields.values():
            for inner in _types(info.annotation):
                if isinstance(inner, type) and issubclass(inner, Spec):
                    _specs(inner, seen)
    return seen


def _types(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _types(argument)


def test_every_config_field_has_its_line_in_the_reference():
    written = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").rglob("*.md")
    )
    missing = [
        f"{spec.__name__}.{info.alias or name}"
        for spec in sorted(_specs(Root, set()), key=lambda each: each.__name__)
        for name, info in spec.model_fields.items()
        if f"`{info.alias or name}`" not in written
    ]
    assert not missing, f"run `make reference`: {missing}"


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.name) for path in sorted(reference.GENERATED)]
)
def test_what_is_generated_is_fresh(path: Path):
    assert path.is_file(), f"run `make reference`: {path} is missing"
    assert path.read_text(encoding="utf-8") == reference.GENERATED[path](), "run `make reference`"


def test_every_page_is_reached_from_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if page not in navigation] == []


def test_every_decision_is_listed():
    listed = (ROOT / "docs" / "decisions" / "index.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs" / "decisions").glob("*.md")} - {"index.md"}
    assert {page for page in pages if f"({page})" not in listed} == set()
