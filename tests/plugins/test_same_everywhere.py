"""The shipped components over hostile markets: no error, and the same bytes in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quanticity.testing.markets import books, chains, tapes
from tests.plugins.hostile_market import MONDAY, PLUGINS

PURE = {
    "data_quality",
    "crosscheck",
    "realised_vol",
    "regime",
    "market_regime",
    "vol_forecast",
    "market_vol_forecast",
    "correlation_matrix",
    "mean_reversion",
    "confluence",
    "pulse",
    "parameter_discovery",
    "discovery",
    "active_signals",
    "unusual_volume",
    "expected_range",
    "vwap",
    "technicals",
    "toxic_flow",
    "trade_patterns",
    "vpin",
    "tick_bars",
    "market_quote",
    "execution_cost",
    "anomalies",
    "book_quality",
    "expected_move",
    "exposure",
    "chain_quality",
    "exposure_delayed",
    "gamma_scalp_0dte",
    "gex_crosscheck",
    "gex_shift",
    "greeks",
    "net_gamma",
    "option_activity",
    "pin_risk",
    "skew",
    "vanna_charm",
}


_STEPS = st.one_of(
    st.tuples(st.just("chain"), chains(MONDAY)),
    st.tuples(st.just("book"), books(MONDAY)),
    st.tuples(st.just("tape"), tapes(MONDAY)),
)


def market(steps: int) -> list[Any]:
    """Chains, books and tapes that hypothesis made up, the same each time."""
    made: list[Any] = []

    @settings(
        max_examples=steps,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_STEPS)
    def collect(step: Any) -> None:
        made.append(step)

    collect()
    return made


def apart(file: Path, seed: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.plugins.hostile_market", str(file)],
        cwd=PLUGINS.parent,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_hostile_markets_give_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    file = tmp_path / "market.json"
    steps = 2000 if os.environ.get("QUANTICITY_SOAK") else 200
    file.write_text(json.dumps(market(steps)))
    first, second = apart(file, "1"), apart(file, "77")
    assert first == second
    assert first["errors"] == []
    assert set(first["runs"]) >= PURE
    assert sum(first["runs"].values()) > steps
