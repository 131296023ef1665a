"""With nothing running a command says so, and what can be started."""

from __future__ import annotations

from pathlib import Path

from tests.cli.asked import SMALL, ask, project


def test_a_replays_state_was_offered_as_an_environment(tmp_path: Path) -> None:
    project(tmp_path, SMALL, dev="environment: dev\n")
    for name in ("replay", "dev"):
        (tmp_path / ".quanticity" / name).mkdir(parents=True)
    said = ask("status", cwd=tmp_path)
    assert said.status == 1
    assert "there is state of dev: choose it with --env" in said.err


def test_that_nobody_runs_was_not_said_beside_what_is_wrong_with_the_config(tmp_path: Path) -> None:
    project(tmp_path, SMALL.replace("priority: critical", "priority: critcal"))
    for command in (("status",), ("get", "raw:uw:spot_gex:SPY")):
        said = ask(*command, cwd=tmp_path)
        assert said.status == 1
        assert "no system is running in environment demo" in said.err
        assert "data_sources.yaml:" in said.err
