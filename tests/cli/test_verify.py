"""`status --verify`: one word, and an exit status, on whether what is needed is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from quanticity.cli.verify import verdict, verified
from quanticity.model import Priority
from tests.cli.asked import SMALL, ask, project, running

IMPORTANT = Priority.IMPORTANT


def row(status: str, age: float | None = 3.0, reason: str = "", group: str = "critical") -> Any:
    key = f"raw:v:{status}"
    return {
        "key": key, "feed": key, "group": group, "age": age, "status": status, "reason": reason
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "fresh"),
    [
        (row("ok"), True),
        (row("drift", reason="data.*.x is missing"), True),
        (row("running"), True),
        (row("running", None, "first fetch"), False),
        (row("ok", None, "the vendor has nothing there"), True),
        (row("off", None), True),
        (row("stale", 700.0, "older than 180 s"), False),
        (row("error", 3.0, "not found (404)"), False),
        (row("first", None, "for its first turn"), False),
        (row("held", None, "runs at 15:00-16:00 Eastern only"), True),
        (row("held", 700.0, "waits until market_hours"), True),
        (row("held", None, "no call is free now (3 in flight)"), False),
    ],
)
def test_what_is_late_is_told_and_what_has_its_hours_is_excused(given: Any, fresh: bool) -> None:
    (one,) = verified([given], Priority.CRITICAL)
    assert (one.fresh, one.key, one.age) == (fresh, given["key"], given["age"])


def test_the_groups_below_are_not_asked_about_and_what_lacks_comes_first() -> None:
    rows = [
        row("ok"),
        row("stale", group="important"),
        row("first", None, group="nice_to_have"),
        row("error", group="background"),
    ]
    assert [one.key for one in verified(rows, IMPORTANT)] == ["raw:v:stale", "raw:v:ok"]
    assert verdict(verified(rows, IMPORTANT)) == "✗ 1 of 2 keys without a fresh value"
    assert [one.fresh for one in verified(rows, Priority.BACKGROUND)] == [False] * 3 + [True]


def test_a_job_of_the_morning_knows_by_the_exit_status(tmp_path: Path) -> None:
    """M17: each key that is needed, with its age."""
    late = """\
      late:
        path: "/stock/{symbol}/no-such-thing"
        symbols: [SPY]
        interval_seconds: 5
        redis_key: "raw:uw:late:{symbol}"
        ttl_seconds: 60
        priority: background
"""
    project(tmp_path, SMALL.replace("interval_seconds: 1\n", "interval_seconds: 5\n") + late)
    with running(cwd=tmp_path) as system:
        for text in ("→ raw:uw:state:SPY", "→ raw:uw:state:QQQ", "not found (404)"):
            system.wait_for(text)
        # It tells of itself once a second.
        system.wait_until(lambda: ask("status", "--verify", "critical", cwd=tmp_path).status == 0)
        said = ask("status", "--verify", "critical", cwd=tmp_path)
        assert "raw:uw:state:QQQ" in said.out
        assert "✓ 2 keys, all with a fresh value or excused" in said.out
        said = ask("status", "--verify", "background", "--format", "json", cwd=tmp_path)
    assert said.status == 1
    told = json.loads(said.out)
    assert told["ok"] is False
    first = told["keys"][0]
    assert (first["key"], first["fresh"], first["age"]) == ("raw:uw:late:SPY", False, None)
    assert "404" in first["reason"]
