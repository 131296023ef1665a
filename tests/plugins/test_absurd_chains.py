"""Chains with figures that no market has: everything that reads them gives figures or reasons."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plugins.analytics.chain_quality import ChainQuality
from plugins.analytics.expected_move import ExpectedMove
from plugins.analytics.exposure import Exposure
from plugins.analytics.option_activity import OptionActivity
from plugins.analytics.pin_risk import PinRisk
from plugins.analytics.skew import Skew
from plugins.analytics.vanna_charm import VannaCharm
from quanticity.runtime.binding import bind
from quanticity.runtime.execute import execute
from quanticity.testing.markets import chains
from quanticity.views import Chain
from tests.views.making import NOW, view_of

COMPONENTS = (
    ChainQuality,
    ExpectedMove,
    Exposure,
    OptionActivity,
    PinRisk,
    Skew,
    VannaCharm,
)
BINDINGS = [bind(one, one.Params(), {"symbol": "SPY"}) for one in COMPONENTS]
FIGURES = ("bid", "ask", "iv", "delta", "gamma", "open_interest", "volume", "vega")
ABSURD = st.sampled_from([1e308, 1e200, 1e16, -1e308, 1e-200, 1e-308, 5e-324, 0, "1e308"])


@st.composite
def absurd(draw: st.DrawFn) -> dict[str, Any]:
    body = draw(chains(NOW))
    for row in body["contracts"]:
        if draw(st.integers(0, 3)) == 0:
            row[draw(st.sampled_from(FIGURES))] = draw(ABSURD)
    if draw(st.integers(0, 9)) == 0:
        body["price"] = draw(ABSURD)
    return body


@given(absurd())
def test_one_absurd_figure_made_every_sum_infinite(body: dict[str, Any]):
    chain = view_of(Chain, body)
    for binding in BINDINGS:
        views = dict.fromkeys(binding.component.reads) | {"unusual_whales": chain}
        found = execute(binding, views, None, NOW)
        assert found.error == "", (binding.component.name, found.error, found.where)
        assert len(found.outputs) == len(binding.writes)
