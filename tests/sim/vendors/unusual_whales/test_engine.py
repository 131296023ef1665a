"""What the shipped feeds bring, through the real engine: pages joined, series summed, keys made."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from quanticity.model import Write
from quanticity.sim.vendors.unusual_whales.asked import epoch
from tests.sim.vendors.engine import Engine, with_engine

SOURCE = "unusual_whales"


def fetch(endpoint: str, symbol: str = "", **options: Any) -> tuple[dict[str, Write], int]:
    """Run one feed (and first those it borrows from); its writes by key, and its requests."""

    async def talk(engine: Engine) -> tuple[dict[str, Write], int]:
        feed = next(
            each
            for each in engine.of(f"{SOURCE}.{endpoint}")
            if not symbol or each.values.get("symbol") == symbol
        )
        for lender in feed.recipe.lenders.values():
            for each in engine.of(lender.id):
                if each.values.get("symbol") == symbol:
                    await engine.run(each)
        before = len(engine.server.arrivals(SOURCE))
        drifts = await engine.run(feed)
        assert not drifts
        assert not feed.stats.error, feed.stats.error
        name = f"{SOURCE}.{endpoint}"
        writes = {each.key: each for each in engine.store.writes if each.source == name}
        return writes, len(engine.server.arrivals(SOURCE)) - before

    return with_engine(talk, **options)


def rows(write: Write) -> list[Any]:
    found = orjson.loads(write.data)
    return list(found["data"] if isinstance(found, dict) else found)


def test_an_index_with_more_strikes_than_a_page_holds_is_joined():
    writes, requests = fetch("spot_gex_strike", "SPX", contracts=None)
    strikes = [float(row["strike"]) for row in rows(writes["raw:uw:spot_gex_strike:SPX"])]
    assert requests == 2
    assert len(strikes) > 500
    assert strikes == sorted(set(strikes))


def test_a_fund_with_fewer_is_asked_for_once():
    _, requests = fetch("spot_gex_strike", "SPY")
    assert requests == 1


def test_alerts_walk_back_two_pages_and_no_alert_comes_twice():
    writes, requests = fetch("flow_alerts")
    found = rows(writes["raw:uw:flow_alerts"])
    stamps = [row["created_at"] for row in found]
    assert requests == 2
    assert 390 < len(found) == len({row["id"] for row in found})
    assert stamps == sorted(stamps, reverse=True)


def test_a_value_is_as_old_as_its_last_row():
    writes, _ = fetch("spot_gex", "SPY")
    raw = writes["raw:uw:spot_gex:SPY"]
    assert raw.timestamp == epoch(rows(raw)[-1]["time"])
    value = orjson.loads(writes["feed:uw:spot_gex:SPY"].data)
    assert value["minutes"] == len(rows(raw))
    assert value["gamma.oi"] == float(rows(raw)[-1]["gamma_per_one_percent_move_oi"])


def test_ticks_are_summed_up_over_the_session():
    writes, _ = fetch("call_put_ticks", "NVDA")
    increments = rows(writes["raw:uw:ticks:NVDA"])
    value = orjson.loads(writes["feed:uw:ticks:NVDA"].data)
    total = sum(float(row["net_call_premium"]) for row in increments)
    assert value["net_call_premium"] == pytest.approx(total)
    assert value["call_volume"] == sum(row["call_volume"] for row in increments)


def test_a_chain_is_typed_contract_by_contract():
    writes, _ = fetch("option_chains", "IWM")
    value = orjson.loads(writes["feed:uw:chains:IWM"].data)
    raw = rows(writes["raw:uw:chains:IWM"])
    assert value["rejected"] == 0
    assert len(value["contracts"]) == len(raw)
    assert {"expiry", "strike", "right", "iv"} <= set(value["contracts"][0])


def test_the_next_three_expiries_come_in_one_body():
    writes, requests = fetch("gex_matrix", "SPY")
    found = rows(writes["raw:uw:gex_matrix:SPY"])
    assert requests == 1
    assert {row["expiry"] for row in found} == {"2026-01-05", "2026-01-06", "2026-01-07"}


def test_exposure_by_expiry_borrows_ten_expiries_from_the_chain():
    writes, requests = fetch("gex_matrix_expiry", "SPY")
    assert requests == len(writes) == 10
    for key, write in writes.items():
        assert {row["expiry"] for row in rows(write)} == {key.split(":")[-1]}


def test_skew_is_of_the_farthest_expiry_where_there_is_history():
    writes, _ = fetch("risk_reversal_skew", "QQQ")
    found = rows(writes["raw:uw:skew:QQQ"])
    assert len(found) == 251
    assert {row["delta"] for row in found} == {25}


CASES: list[tuple[str, str, str, Callable[[Any], bool]]] = [
    ("congress_trades", "", "feed:uw:congress", lambda value: value["rows"][0]["amount_low"] > 0),
    ("insider_trades", "", "raw:uw:insiders", lambda value: len(value["data"]) > 500),
    ("gex_levels", "SPY", "raw:uw:gex_levels:SPY", lambda value: "call_wall" in value["data"]),
    ("max_pain", "TSLA", "raw:uw:max_pain:TSLA", lambda value: value["date"] == "2026-01-05"),
]


@pytest.mark.parametrize(("endpoint", "symbol", "key", "holds"), CASES)
def test_other_shapes_arrive_whole(endpoint, symbol, key, holds):
    writes, _ = fetch(endpoint, symbol)
    assert holds(orjson.loads(writes[key].data))
