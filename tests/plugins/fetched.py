"""Bodies that the simulated vendors send at a moment, and what a component makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from quanticity.testing import Harness
from tests.sim.vendors.asking import Vendors, with_vendors

_UW = "https://api.unusualwhales.com/api"
_AV = "https://www.alphavantage.co/query"


def fetched(
    asked: Mapping[str, tuple[str, Mapping[str, str]]], at: float, scenario: str = "quiet"
) -> dict[str, Any]:
    """The body of each path of Unusual Whales, or function of Alpha Vantage, by name."""

    async def talk(running: Vendors) -> dict[str, Any]:
        found = {}
        for name, (what, params) in asked.items():
            if what.startswith("/"):
                headers = {"Authorization": "Bearer t"}
                answer = await running.get(_UW + what, params=params, headers=headers)
            else:
                query = {"function": what, "apikey": "k", **params}
                answer = await running.get(_AV, params=query)
            assert answer.status == 200, (name, answer.body[:200])
            found[name] = answer.json()
        return found

    return with_vendors(talk, at=at, limits=False, scenario=scenario)


def value_at(at: float, component: Any, output: str, symbol: str, **given: Any) -> Any:
    """What a component writes at a moment from its inputs."""
    harness = Harness(component, values={"symbol": symbol}, start=at)
    for name, body in given.items():
        harness.give(name, orjson.dumps(body))
    harness.run()
    return harness.value(output)
