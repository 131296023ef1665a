"""The handler against the simulated gateway: everything that is wanted arrives under its keys."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from plugins.ibkr.keys import WRITES
from quanticity.views import Bars, Book, Chain, Tape
from quanticity.views.base import stored
from tests.plugins.ibkr.rig import Desk, on_virtual_clock

MANY = {"stocks": ("SPY", "QQQ", "IWM", "AAPL", "MSFT"), "depth": ("SPY", "QQQ", "IWM", "AAPL")}


def violations(desk: Desk) -> dict[str, int]:
    return {name: count for name, count in desk.gateway.counters.violations.items() if count}


@on_virtual_clock()
async def test_every_key_is_written_and_readable(desk: Desk):
    assert await desk.settled(30) < 8
    await desk.clock.sleep(330)
    keys = await desk.keys()
    silent = {"alerts", "errors"}
    for name, key in WRITES.items():
        if name in silent:
            continue
        symbols = getattr(desk.params, key.over) if key.over else ("",)
        for symbol in symbols:
            place = re.sub("{(?!symbol)[a-z]+}", "[^:]+", key.name).replace("{symbol}", symbol)
            assert any(re.fullmatch(place, one) for one in keys), f"nothing of {name} {symbol}"
    views = {
        "market:SPY:book": Book,
        "raw:ibkr:depth:SPY": Book,
        "raw:ibkr:trades:SPY": Tape,
        "raw:ibkr:bars:SPY": Bars,
        "raw:ibkr:history:SPY": Bars,
        "raw:ibkr:options:SPY:0DTE": Chain,
        "raw:ibkr:options:SPY:chain": Chain,
    }
    for place, view in views.items():
        text = await desk.store.get_raw(place)
        assert text is not None, place
        found = view.of(stored(text))
        assert not getattr(found, "bad", {}), place
    assert violations(desk) == {}
    metrics = await desk.get("monitoring:ibkr:metrics")
    assert metrics["counts"].get("gaps", 0) == metrics["received"].get("undecoded", 0) == 0
    assert await desk.plain("ibkr:connected") == "1"
    assert await desk.plain("ibkr:account") == "DU1234567"
    # D30: by these names others look for them.
    for name in ("ibkr:quotes:timestamp", "ibkr:depth:timestamp", "heartbeat:ibkr"):
        told = await desk.plain(name)
        assert told is not None, name
        assert 0 <= desk.clock.now() - float(told) < 10, name


@on_virtual_clock()
async def test_no_print_is_lost_while_connected(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(20)
    since = float(int(desk.clock.now()))
    await desk.clock.sleep(90)
    until = float(int(desk.clock.now())) - 5
    market = desk.gateway.market
    truth = market.prints("SPY", since, until)
    told = Counter(
        (row["time"], row["price"], row["size"])
        for row in await desk.prints("SPY")
        if since <= row["time"] < until
    )
    expected = Counter(
        (float(int(at)), round(price, 6), float(size))
        for at, price, size in zip(
            truth.time.tolist(), truth.price.tolist(), truth.size.tolist(), strict=True
        )
    )
    assert sum(expected.values()) > 100
    assert Counter({(a, round(p, 6), s): n for (a, p, s), n in told.items()}) == expected


@on_virtual_clock()
async def test_each_print_of_the_stream_has_a_venue_and_the_rest_the_last_exchange(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(40)
    spy, apple = await desk.prints("SPY"), await desk.prints("AAPL")
    assert {row["from"] for row in apple} == {"rt_volume"}
    for rows in (spy, apple):
        known = sum(bool(row["venue"]) for row in rows)
        assert known / len(rows) > 0.95
        assert len({row["venue"] for row in rows}) > 3
    assert any("odd_lot" in row["conditions"] for row in spy)
    metrics = await desk.get("monitoring:ibkr:metrics")
    assert metrics["unseen_venues"] == {}
    assert metrics["tapes"]["SPY"]["from"] == "tick_by_tick"


@on_virtual_clock(desk=MANY)
async def test_what_is_over_a_limit_is_left_out_by_priority_and_told(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(6)
    told = await desk.get("monitoring:ibkr:subscriptions")
    assert told["used"]["books"] == 3
    books = [one["subject"] for one in told["subscribed"] if one["stream"] == "book"]
    assert books == ["SPY", "QQQ", "IWM"]
    (left,) = [one for one in told["left_out"] if one["stream"] == "book"]
    assert left["subject"] == "AAPL"
    assert "all 3 depth books are taken" in left["reason"]
    top = await desk.get("market:AAPL:book")
    assert (top["kind"], len(top["bids"]), len(top["asks"])) == ("top", 1, 1)
    assert violations(desk) == {}


@on_virtual_clock(desk={"limits": {"books": 10, "ticks": 3}, **MANY})
async def test_a_login_with_fewer_books_than_the_config_says_settles_within_what_it_has(
    desk: Desk,
):
    await desk.clock.sleep(20)
    told = await desk.get("monitoring:ibkr:subscriptions")
    assert told["used"]["books"] == 3
    live = {one["subject"] for one in told["subscribed"] if one["stream"] == "book"}
    assert live == {"SPY", "QQQ", "IWM"}
    (error,) = [one for one in await desk.events("monitoring:ibkr:errors") if one["code"] == 309]
    assert error["said"] == "all depth books are taken"


@on_virtual_clock(desk={"option_choice": {"places": 10, "strikes": 1, "around": 12, "turn": 10}})
async def test_strikes_near_the_money_take_turns_in_the_lines_there_are(desk: Desk):
    await desk.settled()
    seen: set[str] = set()
    for _ in range(12):
        await desk.clock.sleep(10)
        shown = {one.id for one in desk.handler.desk.chains.shown}
        assert len(shown) <= 10
        seen |= shown
        used = desk.gateway.counters
        assert not used.errors["101"]
    assert len(seen) > 30
    chain = await desk.get("raw:ibkr:options:SPY:0DTE")
    assert len(chain["data"]) > 20
    assert chain["oldest"] < chain["time"]
    assert violations(desk) == {}


@on_virtual_clock()
async def test_an_index_has_no_book_and_says_whose_spread_stands_for_it(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(5)
    index, spread = await desk.get("raw:ibkr:index:SPX"), await desk.get("raw:ibkr:spreads:SPX")
    assert (index["book"], index["proxy"]) == (None, "SPY")
    assert (spread["of"], spread["proxy"]) == ("SPY", True)
    assert spread["spread_bps"] > 0
    assert "market:SPX:book" not in await desk.keys()


@on_virtual_clock()
async def test_macro_estimates_come_of_futures(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(6)
    yields = await desk.get("raw:ibkr:macro:yields")
    assert yields["yields"]["10y"] == pytest.approx(4.5, abs=3)
    assert "ZF" in yields["reason"]
    vol = await desk.get("raw:ibkr:macro:volatility")
    assert vol["curve"] in ("contango", "backwardation")
    assert (await desk.get("raw:ibkr:macro:dollar"))["from"] == "EUR.USD"


@on_virtual_clock()
async def test_an_edit_adds_and_drops_subscriptions_on_the_same_connection(desk: Desk):
    await desk.settled()
    opened = desk.gateway.counters.connections["opened"]
    edited = desk.params.model_copy(
        update={"stocks": ("SPY", "AAPL", "MSFT"), "ticks": ("SPY", "MSFT"), "fx": ()}
    )
    assert desk.source.revise(edited)
    desk.source.params = edited
    await desk.settled(5)
    await desk.clock.sleep(5)
    assert desk.gateway.counters.connections["opened"] == opened
    told = await desk.get("monitoring:ibkr:subscriptions")
    subjects = {(one["stream"], one["subject"]) for one in told["subscribed"]}
    assert {("quote", "MSFT"), ("ticks", "MSFT")} <= subjects
    assert not {("quote", "QQQ"), ("quote", "EUR.USD")} & subjects
    assert await desk.prints("MSFT")
    before = len(desk.writes)
    await desk.clock.sleep(5)
    late = {write.key for write in desk.writes[before:]}
    assert not any("QQQ" in key or "EUR.USD" in key for key in late)
    assert desk.lines[-1].accounts, "and it is still the same line"
    assert violations(desk) == {}


@on_virtual_clock()
async def test_another_port_is_another_connection(desk: Desk):
    await desk.settled()
    assert not desk.source.revise(desk.params.model_copy(update={"port": 4002}))
    assert not desk.source.revise(desk.params.model_copy(update={"client_id": 99}))


@on_virtual_clock(desk={"client_id": 11})
async def test_a_client_id_in_use_is_told_with_what_to_do_and_tried_again(desk: Desk):
    from tests.sim.gateway.rig import connected

    await desk.settled()
    desk.handler.connection.broke("for this test")
    other = await connected(desk.gateway, client_id=11)
    await desk.clock.sleep(6)
    status = await desk.get("monitoring:ibkr:status")
    assert status["state"] == "id_in_use"
    assert status["reason"] == "client id 11 is in use"
    assert "ibkr.client_id" in status["do"]
    of_port, of_id = status["prerequisites"][:2]
    assert (of_port["ok"], of_port["do"]) == (True, None)
    assert (of_id["ok"], of_id["do"]) == (False, status["do"])
    assert await desk.plain("ibkr:connected") == "0"
    other.disconnect()
    await desk.settled(10)
    assert await desk.plain("ibkr:connected") == "1"


@on_virtual_clock(unsubscribed=("AAPL",))
async def test_delayed_data_are_called_so(desk: Desk):
    await desk.clock.sleep(20)
    found = await desk.get("raw:ibkr:AAPL")
    told = await desk.get("monitoring:ibkr:subscriptions")
    left = [one for one in told["left_out"] if one["subject"] == "AAPL"]
    assert (found is not None and found["state"] == "delayed") or left
