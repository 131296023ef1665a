"""The example of what we add to the notes' language, whole."""

from __future__ import annotations

from pathlib import Path

from quanticity.errors import Severity
from tests.config.project import REFERENCE, Project

EXTENDED = REFERENCE / "extended.yaml"
CONTRACT = Path(__file__).parents[2] / "config" / "contracts" / "av_options.json"
LENDER = """\
      option_chains:
        path: "/stock/{symbol}/option-chains"
        symbols: [SPY]
        interval_seconds: 120
        redis_key: "raw:uw:chains:{symbol}"
        ttl_seconds: 360
"""


def test_the_extended_example_loads_once_what_it_leaves_out_is_there(tmp_path: Path) -> None:
    """Its contract and the feed that it takes expiries from: nothing else is missing."""
    project = Project(tmp_path)
    text = EXTENDED.read_text()
    project.base(text.replace("    endpoints:\n", f"    endpoints:\n{LENDER}", 1))
    project.write("contracts/av_options.json", CONTRACT.read_text())
    loaded = project.load("demo")
    assert {problem.severity for problem in loaded.problems} == {Severity.WARNING}
    source = loaded.effective.sources["alpha_vantage"]
    assert source.off is None or "AV_API_KEY" in source.off
    assert set(source.endpoints) == {
        *("option_chains", "realtime_options", "strike_expiry_exposure", "flow_stream"),
    }
    assert source.endpoints["strike_expiry_exposure"].endpoint.max_calls == 10
    assert source.source.cost_budget is not None
    assert source.source.cost_budget.per_day == 25
