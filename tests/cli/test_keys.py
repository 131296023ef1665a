"""What other programs wrote into the store, shown by `keys` and `get`."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from quanticity.cli.commands import guarded
from quanticity.cli.keys import as_json, expires_in, pretty, visible
from tests.cli.asked import REPOSITORY, SMALL, environment, project


@pytest.mark.parametrize("raw", [b"plain text", b"\xff\xfe\x00", b"", b'{"a":', b"NaN"])
def test_what_another_program_wrote_was_no_json_or_a_traceback(raw: bytes) -> None:
    assert json.loads(as_json(raw)) == raw.decode("utf-8", "replace")


def test_json_stays_as_it_is() -> None:
    assert as_json(b'{ "a": 12345678901234567890123 }') == '{ "a": 12345678901234567890123 }'


def test_a_value_that_is_nested_deep_was_a_traceback() -> None:
    deep = b"[" * 500 + b"]" * 500
    assert pretty(deep) == deep.decode()


def test_values_and_names_of_others_moved_the_cursor() -> None:
    assert visible("raw:\x1b[2Jx\n\x9b1m\u2028é☃") == "raw:\\x1b[2Jx\\n\\x9b1m\\u2028é☃"
    assert pretty(b"a\tb\n\x1b]0;title\x07") == "a\tb\n\\x1b]0;title\\x07"
    assert pretty('{"a": "\x9b1m"}'.encode()) == '{\n  "a": "\\x9b1m"\n}'


def test_a_name_that_is_not_utf_8_was_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    app = typer.Typer()

    @app.command()
    def get(key: str) -> None:
        key.encode()

    assert guarded(app, ["raw:\udcff"]) == 1
    assert capsys.readouterr().err == (
        "'raw:\\udcff' is not UTF-8, which all names and values are\n"
    )


def test_a_terminal_with_fewer_signs_than_we_print_was_a_traceback(tmp_path: Path) -> None:
    named = SMALL.replace("      stock_state:", '      stock_state:\n        description: "café ☃"')
    project(tmp_path, named)
    # In a process of its own: one that was forked has its streams already.
    said = subprocess.run(
        [sys.executable, str(REPOSITORY / "main.py"), "feeds"],
        cwd=tmp_path,
        env=environment({"PYTHONIOENCODING": "ascii"}),
        capture_output=True,
        check=False,
    )
    assert said.stderr == b""
    assert b"caf\\xe9 \\u2603" in said.stdout


def test_a_key_without_an_end_expired_in_inf_d() -> None:
    assert [expires_in(ttl) for ttl in (math.inf, 30.0)] == ["never", "30 s"]
