"""What a person reads is what there is."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

from rich.table import Table

from quanticity.cli.screen import screen
from tests.cli.asked import REPOSITORY, SMALL, ask, environment, project


def test_a_key_is_not_taken_for_an_emoji_nor_a_range_for_a_style() -> None:
    """`raw:v:quote` was shown as a hand that makes a V, and `[dim]` was not shown at all."""
    table = Table("key", "what it gives")
    table.add_row("raw:v:quote", "rows [dim] of [0-2]")
    console = screen(100)
    with console.capture() as shown:
        console.print(table)
        console.print("raw:v:quote [red]")
    text = shown.get()
    assert text.count("raw:v:quote") == 2
    assert "rows [dim] of [0-2]" in text
    assert "[red]" in text


LONG = """\
data_sources:
  v:
    base_url: https://v.com
    endpoints:
      quote:
        path: /q/{symbol}
        symbols: [SPY]
        interval_seconds: 60
        redis_key: "raw:v:quote:{symbol}"
        ttl_seconds: 180
"""
MANY = ", ".join(f"SYM{number}" for number in range(60))
OVER = f"data_sources: {{v: {{endpoints: {{quote: {{symbols: [{MANY}]}}}}}}}}\n"


def on_a_terminal(words: list[str], folder: Path) -> list[str]:
    """What a command prints on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "main.py"), *words],
        cwd=folder,
        env=environment({"COLUMNS": "80"}),
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    parts = []
    try:
        while part := os.read(ours, 65536):
            parts.append(part)
    except OSError:  # how a terminal says that nobody writes to it any more
        pass
    finally:
        os.close(ours)
        process.wait(60)
    return b"".join(parts).decode().splitlines()


def test_a_long_line_was_broken_in_the_middle_of_its_words(tmp_path: Path) -> None:
    project(tmp_path, LONG, prod=OVER)
    diff = on_a_terminal(["config", "diff", "dev", "prod"], tmp_path)
    graph = on_a_terminal(["graph"], REPOSITORY)
    for shown in (diff, graph):
        assert len(shown) > 4
        assert max(map(len, shown)) <= 80
        # What goes on stands further in than what it belongs to.
        assert any(line.startswith("    ") for line in shown)
    assert all(f"SYM{number}" in " ".join(diff) for number in range(60))


def test_a_pipe_has_whole_lines(tmp_path: Path) -> None:
    project(tmp_path, LONG, prod=OVER)
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "main.py"), "config", "diff", "dev", "prod"],
        cwd=tmp_path,
        env=environment({"COLUMNS": "80"}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert max(map(len, done.stdout.splitlines())) > 400


NOISY = """\
import sys

from quanticity.api import transform

print("loaded")


@transform
def noisy(payload, config, state):
    sys.stdout.write("computing\\n")
    return payload, None
"""


def test_what_a_transform_and_a_plugin_print_stood_before_the_json(tmp_path: Path) -> None:
    project(tmp_path, SMALL.replace("priority: critical", "transform: noisy"))
    for name in ("transforms", "plugins"):
        (tmp_path / name).mkdir()
    (tmp_path / "transforms" / "noisy.py").write_text(NOISY)
    assert ask("new", "analytic", "chatty", cwd=tmp_path).status == 0
    plugin = tmp_path / "plugins" / "analytics" / "chatty.py"
    plugin.write_text(f'{plugin.read_text()}\n\nprint("loaded as well")\n')
    for command in ("check", "feeds", "components", "plan", "probe unusual_whales.stock_state"):
        said = ask(*command.split(), "--format", "json", cwd=tmp_path)
        json.loads(said.out)
        assert "loaded" in said.err
        assert "loaded" in ask(*command.split(), cwd=tmp_path).out, "text is for people"
    for form in ("json", "svg", "mermaid"):
        assert "loaded" not in ask("graph", f"--format={form}", cwd=tmp_path).out
