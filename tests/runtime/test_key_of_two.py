"""A key that a component and the config both write: told with the line of the other one too."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.config.loader import load
from quanticity.runtime.bindings import bindings_of
from quanticity.runtime.loader import PluginFolders
from tests.runtime.project import project

CONFIG = """\
data_sources:
  vendor:
    base_url: "https://vendor.invalid"
    endpoints:
      chain:
        path: "/chain/{symbol}"
        symbols: [SPY]
        interval_seconds: 60
        redis_key: "raw:v:chain:{symbol}"
        ttl_seconds: 180
      quote:
        path: "/quote/{symbol}"
        symbols: [SPY]
        interval_seconds: 60
        redis_key: "raw:v:quote:{symbol}"
        transform_config: {numbers: true}
        output_key: "feed:v:quote:{symbol}"
        ttl_seconds: 180
aggregates:
  both:
    sources: [vendor.chain, vendor.quote]
    redis_key: "aggregated:both:{symbol}"
    ttl_seconds: 60
"""

PLUGIN = '''
from quanticity.api import Analytic, Key

class First(Analytic):
    """Reads a feed."""
    name = "first"
    reads = {"chain": Key("raw:v:chain:{symbol}", 60)}
    writes = {"out": Key("analytics:first:{symbol}")}
    def compute(self, inputs, state, now):
        return {}, state
'''


@pytest.mark.parametrize(
    ("pattern", "whose"),
    [
        ("raw:v:quote:{symbol}", "vendor.quote (data_sources.yaml:15)"),
        ("feed:v:quote:{symbol}", "vendor.quote (data_sources.yaml:17)"),
        ("aggregated:both:{symbol}", "aggregate both (data_sources.yaml:22)"),
    ],
)
def test_a_feed_that_took_a_components_key_was_told_at_a_line_that_nobody_had_edited(
    tmp_path: Path, pattern: str, whose: str
) -> None:
    plugin = PLUGIN.replace("analytics:first:{symbol}", pattern)
    folder = project(tmp_path, CONFIG, {"one": plugin})
    plugins = PluginFolders([tmp_path / "plugins"]).refresh()
    (told,) = [str(one) for one in bindings_of(load(folder, "dev", {}), plugins).problems]
    key = pattern.replace("{symbol}", "SPY")
    assert f"first:SPY and {whose} both write {key}; a key has one writer" in told
