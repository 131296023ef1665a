from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from quanticity.cli.commands import MODULES, app_of
from quanticity.cli.probe import waits_for
from quanticity.config.loader import load
from tests.cli.asked import REPOSITORY, SMALL, ask, project, running

SECRET = "tok-3f9a77c1-never-shown"


def test_check_says_that_a_good_config_is_good(tmp_path: Path) -> None:
    project(tmp_path)
    said = ask("check", cwd=tmp_path)
    assert said.status == 0, said
    assert "the config is good" in said.out
    # Each component that a small config gives nothing to read had a line of its own.
    (components,) = [line for line in said.out.splitlines() if "binding" in line]
    assert re.fullmatch(r"· \d+ components +0 bindings +off; see components", components)


def test_check_tells_every_problem_with_its_line_and_the_near_miss(tmp_path: Path) -> None:
    bad = SMALL.replace("path:", "pathh:").replace("priority: critical", "priority: critcal")
    project(tmp_path, bad)
    said = ask("check", cwd=tmp_path)
    assert said.status == 1
    assert "data_sources.yaml:8:9: unknown field 'pathh'; did you mean 'path'?" in said.err
    assert "did you mean 'critical'?" in said.err
    assert "Traceback" not in said.out + said.err


def test_check_ticked_a_server_of_ones_own_that_was_not_there(tmp_path: Path) -> None:
    """A run would not start; `check` had looked at the address only."""
    project(tmp_path, plain="environment: plain\n")
    nowhere = {"REDIS_URL": "redis://:wire-secret-4471@127.0.0.1:1/0", "UW_API_TOKEN": "x" * 20}
    said = ask("check", "--env", "plain", cwd=tmp_path, environ=nowhere)
    assert said.status == 1
    assert "✗ store" in said.out
    assert "no store at redis://" in said.out
    assert "wire-secret-4471" not in said.out + said.err


def test_check_says_that_a_simulation_leaves_a_server_of_ones_own_alone(tmp_path: Path) -> None:
    project(tmp_path, demo="environment: demo\nsimulation: {vendors: true}\n")
    said = ask("check", cwd=tmp_path, environ={"REDIS_URL": "redis://127.0.0.1:1/0"})
    assert said.status == 0
    assert "REDIS_URL is left alone" in said.out


def test_check_as_json_names_what_is_off_and_why(tmp_path: Path) -> None:
    project(tmp_path, dev="environment: dev\n")
    said = ask("check", "--env", "dev", "--format", "json", cwd=tmp_path)
    told = json.loads(said.out)
    assert said.status == 0
    assert told["ok"] is True
    assert told["sources"][0] == {
        "name": "unusual_whales",
        "on": False,
        "reason": "UW_API_TOKEN is not set",
        "endpoints": [{"name": "stock_state", "on": False, "reason": "UW_API_TOKEN is not set"}],
    }


def test_a_critical_feed_without_its_key_is_a_problem_in_prod(tmp_path: Path) -> None:
    project(tmp_path)
    said = ask("check", "--env", "prod", cwd=tmp_path)
    assert said.status == 1
    assert "UW_API_TOKEN" in said.err
    told = json.loads(ask("check", "--env", "prod", "--format", "json", cwd=tmp_path).out)
    assert (told["ok"], told["environment"]) == (False, "prod")


def test_an_unknown_environment_is_told_with_those_there_are(tmp_path: Path) -> None:
    project(tmp_path)
    said = ask("check", "--env", "prd", cwd=tmp_path)
    assert said.status == 1
    assert "did you mean 'prod'?" in said.err


def test_plan_gives_a_verdict_and_its_exit_status(tmp_path: Path) -> None:
    project(tmp_path)
    good = ask("plan", "--format", "json", cwd=tmp_path)
    assert good.status == 1, "two feeds a second are more than 110 a minute"
    config = tmp_path / "config" / "data_sources.yaml"
    config.write_text(SMALL.replace("interval_seconds: 1", "interval_seconds: 5"))
    good = ask("plan", "--format", "json", cwd=tmp_path)
    assert good.status == 0, good
    assert json.loads(good.out)["verdict"] == "fits"
    assert "✓ fits" in ask("plan", "--session", "market_hours", cwd=tmp_path).out
    assert "planned: 2 feeds of 1 endpoint" in ask("plan", "--all", cwd=tmp_path).out
    assert "did you mean 'market_hours'?" in ask("plan", "--session", "marketh", cwd=tmp_path).err


def test_plan_sets_two_environments_side_by_side_and_exits_by_the_first(tmp_path: Path) -> None:
    slow = SMALL.replace("interval_seconds: 1", "interval_seconds: 5")
    overlay = (
        "simulation: {vendors: true}\n"
        "data_sources: {unusual_whales: {endpoints: {stock_state: {CHANGED}}}}\n"
    )
    project(
        tmp_path,
        slow,
        few=overlay.replace("CHANGED", "symbols: [SPY], cost_per_call: 0.01"),
        fast=overlay.replace("CHANGED", "interval_seconds: 1"),
    )
    said = ask("plan", "--against", "few", "--session", "market_hours", cwd=tmp_path)
    assert said.status == 0, said
    lines = said.out.splitlines()
    (row,) = [line for line in lines if line.startswith("unusual_whales")]
    assert row.split("  ")[0] == "unusual_whales"
    assert "2 → 1" in row
    assert "24.0 → 12.0" in row
    assert "0.00 → 46.80" in row
    assert "removed: 1 feed: unusual_whales.stock_state (QQQ)" in lines
    assert lines[-2:] == ["✓ demo: fits", "✓ few: fits"]
    said = ask("plan", "--against", "fast", "--format", "json", cwd=tmp_path)
    told = json.loads(said.out)
    assert (said.status, told["verdict"]) == (0, {"here": "fits", "there": "critical short"})
    assert {one["feed"] for one in told["ages"]} == {
        "unusual_whales.stock_state:SPY",
        "unusual_whales.stock_state:QQQ",
    }
    said = ask("plan", "--env", "fast", "--against", "demo", cwd=tmp_path)
    assert said.status == 1
    assert "✗ fast: critical short: unusual_whales: critical wants 120 calls" in said.out
    said = ask("plan", "--against", "fwe", cwd=tmp_path)
    assert (said.status, "did you mean 'few'?" in said.err) == (1, True)


def test_feeds_lists_every_endpoint(tmp_path: Path) -> None:
    project(tmp_path)
    rows = json.loads(ask("feeds", "--format", "json", cwd=tmp_path).out)
    assert [(row["feed"], row["symbols"], row["off"]) for row in rows] == [
        ("unusual_whales.stock_state", ["SPY", "QQQ"], None)
    ]
    assert "unusual_whales.stock_state" in ask("feeds", cwd=tmp_path).out


def test_config_show_names_the_origin_and_no_secret(tmp_path: Path) -> None:
    base = SMALL.replace("endpoints:", 'headers: {X-Extra: "${EXTRA_KEY}"}\n    endpoints:')
    project(tmp_path, base, dev="environment: dev\n")
    environ = {"EXTRA_KEY": SECRET, "UW_API_TOKEN": SECRET}
    said = ask("config", "show", "--env", "dev", "--origin", cwd=tmp_path, environ=environ)
    assert said.status == 0, said
    assert "data_sources.yaml:9" in said.out
    assert "env/dev.yaml:1" in said.out
    assert SECRET not in said.out + said.err


def test_config_diff_shows_what_another_environment_changes(tmp_path: Path) -> None:
    prod = "data_sources: {unusual_whales: {timeout_seconds: 9}}\n"
    project(tmp_path, dev="environment: dev\n", prod=prod)
    said = ask("config", "diff", "dev", "prod", cwd=tmp_path)
    assert said.status == 0, said
    assert "data_sources.unusual_whales.timeout_seconds: 9" in said.out
    assert "env/prod.yaml:1" in said.out


def test_config_schema_is_a_json_schema(tmp_path: Path) -> None:
    told = json.loads(ask("config", "schema", cwd=tmp_path).out)
    assert "data_sources" in told["properties"]


def test_a_new_feed_loads_as_it_is(tmp_path: Path) -> None:
    config = project(tmp_path)
    said = ask("new", "feed", "unusual_whales.quote", cwd=tmp_path)
    assert said.status == 0, said
    assert "data_sources.yaml:" in said.out
    assert ask("check", cwd=tmp_path).status == 0
    assert (config / "data_sources.yaml").read_text().startswith(SMALL.rstrip("\n")[:200])


def test_a_new_feed_of_a_misspelt_source_is_refused_and_a_new_one_begun_when_told(
    tmp_path: Path,
) -> None:
    config = project(tmp_path)
    said = ask("new", "feed", "unusual_whale.quote", cwd=tmp_path)
    assert said.status == 1
    assert "did you mean 'unusual_whales'?" in said.err
    assert (config / "data_sources.yaml").read_text() == SMALL
    said = ask("new", "feed", "other.quote", "--new-source", cwd=tmp_path)
    assert "other is a new source" in said.out
    assert ask("check", cwd=tmp_path).status == 0


def test_a_new_transform_has_a_test_that_passes(tmp_path: Path) -> None:
    project(tmp_path)
    said = ask("new", "transform", "my_totals", cwd=tmp_path)
    assert said.status == 0, said
    assert f"{sys.executable} -m pytest tests/transforms/test_my_totals.py" in said.out.replace(
        "its test: python ", f"its test: {sys.executable} "
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:valkey",
            "-p",
            "no:cacheprovider",
            "tests",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert done.returncode == 0, done.stdout
    assert ask("check", cwd=tmp_path).status == 0


def test_probe_makes_one_call_and_shows_its_shape(tmp_path: Path) -> None:
    project(tmp_path)
    said = ask(
        "probe", "unusual_whales.stock_state", "--symbol", "TSLA", "--format", "json", cwd=tmp_path
    )
    told = json.loads(said.out)
    assert said.status == 0, said
    assert told["key"] == "raw:uw:state:TSLA"
    assert told["status"] == 200
    assert told["shape"].startswith("{data: {")
    assert told["quota_left"] == 109


def test_probe_says_for_what_it_waits_and_how_long_at_most(tmp_path: Path) -> None:
    project(tmp_path)
    loaded = load(tmp_path / "config", "demo", {})
    source = loaded.effective.sources["unusual_whales"]
    assert waits_for(source.endpoints["stock_state"], source, 60) == (
        "asking unusual_whales.stock_state: at most 60 s for a free call of unusual_whales, "
        "then 15 s for the answer (4 tries)"
    )


def test_probe_gives_up_when_the_limit_leaves_no_call(tmp_path: Path) -> None:
    few = SMALL.replace(
        "requests_per_minute: 120, buffer: 10, burst_size: 20", "requests_per_day: 3"
    )
    project(tmp_path, few)
    words = ("probe", "unusual_whales.stock_state", "--wait", "0.5")
    with running(cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:state:SPY")
        said = [ask(*words, cwd=tmp_path) for _ in range(4)]
    assert said[-1].status == 1
    assert "no call of unusual_whales came free in 0.5 s" in said[-1].err
    assert "--wait SECONDS" in said[-1].err


def test_probe_of_a_source_took_its_name_for_a_misspelt_endpoint(tmp_path: Path) -> None:
    project(tmp_path)
    said = ask("probe", "unusual_whales", cwd=tmp_path)
    assert said.status == 1
    assert said.err.startswith(
        "'unusual_whales' is a source, not an endpoint; "
        "name one of its endpoints: unusual_whales.stock_state\n"
    )


def test_probe_names_the_near_miss(tmp_path: Path) -> None:
    project(tmp_path)
    said = ask("probe", "unusual_whales.stock_stat", cwd=tmp_path)
    assert said.status == 1
    assert "did you mean 'unusual_whales.stock_state'?" in said.err


@pytest.mark.parametrize("words", [("get", "raw:uw:state:SPY"), ("keys",), ("status",)])
def test_looking_at_a_system_that_does_not_run_says_how_to_start_one(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    project(tmp_path)
    said = ask(*words, cwd=tmp_path)
    assert said.status == 1
    assert f"{REPOSITORY}/main.py run --env demo" in said.err
    assert said.err.rstrip().endswith("--env demo")
    assert "Traceback" not in said.err


def test_every_command_has_help_with_an_example() -> None:
    for words in (
        *(["run"], ["check"], ["plan"], ["feeds"], ["status"], ["keys"], ["get"], ["probe"]),
        *(["config", "show"], ["config", "diff"], ["config", "schema"]),
        *(["new", "feed"], ["new", "transform"], ["sim", "vendors"]),
    ):
        said = CliRunner().invoke(app_of(words), [*words, "--help"], env={"COLUMNS": "200"})
        assert said.exit_code == 0, words
        assert "Example: quanticity " + " ".join(words) in said.output, words


def test_the_table_of_modules_names_every_command_that_they_register() -> None:
    def registered(words: tuple[str, ...]) -> list[str]:
        return sorted(typer.main.get_command(app_of(words)).commands)  # type: ignore[attr-defined]

    assert registered(()) == sorted(name for names in MODULES.values() for name in names)
    for names in MODULES.values():
        assert all(registered((name, "--env", "demo")) == sorted(names) for name in names)


@pytest.mark.parametrize(
    ("command", "others"),
    [
        (["config", "show"], ("aiohttp", "redis", "quanticity.app")),
        (["--version"], ("aiohttp", "redis", "quanticity.app")),
        (["status"], ("aiohttp", "quanticity.app")),
        (["keys"], ("aiohttp", "quanticity.app")),
        (["get", "x"], ("aiohttp", "quanticity.app")),
        (["explain", "x"], ("aiohttp", "quanticity.app")),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_a_short_command_read_the_whole_program_into_memory(
    command: list[str], others: tuple[str, ...]
) -> None:
    """Twice the time of `plan` or `config` was spent on what only others need."""
    look = (
        f"import sys; from quanticity.cli import program; program({command});"
        f"print([name for name in {others} if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", look], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_is_none_is_told_without_a_traceback(tmp_path: Path, port: str) -> None:
    said = ask("sim", "vendors", "--port", port, cwd=tmp_path)
    assert said.status == 2
    assert "Traceback" not in said.err


def test_a_port_in_use_is_told_without_a_traceback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = ask("sim", "vendors", "--port", str(taken.getsockname()[1]), cwd=tmp_path)
    assert said.status == 1
    assert said.err.startswith("no port to listen at")
    assert "address already in use" in said.err


def test_a_folder_of_recordings_that_is_not_there_was_served_as_if_it_were(tmp_path: Path) -> None:
    said = ask("sim", "vendors", "--recorded", "nowhere", cwd=tmp_path)
    assert said.status == 1
    assert said.err.startswith("there is no folder 'nowhere': nothing recorded to serve")


def test_a_config_with_warnings_only_was_told_with_the_sign_of_a_failure(tmp_path: Path) -> None:
    project(tmp_path, SMALL.replace("/stock-state", "/stock-state/{}"))
    said = ask("check", cwd=tmp_path)
    assert said.status == 0
    assert "\ndata_sources.yaml:" in said.out
    assert ": warning: " in said.out
    assert "\n! demo: the config is good" in said.out
    run = ask("run", "--duration", "0.2", cwd=tmp_path)
    assert "! config     demo: 1 of 1 source on, 1 endpoint; 1 warning, see check" in run.out
    assert "✗ config" not in run.out
