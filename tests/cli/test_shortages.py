"""`check` says where a schedule does not fit, with the line of the source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.asked import SMALL, ask, project


@pytest.mark.parametrize("group", ["critical", "nice_to_have"])
def test_check_did_not_say_that_a_schedule_was_short(group: str, tmp_path: Path) -> None:
    base = SMALL.replace("priority: critical", f"priority: {group}")
    project(tmp_path, base.replace("interval_seconds: 1", "interval_seconds: 0.5"))
    found = ask("check", cwd=tmp_path)
    assert found.status == 0, found
    (line,) = [line for line in found.out.splitlines() if "short:" in line]
    said = f"warning: short: unusual_whales: {group} wants 240 calls a minute in"
    assert line.startswith(f"data_sources.yaml:5:5: {said}")
    assert "and can have 1" in line
    assert ", and in 5 more sessions; " in line
    assert line.endswith("longer intervals, fewer symbols or another share; `plan` shows it whole")
    assert found.out.endswith("good, but its schedule is short of calls: see `plan`\n")


def test_a_shortage_was_told_without_the_feed_that_makes_it(tmp_path: Path) -> None:
    heavy = """\
      heavy:
        path: "/stock/{symbol}/heavy"
        symbols: [SPY, QQQ, IWM]
        interval_seconds: 1
        redis_key: "raw:uw:heavy:{symbol}"
        ttl_seconds: 60
        priority: critical
"""
    project(tmp_path, SMALL + heavy)
    (line,) = [line for line in ask("check", cwd=tmp_path).out.splitlines() if "short:" in line]
    assert "(most by unusual_whales.heavy, data_sources.yaml:14), and in " in line
    planned = json.loads(ask("plan", "--format", "json", cwd=tmp_path).out)["shortages"]
    assert {short["most"] for short in planned} == {"unusual_whales.heavy"}
    assert planned[0]["message"].endswith(" (most by unusual_whales.heavy)")


def test_a_schedule_that_fits_is_not_spoken_of(tmp_path: Path) -> None:
    project(tmp_path, SMALL.replace("interval_seconds: 1", "interval_seconds: 5"))
    found = ask("check", "--format", "json", cwd=tmp_path)
    assert found.status == 0
    assert json.loads(found.out)["problems"] == []


def test_what_is_off_wants_no_calls(tmp_path: Path) -> None:
    base = SMALL.replace("interval_seconds: 1", "interval_seconds: 0.5")
    project(tmp_path, base, live="environment: live\n")
    found = ask("check", "--env", "live", cwd=tmp_path)
    assert found.status == 0
    assert "short:" not in found.out + found.err
