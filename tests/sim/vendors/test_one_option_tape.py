"""Every vendor's options show one tape: trades, flow, alerts, contracts and chains add up."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from functools import cache
from typing import Any

import numpy as np
import pytest

from quanticity.sim.market import FOCUS, World, osi
from quanticity.sim.market.option_tape import OptionPrints
from quanticity.sim.vendors.unusual_whales import UnusualWhales
from tests.plugins.fetched import fetched
from tests.sim.vendors.asking import CALENDAR, TEN_OCLOCK, eastern

AT = TEN_OCLOCK + 1.0
TODAY = {"date": "2026-01-05"}
SYMBOLS = ("SPX", "NVDA")


@cache
def world() -> World:
    return World(7, CALENDAR)


@cache
def bodies() -> dict[str, Any]:
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "alerts": ("/option-trades/flow-alerts", {"limit": "200"}),
        "tide": ("/market/market-tide", {**TODAY, "interval_5m": "false"}),
        "otm": ("/market/market-tide", {**TODAY, "interval_5m": "false", "otm_only": "true"}),
    }
    for symbol in FOCUS:
        asked[f"ticks:{symbol}"] = (f"/stock/{symbol}/net-prem-ticks", TODAY)
    for symbol in SYMBOLS:
        asked[f"strikes:{symbol}"] = (f"/stock/{symbol}/flow-per-strike-intraday", TODAY)
        asked[f"greeks:{symbol}"] = (f"/stock/{symbol}/greek-flow", TODAY)
        asked[f"chain:{symbol}"] = (f"/stock/{symbol}/option-chains", {"greeks": "true"})
        asked[f"realtime:{symbol}"] = ("REALTIME_OPTIONS", {"symbol": symbol})
        for page in range(2):
            query = {"limit": "500", "page": str(page)}
            asked[f"contracts:{symbol}:{page}"] = (f"/stock/{symbol}/option-contracts", query)
    return fetched(asked, AT)


def tape(symbol: str, since: float, until: float) -> OptionPrints:
    return world().option_tape.trades(symbol, since, until)


def names(symbol: str, prints: OptionPrints) -> list[str]:
    columns = (prints.expiry.tolist(), prints.is_call.tolist(), prints.strike.tolist())
    return [
        osi(symbol, date.fromordinal(expiry), "call" if is_call else "put", strike)
        for expiry, is_call, strike in zip(*columns, strict=True)
    ]


def traded(symbol: str, until: float) -> dict[str, int]:
    """Contracts that each option traded from the open to a moment."""
    prints = tape(symbol, world().day(AT).opens, until)
    found: dict[str, int] = defaultdict(int)
    for name, size in zip(names(symbol, prints), prints.size.tolist(), strict=True):
        found[name] += size
    return dict(found)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_net_premium_by_minute_is_what_the_tape_printed(symbol):
    rows = bodies()[f"ticks:{symbol}"]["data"]
    greeks = bodies()[f"greeks:{symbol}"]["data"]
    assert len(rows) in (31, 32)
    for row, flow in zip(rows[:30], greeks, strict=False):
        start = datetime.fromisoformat(row["tape_time"]).timestamp()
        prints = tape(symbol, start, start + 60)
        for right, mine in (("call", prints.is_call), ("put", ~prints.is_call)):
            size = prints.size * mine
            ask, bid = size[prints.side > 0], size[prints.side < 0]
            assert row[f"{right}_volume"] == size.sum()
            assert row[f"{right}_volume_ask_side"] == ask.sum()
            assert row[f"{right}_volume_bid_side"] == bid.sum()
            net = (prints.side * size * prints.price).sum() * 100
            assert float(row[f"net_{right}_premium"]) == pytest.approx(net, abs=0.01)
        delta = (prints.side * prints.size * prints.delta).sum() * 100
        assert float(row["net_delta"]) == pytest.approx(delta, abs=0.01)
        assert float(flow["dir_delta_flow"]) == pytest.approx(delta, abs=0.01)
        assert flow["transactions"] == len(prints)
        assert flow["volume"] == row["call_volume"] + row["put_volume"]


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_contracts_chains_and_flow_have_one_volume(symbol):
    contracts = [row for page in range(2) for row in bodies()[f"contracts:{symbol}:{page}"]["data"]]
    told = traded(symbol, TEN_OCLOCK)
    for row in contracts:
        assert row["volume"] == told.get(row["option_symbol"], 0)
        sides = row["ask_volume"] + row["bid_volume"] + row["mid_volume"]
        assert sides == row["volume"]
        assert (row["last_price"] is None) == (row["volume"] == 0)
    chain = {row["option_symbol"]: row["volume"] for row in bodies()[f"chain:{symbol}"]["data"]}
    assert {name: volume for name, volume in chain.items() if volume} == told
    ticks = bodies()[f"ticks:{symbol}"]["data"][:30]
    assert sum(row["call_volume"] + row["put_volume"] for row in ticks) == sum(told.values())
    theirs = bodies()[f"realtime:{symbol}"]["data"]
    assert theirs
    for row in theirs:
        assert int(row["volume"]) == chain[row["contractID"]]


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_strikes_of_a_minute_are_its_busiest(symbol):
    rows = bodies()[f"strikes:{symbol}"]
    for stamp in sorted({row["timestamp"] for row in rows})[:30]:
        start = datetime.fromisoformat(stamp).timestamp()
        prints = tape(symbol, start, start + 60)
        strikes, which = np.unique(prints.strike, return_inverse=True)
        volume = np.bincount(which, prints.size)
        shown = {
            float(row["strike"]): row["call_volume"] + row["put_volume"]
            for row in rows
            if row["timestamp"] == stamp
        }
        told = dict(zip(strikes.tolist(), volume.tolist(), strict=True))
        assert all(told[strike] == volume for strike, volume in shown.items())
        assert sum(shown.values()) == sum(sorted(told.values())[-len(shown) :])


def test_the_tide_is_the_sum_of_all_that_is_watched():
    tide, otm = bodies()["tide"]["data"], bodies()["otm"]["data"]
    for name in ("net_call_premium", "net_put_premium"):
        total = 0.0
        for index in range(30):
            total += sum(float(bodies()[f"ticks:{each}"]["data"][index][name]) for each in FOCUS)
            assert float(tide[index][name]) == pytest.approx(total, abs=1)
    assert float(otm[29]["net_call_premium"]) != float(tide[29]["net_call_premium"])


def test_alerts_are_about_trades_of_the_tape():
    rows = bodies()["alerts"]["data"]
    assert len(rows) == 200
    assert {row["has_sweep"] for row in rows} == {True, False}
    for row in rows[:60]:
        since, until = row["start_time"] / 1000, row["end_time"] / 1000 + 0.001
        prints = tape(row["ticker"], since, until)
        mine = prints.of(date.fromisoformat(row["expiry"]), float(row["strike"]), row["type"])
        mine = mine.where(mine.burst == row["has_sweep"])
        assert row["total_size"] == mine.size.sum()
        assert row["trade_count"] == len(mine) >= 3
        assert int(row["total_premium"]) == pytest.approx((mine.price * mine.size).sum() * 100)
        sides = int(row["total_ask_side_prem"]) + int(row["total_bid_side_prem"])
        assert sides <= int(row["total_premium"]) + 1


@pytest.mark.parametrize("symbol", ["SPY", "NVDA"])
def test_the_stream_sends_every_trade_once_with_its_contracts_running_volume(symbol):
    vendor = UnusualWhales(world())
    since = TEN_OCLOCK + 60
    rows = [
        row
        for second in range(60)
        for row in vendor.frames("option_trades", symbol, since + second, since + second + 1)
    ]
    prints = tape(symbol, since, since + 60)
    assert [row["size"] for row in rows] == prints.size.tolist()
    assert [row["option_symbol"] for row in rows] == names(symbol, prints)
    assert len({row["id"] for row in rows}) == len(rows)
    total = defaultdict(int, traded(symbol, since))
    for row in rows:
        total[row["option_symbol"]] += row["size"]
        assert row["volume"] == total[row["option_symbol"]]
        assert row["ask_vol"] + row["bid_vol"] + row["mid_vol"] == row["volume"]
    assert {row["tags"][0] for row in rows} == {"ask_side", "bid_side", "mid_side"}


def test_a_crash_is_paid_for_in_puts():
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "tide": ("/market/market-tide", {**TODAY, "interval_5m": "false"}),
        "ticks": ("/stock/QQQ/net-prem-ticks", TODAY),
        "alerts": ("/option-trades/flow-alerts", {"limit": "200"}),
    }
    morning = eastern("2026-01-05 10:40")
    crash, quiet = (fetched(asked, morning, scenario=name) for name in ("crash", "quiet"))

    def puts(body: dict[str, Any]) -> float:
        rows = body["ticks"]["data"]
        calls = sum(int(row["call_volume"]) for row in rows)
        return float(sum(int(row["put_volume"]) for row in rows) / calls)

    def bearish(body: dict[str, Any]) -> float:
        rows = body["alerts"]["data"]
        return float(np.mean([row["type"] == "put" for row in rows]))

    def tide(body: dict[str, Any]) -> float:
        last = body["tide"]["data"][-1]
        return float(last["net_call_premium"]) - float(last["net_put_premium"])

    assert puts(crash) > 2 * puts(quiet)
    assert bearish(crash) > bearish(quiet)
    assert tide(crash) < tide(quiet)
