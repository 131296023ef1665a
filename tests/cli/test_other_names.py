"""A key asked for by another name: that of its feed, or of the design notes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.asked import ask, project, running

TICKS = """\
data_sources:
  unusual_whales:
    base_url: "https://api.unusualwhales.com/api"
    auth: {type: bearer, token_env: UW_API_TOKEN}
    rate_limits: {requests_per_minute: 120, buffer: 10}
    endpoints:
      call_put_ticks:
        path: "/stock/{symbol}/net-prem-ticks"
        params: {date: today}
        symbols: [SPY]
        interval_seconds: 60
        redis_key: "raw:uw:ticks:{symbol}"
        ttl_seconds: 180
      a_name_of_my_own:
        path: "/stock/{symbol}/greek-flow"
        symbols: [SPY]
        interval_seconds: 60
        redis_key: "raw:uw:mine:{symbol}"
        ttl_seconds: 180
      earnings:
        path: "/stock/{symbol}/stock-state"
        symbols: [SPY]
        interval_seconds: 60
        redis_key: "earnings:{symbol}"
        ttl_seconds: 180
        conditions: {time_range: "15:00-16:00"}
"""


def test_a_feeds_name_was_no_key_though_the_registry_knew_which_it_means(tmp_path: Path) -> None:
    project(tmp_path, TICKS)
    with running(cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:ticks:SPY")
        for name in ("call_put_ticks:SPY", "unusual_whales.call_put_ticks:SPY"):
            said = ask("get", name, "--format", "json", cwd=tmp_path)
            assert said.status == 0
            assert json.loads(said.out)["source"] == "unusual_whales.call_put_ticks"
            assert f"{name} is raw:uw:ticks:SPY" in said.err
        system.wait_for("→ raw:uw:mine:SPY")
        said = ask("get", "a_name_of_my_own:SPY", cwd=tmp_path)
        assert (said.status, said.err) == (0, "a_name_of_my_own:SPY is raw:uw:mine:SPY\n")
        said = ask("get", "a_name_of_my_own", cwd=tmp_path)
        assert "one for each of its values: a_name_of_my_own:SPY" in said.err
        said = ask("get", "statistics", cwd=tmp_path)
        assert "state:" not in said.err
        said = ask("get", "ticks:IWM", cwd=tmp_path)
        assert said.status == 1
        assert "IWM is not among the symbols of unusual_whales.call_put_ticks" in said.err
        said = ask("get", "earnings", cwd=tmp_path)
        assert "it may be raw:nasdaq:earnings or raw:fmp:earnings" in said.err
        # A key of one's own that is called as the notes call another is what it says.
        said = ask("get", "earnings:SPY", cwd=tmp_path)
        assert "no value yet under 'earnings:SPY': the feed unusual_whales.earnings:SPY" in said.err
