"""`sim`: where it listens, what struck, and everything that is wrong at once."""

from __future__ import annotations

import json
import math
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from quanticity.cli.sim_day import SimulatedDay
from quanticity.clock import MarketCalendar
from quanticity.errors import ConfigError
from tests.cli.asked import SMALL, Running, ask, project, running


def where(run: Running) -> dict[str, dict[str, Any]]:
    """What the first line says, once it is there."""
    run.wait_until(lambda: "\n" in run.said())
    found: dict[str, dict[str, Any]] = json.loads(run.said().splitlines()[0])
    return found


def struck(counters: Path, part: str) -> dict[str, int]:
    """The faults that struck, as a file of counters says."""
    found: dict[str, int] = json.loads(counters.read_text())[part]["faults"]
    return found


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_vendors_say_where_they_listen_and_count_what_struck(tmp_path: Path) -> None:
    counters = tmp_path / "counters.json"
    words = ("vendors", "--faults", "server_error+nightly_restart", "--counters", str(counters))
    with running(*words, "--scenario", "crash", cwd=tmp_path, command="sim") as run:
        listens = where(run)["vendors"]
        assert listens["pid"] == run.process.pid
        url = f"{listens['url']}/fred/fred/release/dates"
        run.wait_until(lambda: status(url) == 500)
        run.wait_until(lambda: struck(counters, "vendors").keys() == {"http.server_error"})
        assert json.loads(counters.read_text())["vendors"]["arrivals"]["fred"] >= 1
        assert run.stop() == 0
    assert "scenario crash, faults server_error+nightly_restart, seed 7" in run.said()
    assert "faults that struck: http.server_error " in run.said()


def test_a_day_passes_at_the_pace_that_is_asked_for(tmp_path: Path) -> None:
    url = "unusual_whales/api/stock/SPY/stock-state?token=x"
    words = ("vendors", "--start", "2026-01-05 10:00", "--time-scale", "600")
    with running(*words, cwd=tmp_path, command="sim") as run:
        root = where(run)["vendors"]["url"]

        def moment() -> str:
            asked = urllib.request.Request(f"{root}/{url}", headers={"Authorization": "Bearer x"})
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return str(json.loads(answer.read())["data"]["tape_time"])

        first = moment()
        assert first.startswith("2026-01-05T15:")
        run.wait_until(lambda: moment() > "2026-01-05T15:30")
        assert run.stop() == 0


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    words = ("--scenario", "crahs", "--faults", "flakey", "--time-scale", "0", "--start", "noon")
    said = ask("sim", "vendors", *words, cwd=tmp_path)
    assert said.status == 1
    assert said.err.splitlines() == [
        "--scenario: there is no scenario 'crahs'; did you mean 'crash'?",
        "--faults: there is no plan of faults 'flakey'; did you mean 'flaky'?",
        "--start: 'noon' is no moment; for example '2026-01-05 10:00', Eastern",
        "--time-scale: a clock cannot go 0 times as fast as real time; for example 10",
        "4 problems",
    ]


def test_moments_paces_and_seeds_that_no_market_has_ended_in_a_traceback() -> None:
    calendar = MarketCalendar()
    for day, told in (
        (SimulatedDay(time_scale=math.inf), "--time-scale: a clock cannot go inf times"),
        (SimulatedDay(start="9999-12-31"), "--start: there is no simulated market on 9999-12-31"),
        (SimulatedDay(start="0001-01-01"), "--start: there is no simulated market on 0001-01-01"),
        (SimulatedDay(seed=10**20), "--seed: 100000000000000000000 is too large for a seed"),
    ):
        with pytest.raises(ConfigError) as caught:
            day.begin(calendar)
        (problem,) = caught.value.problems
        assert str(problem).startswith(told)


def test_a_mistake_in_a_plan_of_ones_own_is_told_with_its_line(tmp_path: Path) -> None:
    plan = tmp_path / "mine.yaml"
    plan.write_text("faults:\n  - {fault: latency, with: {second: 2}}\n")
    said = ask("sim", "vendors", "--faults", str(plan), cwd=tmp_path)
    assert said.err.splitlines()[0] == (
        "mine.yaml:2:29: unknown field 'second'; did you mean 'seconds'?"
    )


def test_a_config_that_names_what_there_is_not_is_told_with_its_line(tmp_path: Path) -> None:
    # Of a gateway alone the names were not looked at, and its process died of them.
    written = "simulation:\n  gateway: true\n  scenario: crahs\n  faults: flaky+drp\n"
    config = project(tmp_path, SMALL, mine=written)
    for command in ("check", "run"):
        said = ask(command, "--config", str(config), "--env", "mine", cwd=tmp_path)
        assert said.status == 1
        told = said.err + said.out
        assert "mine.yaml:3:3: there is no scenario 'crahs'; did you mean 'crash'?" in told
        assert "mine.yaml:4:3: there is no plan of faults 'drp'; did you mean 'drop'?" in told


def test_vendors_and_gateway_are_one_market_and_one_command(tmp_path: Path) -> None:
    counters = tmp_path / "counters.json"
    words = ("--scenario", "crash", "--faults", "server_error", "--counters", str(counters))
    with running(*words, cwd=tmp_path, command="sim") as run:
        listens = where(run)
        assert listens["gateway"]["pid"] == listens["vendors"]["pid"] == run.process.pid
        run.wait_until(lambda: status(f"{listens['vendors']['url']}/fred/fred/x") == 500)
        with socket.create_connection(("127.0.0.1", listens["gateway"]["port"]), 10) as client:
            client.sendall(b"API\0\0\0\0\x09v157..157")
            assert client.recv(100)[4:].startswith(b"157\0")
        run.wait_until(lambda: struck(counters, "vendors").keys() == {"http.server_error"})
        assert json.loads(counters.read_text())["gateway"]["fired"] == {}
        assert run.stop() == 0


def test_options_before_the_name_of_a_command_are_not_lost(tmp_path: Path) -> None:
    said = ask("sim", "--scenario", "crash", "vendors", cwd=tmp_path)
    assert said.status == 1
    assert said.err.startswith("sim: '--scenario' stands before 'vendors'; write it behind")
