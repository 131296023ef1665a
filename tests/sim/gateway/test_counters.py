"""Counters as they are read by others."""

from __future__ import annotations

import orjson

from quanticity.sim.gateway.counters import Counters


def test_counts_written_as_json_kept_pairs_for_keys():
    """Copied by the standard library, a counter counts its own pairs."""
    counters = Counters()
    counters.sent["tick price"] += 2
    counters.errors["200"] += 1
    written = orjson.loads(orjson.dumps(counters.as_dict()))
    assert written["sent"] == {"tick price": 2}
    assert written["errors"] == {"200": 1}
    assert written["violations"] == {}
