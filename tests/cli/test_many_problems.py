"""A config with thousands of mistakes, and one with a name of 100 kB."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.asked import ask, project

HEAD = "data_sources:\n  v:\n    base_url: https://v.com\n    endpoints:\n"
WRONG = '      e{0}: {{path: /q, intrval: 5, redis_key: "raw:v:{0}", ttl_seconds: 9}}\n'


@pytest.mark.parametrize("command", ["check", "feeds", "run"])
def test_a_thousand_mistakes_were_thousands_of_lines(tmp_path: Path, command: str) -> None:
    project(tmp_path, HEAD + "".join(WRONG.format(number) for number in range(1000)))
    said = ask(command, cwd=tmp_path)
    told = [line for line in said.err.splitlines() if line.startswith("data_sources.yaml:")]
    assert (said.status, len(told)) == (1, 50)
    assert told[0].startswith("data_sources.yaml:5:")
    assert "… and 950 more: see check --format json" in said.err
    if command == "check":
        assert said.err.splitlines()[-1] == "1,000 problems"
        everything = json.loads(ask("check", "--format", "json", cwd=tmp_path).out)
        assert len(everything["problems"]) == 1000


def test_a_key_of_100_kb_was_quoted_whole(tmp_path: Path) -> None:
    key = f"raw v:{'k' * 100_000}:end"
    project(
        tmp_path,
        HEAD + f'      e: {{path: /q, interval_seconds: 5, redis_key: "{key}", ttl_seconds: 9}}\n',
    )
    for command in ("check", "feeds"):
        said = ask(command, cwd=tmp_path)
        (line,) = [line for line in said.err.splitlines() if line.startswith("data_sources")]
        assert said.status == 1
        assert "'raw v:kkk" in line
        assert " characters) … kkk" in line
        assert len(line) < 1000
    (problem,) = json.loads(ask("check", "--format", "json", cwd=tmp_path).out)["problems"]
    assert key in problem["message"]
