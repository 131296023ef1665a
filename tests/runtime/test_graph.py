"""Who reads whom, and how it is drawn."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from quanticity.config.loader import load
from quanticity.runtime.bindings import bindings_of
from quanticity.runtime.drawing import as_mermaid, as_text
from quanticity.runtime.graph import Edge, Graph, graph_of
from quanticity.runtime.loader import PluginFolders
from quanticity.runtime.svg import as_svg
from tests.runtime.project import project

CONFIG = """
data_sources:
  vendor:
    base_url: "https://vendor.invalid"
    endpoints:
      chain:
        path: "/chain/{symbol}"
        symbols: [SPY, QQQ]
        interval_seconds: 60
        redis_key: "raw:v:chain:{symbol}"
        ttl_seconds: 180
      news:
        enabled: false
        path: "/news"
        interval_seconds: 60
        redis_key: "raw:v:news"
        ttl_seconds: 180
components:
  tell: {enabled: true}
"""
PLUGIN = """
from quanticity.api import Analytic, Distributor, Key, Kind

class Gex(Analytic):
    name = "gex"
    reads = {
        "chain": Key("raw:v:chain:{symbol}", 60),
        "news": Key("raw:v:news", 60, optional=True),
        "nothing": Key("raw:v:nothing:at:all", 60, optional=True),
    }
    writes = {"gex": Key("analytics:gex:{symbol}")}
    def compute(self, inputs, state, now):
        return {}, state

class Shift(Analytic):
    name = "shift"
    reads = {"gex": Key("analytics:gex:SPY", 60)}
    writes = {"told": Key("signals:pending", kind=Kind.EVENTS)}
    def compute(self, inputs, state, now):
        return {}, state

class Tell(Distributor):
    name = "tell"
    reads = {
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS),
        "signals": Key("signals:pending", kind=Kind.EVENTS),
    }
    async def deliver(self, message, context):
        return None
"""


def small(tmp_path: Path) -> Graph:
    loaded = load(project(tmp_path, CONFIG, {"all": PLUGIN}), "dev", {})
    plugins = PluginFolders([tmp_path / "plugins"], installed=False).refresh()
    bound = bindings_of(loaded, plugins)
    assert [str(one) for one in bound.problems] == []
    return graph_of(bound.bindings, bound.known)


def test_the_graph_joins_feeds_components_and_the_system(tmp_path: Path) -> None:
    graph = small(tmp_path)
    assert set(graph.edges) == {
        Edge("vendor.chain", "raw:v:chain:{symbol}", "gex"),
        Edge("vendor.news", "raw:v:news", "gex", required=False),
        Edge("gex", "analytics:gex:SPY", "shift"),
        Edge("shift", "signals:pending", "tell"),
        Edge("quanticity", "analytics:alerts", "tell"),
    }
    columns = {node.name: (node.kind, node.column, node.bindings) for node in graph.nodes}
    assert columns == {
        "vendor.chain": ("feed", 0, 1),
        "vendor.news": ("feed", 0, 1),
        "quanticity": ("quanticity", 0, 1),
        "gex": ("analytic", 1, 2),
        "shift": ("analytic", 2, 1),
        "tell": ("distributor", 3, 1),
    }


def test_it_is_drawn_for_a_terminal(tmp_path: Path) -> None:
    assert list(as_text(small(tmp_path)))[:5] == [
        "gex × 2  analytic",
        "  ├─ reads raw:v:chain:{symbol} of vendor.chain",
        "  ├─ reads raw:v:news of vendor.news, optional (off: disabled in the config)",
        "  ├─ writes analytics:gex:{symbol}",
        "  └─ is read by shift",
    ]


def test_it_is_drawn_as_mermaid_with_optional_inputs_dashed(tmp_path: Path) -> None:
    lines = list(as_mermaid(small(tmp_path)))
    assert lines[0] == "flowchart LR"
    ids = {line.split('"')[1]: line.split("[")[0].strip() for line in lines if '"' in line}
    assert f"  {ids['vendor.chain']} --> {ids['gex × 2']}" in lines
    assert f"  {ids['vendor.news']} -.-> {ids['gex × 2']}" in lines
    assert f"  {ids['shift']} --> {ids['tell']}" in lines


def test_it_is_drawn_as_a_picture_in_which_no_box_lies_on_another(tmp_path: Path) -> None:
    picture = ET.fromstring("\n".join(as_svg(small(tmp_path))))
    space = {"svg": "http://www.w3.org/2000/svg"}
    boxes = {
        group.findtext("svg:text", "", space): group.find("svg:rect", space)
        for group in picture.findall("svg:g", space)
    }
    assert set(boxes) == {"vendor.chain", "vendor.news", "quanticity", "gex × 2", "shift", "tell"}
    places = {(box.get("x"), box.get("y")) for box in boxes.values() if box is not None}
    assert len(places) == len(boxes)
    assert len(picture.findall("svg:path", space)) == 5
    titles = [group.findtext("svg:title", "", space) for group in picture.findall("svg:g", space)]
    assert "feed: raw:v:news (off: disabled in the config)" in titles


def test_a_line_that_passed_behind_a_box_looked_as_if_it_came_out_of_it(tmp_path: Path) -> None:
    picture = ET.fromstring("\n".join(as_svg(small(tmp_path))))
    space = {"svg": "http://www.w3.org/2000/svg"}
    boxes = [
        tuple(float(box.get(name, "")) for name in ("x", "y", "height"))
        for box in picture.findall("svg:g/svg:rect", space)
    ]
    drawn = " ".join(path.get("d", "") for path in picture.findall("svg:path", space))
    level = [tuple(map(float, one)) for one in re.findall(r"([\d.]+),([\d.]+) H([\d.]+)", drawn)]
    # From "quanticity" in the first column to "tell" in the fourth.
    assert len(level) == 2
    for x, y, _ in level:
        column = [(top, top + height) for left, top, height in boxes if left == x]
        assert column
        assert not [one for one in column if one[0] <= y <= one[1]]


def test_nothing_that_runs_is_drawn_as_nothing() -> None:
    graph = Graph((), ())
    assert list(as_text(graph)) == ["no component runs"]
    assert list(as_mermaid(graph)) == ["flowchart LR"]
    ET.fromstring("\n".join(as_svg(graph)))
