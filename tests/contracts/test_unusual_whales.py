"""The contracts of Unusual Whales: simulated and recorded bodies fit, and every field bites."""

import copy
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.feeds.contract_schema import Contract
from quanticity.sim.vendors.unusual_whales.vendor import UnusualWhales
from tests.sim.vendors.unusual_whales.ask import CONFIG, MORNING, ask, shipped, source, vendor

SOAK = bool(os.environ.get("QUANTICITY_SOAK"))
RECORDED = Path(__file__).parents[3] / "shared" / "vendor" / "recorded"
needs_recorded = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="there are no recorded bodies in ../shared/vendor"
)
# What was recorded, by the contract it must fit.
FILES = {
    "uw_spot_gex": "uw-live-rows/spot-exposures_AAPL.json",
    "uw_gex_strike": "uw-live-rows/greek-exposure-strike_AAPL.json",
    "uw_iv_rank": "uw-live-rows/iv-rank_AAPL.json",
    "uw_option_chains": "uw-live-rows/option-chains_greeks_AAPL.json",
    "uw_darkpool": "uw-live-rows/darkpool_NVDA.json",
    "uw_congress_trades": "uw-docs-digibugcat/congress__congress-recent-trades.json",
    "uw_earnings_afterhours": "uw-docs-digibugcat/earnings__earnings-afterhours.json",
    "uw_earnings_premarket": "uw-docs-digibugcat/earnings__earnings-premarket.json",
    "uw_insider_trades": "uw-docs-digibugcat/insider__transactions.json",
    "uw_economic_calendar": "uw-docs-digibugcat/market__economic-calendar.json",
    "uw_market_tide": "uw-docs-digibugcat/market__market-tide.json",
    "uw_news": "uw-docs-digibugcat/news__headlines.json",
    "uw_flow_alerts": "uw-docs-digibugcat/option-trades__flow-alerts.json",
}
NEWS_HOUR = MORNING + 1200
DAY = 86_400.0
# Midnight before a half day and a holiday. Sums over a day, of eleven symbols, are made in half
# the time, and once for all moments until the next session opens.
CHRISTMAS_EVE = MORNING - 12 * DAY - 10 * 3600
CHANNELS = {
    "stream_gex": "gex",
    "stream_flow_alerts": "flow-alerts",
    "stream_news": "news",
    "stream_option_trades": "option_trades",
    "stream_price": "price",
    "stream_net_flow": "net_flow",
}
POLLED = [each.name for each in shipped()]
ALL = [*POLLED, *CHANNELS]


@cache
def contract(name: str) -> Contract:
    file = source().endpoints[name].contract
    assert file is not None, f"{name} has no contract"
    return Contract.load(CONFIG / file, name)


@cache
def simulated(name: str) -> Any:
    """A body of an endpoint, or a payload of a channel."""
    if name in CHANNELS:
        whales: UnusualWhales = vendor()
        found = whales.frames(CHANNELS[name], "SPY", NEWS_HOUR - 1200, NEWS_HOUR)
        assert found, f"nothing came over {name}"
        return found[0]
    asked = next(each for each in shipped() if each.name == name)
    answer = ask(asked.path, asked.query)
    assert answer.status == 200, answer.body
    return orjson.loads(answer.body)


@cache
def short(name: str) -> Any:
    """The same body with no more than three rows, so that explaining it is quick."""
    found = simulated(name)
    if isinstance(found, list):
        return found[:3]
    rows = found.get("data")
    return {**found, "data": rows[:3]} if isinstance(rows, list) else found


def row_schema(schema: dict[str, Any]) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The schema of a row, and the way to the first row in a body."""
    way: tuple[Any, ...] = ()
    while "data" in schema.get("properties", {}) or schema["type"] == "array":
        if schema["type"] == "array":
            schema, way = schema["items"], (*way, 0)
        else:
            schema, way = schema["properties"]["data"], (*way, "data")
    return schema, way


def changed(body: Any, way: tuple[Any, ...], name: str, value: Any) -> Any:
    """`body` with one field of its first row replaced, or taken away where `value` is None."""
    made = copy.deepcopy(body)
    row = made
    for step in way:
        row = row[step]
    if value is None:
        del row[name]
    else:
        row[name] = value
    return made


def wrong(schema: dict[str, Any]) -> Iterator[Any]:
    """Values of another type, and text of another form."""
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if "string" not in types:
        yield "text"
    if not {"integer", "number"} & set(types):
        yield 12.5
    if "integer" in types and "number" not in types:
        yield 12.5
    if "object" not in types:
        yield {"nested": 1}
    if schema.get("format") in ("decimal", "date", "date-time") or "pattern" in schema:
        yield "n/a"
    if "enum" in schema:
        yield "neither"


@pytest.mark.parametrize("name", ALL)
def test_simulated_bodies_fit(name):
    assert contract(name).explain(short(name)) == []
    assert contract(name).fits(simulated(name))


@pytest.mark.parametrize("symbol", ["SPX", "TSLA"])
@pytest.mark.parametrize("at", [MORNING - 5.5 * 3600, CHRISTMAS_EVE + 15 * 3600])
def test_bodies_fit_for_an_index_and_for_shares_before_and_after_hours(symbol, at):
    for asked in shipped(at, symbol):
        answer = ask(asked.path, asked.query, at)
        assert answer.status == 200, (asked.name, answer.body)
        assert contract(asked.name).fits(orjson.loads(answer.body)), asked.name


@settings(max_examples=200 if SOAK else 2, deadline=None, derandomize=not SOAK)
@given(
    at=st.floats(1.58e9, 1.83e9)
    if SOAK
    else st.floats(CHRISTMAS_EVE + 9.5 * 3600, CHRISTMAS_EVE + 2 * DAY + 9.5 * 3600),
    symbol=st.sampled_from(["SPX", "SPY", "AAPL", "BRK.B", "F"]),
)
def test_bodies_and_frames_fit_at_any_moment_of_any_week(at, symbol):
    for asked in shipped(at, symbol):
        answer = ask(asked.path, asked.query, at)
        assert answer.status == 200, (asked.name, answer.body)
        assert contract(asked.name).fits(orjson.loads(answer.body)), asked.name
    for name, channel in CHANNELS.items():
        for frame in vendor().frames(channel, symbol, at - 3, at):
            assert contract(name).fits(frame), name


@pytest.mark.parametrize("name", ALL)
def test_every_required_field_that_goes_missing_is_seen(name):
    schema, way = row_schema(contract(name).schema)
    assert schema["required"]
    for field in schema["required"]:
        body = changed(short(name), way, field, None)
        findings = contract(name).explain(body)
        assert [finding.path.split(".")[-1] for finding in findings] == [field]
        assert not contract(name).fits(body, 20)


@pytest.mark.parametrize("name", ALL)
def test_every_field_that_changes_its_type_is_seen(name):
    schema, way = row_schema(contract(name).schema)
    for field, promised in schema["properties"].items():
        for value in wrong(promised):
            body = changed(short(name), way, field, value)
            assert contract(name).explain(body), f"{field} = {value!r} passed"
            assert not contract(name).fits(body, 20)


@pytest.mark.parametrize("name", [name for name in POLLED if name != "flow_intraday"])
def test_another_envelope_is_seen(name):
    assert not contract(name).fits({"result": simulated(name)["data"]})
    assert not contract(name).fits(simulated(name)["data"])


def test_a_chain_of_names_is_not_a_chain_with_greeks():
    names = orjson.loads(ask("/api/stock/SPY/option-chains").body)
    assert not contract("option_chains").fits(names)


@needs_recorded
@pytest.mark.parametrize("name", FILES)
def test_recorded_bodies_fit(name):
    body = orjson.loads((RECORDED / FILES[name]).read_bytes())
    assert contract(name.removeprefix("uw_")).explain(body) == []


def test_every_contract_is_used_by_the_endpoint_of_its_name():
    files = {file.name for file in (CONFIG / "contracts").glob("uw_*.json")}
    used = {
        f"uw_{name}.json"
        for name, endpoint in source().endpoints.items()
        if endpoint.contract == f"contracts/uw_{name}.json"
    }
    assert used == files
