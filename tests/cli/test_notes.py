"""A config as the design notes write it runs as it is: the block that they give for reference."""

from __future__ import annotations

import json
from pathlib import Path

from quanticity.config.loader import load
from quanticity.model import Priority
from tests.cli.asked import REPOSITORY, ask, running
from tests.config.project import REFERENCE


def a_folder_of_ones_own(home: Path) -> Path:
    base = home / "config" / "data_sources.yaml"
    base.parent.mkdir()
    base.write_text((REFERENCE / "notes.yaml").read_text())
    (home / "transforms").symlink_to(REPOSITORY / "transforms")
    return base


def test_each_figure_of_the_reference_block_is_taken_as_it_is_written(tmp_path: Path) -> None:
    """A06, and A02 and A03 with it."""
    loaded = load(a_folder_of_ones_own(tmp_path), "dev", {"UW_API_TOKEN": "x" * 20})
    assert loaded.problems == ()
    source = loaded.effective.sources["unusual_whales"]
    assert source.off is None
    auth, limits = source.source.auth, source.limits
    assert (auth.type, auth.token_env) == ("bearer", "UW_API_TOKEN")
    assert [(one.limit, one.seconds, one.usable) for one in limits.all_windows()] == [
        (120, 60, 110)
    ]
    assert limits.burst_size == 20
    found = source.endpoints["spot_gex"]
    spot_gex, policy = found.endpoint, found.endpoint.retry_policy
    assert spot_gex.path == "/stock/{symbol}/spot-exposures"
    assert spot_gex.redis_key == "raw:uw:spot_gex:{symbol}"
    assert (spot_gex.interval_seconds, spot_gex.ttl_seconds) == (60, 180)
    assert tuple(spot_gex.symbols) == ("SPY", "QQQ", "IWM")
    assert spot_gex.params == {"date": "today"}
    assert (spot_gex.transform, sorted(spot_gex.transform_config)) == (
        "parse_gex",
        ["calculate_deltas", "flatten_nested", "parse_timestamps"],
    )
    assert policy is not None
    assert (policy.attempts, policy.backoff) == (3, "exponential")
    assert found.group is Priority.CRITICAL
    assert spot_gex.cost_per_call == 0.01
    conditions = source.endpoints["greek_flow"].endpoint.conditions
    assert (conditions.market_state, conditions.time_range) == ("open", "09:30-16:00")
    assert source.endpoints["greek_flow"].endpoint.depends_on == ("spot_gex",)


def test_it_runs_and_counts_what_it_spends(tmp_path: Path) -> None:
    a_folder_of_ones_own(tmp_path)
    with running(cwd=tmp_path) as system:
        for key in ("spot_gex:SPY", "greek_flow:IWM", "congress"):
            system.wait_for(f"→ raw:uw:{key}")
        said = ask("get", "feed:uw:spot_gex:SPY", "--format", "json", cwd=tmp_path)
        ledger = ("get", "state:cost:unusual_whales", "--format", "json")
        system.wait_until(lambda: ask(*ledger, cwd=tmp_path).status == 0)
        (day,) = json.loads(ask(*ledger, cwd=tmp_path).out).values()
        told = json.loads(ask("status", "--format", "json", cwd=tmp_path).out)
    value = json.loads(said.out)["data"]
    assert isinstance(value["total_gamma"], float)
    (cost,) = told["costs"]
    # Three symbols at least; greek_flow and congress have no price.
    assert cost["endpoints"].keys() == {"spot_gex"}
    assert cost["today"] >= 0.03
    # A22: what was spent stays, by day and endpoint.
    assert day.keys() == {"spot_gex"}
