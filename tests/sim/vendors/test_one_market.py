"""All vendors show one market: what the tape printed and the books displayed, each in its shape."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import pytest

from quanticity.clock import EASTERN
from quanticity.sim.market import FOCUS, World
from quanticity.sim.market.venues import DARK
from tests.plugins.fetched import fetched
from tests.sim.vendors.asking import CALENDAR, TEN_OCLOCK, Vendors, eastern, with_vendors

AT = TEN_OCLOCK + 1.0
LAST = TEN_OCLOCK - 60.0  # begins the last whole minute
SHARES = tuple(symbol for symbol in FOCUS if symbol != "SPX")


@cache
def world() -> World:
    return World(7, CALENDAR)


@cache
def bodies() -> dict[str, Any]:
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "recent": ("/darkpool/recent", {"limit": "200"})
    }
    for symbol in ("SPY", "NVDA"):
        asked[f"candles:{symbol}"] = (f"/stock/{symbol}/ohlc/1m", {"date": "2026-01-05"})
        asked[f"five:{symbol}"] = (f"/stock/{symbol}/ohlc/5m", {"date": "2026-01-05"})
        asked[f"bars:{symbol}"] = (
            "TIME_SERIES_INTRADAY",
            {"symbol": symbol, "interval": "1min", "outputsize": "full"},
        )
        asked[f"levels:{symbol}"] = (f"/stock/{symbol}/stock-volume-price-levels", {})
        asked[f"dark:{symbol}"] = (f"/darkpool/{symbol}", {"limit": "500"})
        asked[f"lit:{symbol}"] = (f"/lit-flow/{symbol}", {"limit": "500"})
    return fetched(asked, AT)


def candles(symbol: str) -> dict[float, dict[str, Any]]:
    rows = bodies()[f"candles:{symbol}"]["data"]
    return {datetime.fromisoformat(row["start_time"]).timestamp(): row for row in rows}


def bars(symbol: str) -> dict[float, dict[str, str]]:
    series = bodies()[f"bars:{symbol}"]["Time Series (1min)"]
    return {
        datetime.fromisoformat(text).replace(tzinfo=EASTERN).timestamp(): bar
        for text, bar in series.items()
    }


@pytest.mark.parametrize("symbol", ["SPY", "NVDA"])
def test_candles_of_one_vendor_are_the_bars_of_the_other_and_of_the_tape(symbol):
    mine, theirs = candles(symbol), bars(symbol)
    tape = world().tape.bars(symbol, TEN_OCLOCK - 6 * 3600, TEN_OCLOCK, 60)
    whole = [start for start in mine if start <= LAST]
    assert sorted(whole) == tape.time.tolist()
    for index, start in enumerate(tape.time.tolist()):
        row, bar = mine[start], theirs[start]
        for name in ("open", "high", "low", "close"):
            printed = pytest.approx(getattr(tape, name)[index], abs=1e-4)
            assert float(row[name]) == printed
            assert next(float(value) for key, value in bar.items() if name in key) == printed
        assert row["volume"] == int(bar["5. volume"]) == tape.volume[index]


@pytest.mark.parametrize("symbol", ["SPY", "NVDA"])
def test_longer_candles_and_running_totals_add_up(symbol):
    mine = candles(symbol)
    total = 0
    for start in sorted(mine):
        total += mine[start]["volume"]
        assert mine[start]["total_volume"] == total
    five = bodies()[f"five:{symbol}"]["data"]
    for row in five[1:]:
        start = datetime.fromisoformat(row["start_time"]).timestamp()
        inside = [mine[at] for at in sorted(mine) if start <= at < start + 300]
        assert row["volume"] == sum(each["volume"] for each in inside)
        assert (row["open"], row["close"]) == (inside[0]["open"], inside[-1]["close"])
        assert float(row["high"]) == max(float(each["high"]) for each in inside)


def is_printed(row: dict[str, Any], dark: bool) -> bool:
    """Whether the tape has this print."""
    second = datetime.fromisoformat(row["executed_at"]).timestamp()
    prints = world().tape.prints(row["ticker"], second, second + 1)
    hit = (
        (prints.size == row["size"])
        & np.isclose(prints.price, float(row["price"]), atol=1e-4)
        & ((prints.venue == DARK) == dark)
    )
    return bool(hit.any())


@pytest.mark.parametrize("name", ["recent", "dark:SPY", "dark:NVDA", "lit:SPY", "lit:NVDA"])
def test_every_print_that_is_shown_is_on_the_tape(name):
    rows = bodies()[name]["data"]
    assert len(rows) >= 200
    assert all(is_printed(row, not name.startswith("lit")) for row in rows)
    assert all(datetime.fromisoformat(row["executed_at"]).timestamp() <= AT + 60 for row in rows)


def test_the_newest_dark_prints_of_all_symbols_leave_none_out():
    rows = bodies()["recent"]["data"]
    oldest = min(datetime.fromisoformat(row["executed_at"]).timestamp() for row in rows) + 1
    newest = max(datetime.fromisoformat(row["executed_at"]).timestamp() for row in rows)
    shown = [row for row in rows if row["executed_at"] > _iso(oldest - 1)]
    printed = sum(
        int((world().tape.prints(symbol, oldest, newest).venue == DARK).sum()) for symbol in SHARES
    )
    assert len([row for row in shown if row["executed_at"] < _iso(newest)]) == printed > 100


def _iso(at: float) -> str:
    from quanticity.sim.market.world import iso

    return iso(at, 0)


@pytest.mark.parametrize("symbol", ["SPY", "NVDA"])
def test_what_trades_on_and_off_the_exchanges_adds_up_to_the_candles(symbol):
    levels = bodies()[f"levels:{symbol}"]["data"]
    opens = world().day(AT).opens
    prints = world().tape.prints(symbol, opens, TEN_OCLOCK)
    off = int(prints.size[prints.venue == DARK].sum())
    shown = {name: sum(row[name] for row in levels) for name in ("off_vol", "lit_vol")}
    under_way = int(world().tape.volume(symbol, TEN_OCLOCK, TEN_OCLOCK + 60))
    traded = sum(row["volume"] for at, row in candles(symbol).items() if opens <= at <= LAST)
    assert traded <= shown["off_vol"] + shown["lit_vol"] <= traded + under_way
    assert off <= shown["off_vol"] <= off + under_way


def test_delayed_quotes_are_the_book_of_a_quarter_of_an_hour_ago():
    url = "https://cdn.cboe.com/api/global/delayed_quotes/quotes/AAPL.json"

    async def talk(running: Vendors) -> Any:
        return (await running.get(url)).json()["data"]

    found = with_vendors(talk, at=AT)
    quote = world().books.quote("AAPL", TEN_OCLOCK - 900)
    last = world().tape.last("AAPL", TEN_OCLOCK - 900)
    assert quote is not None
    assert last is not None
    assert (found["bid"], found["ask"]) == (quote.bid, quote.ask)
    assert (found["bid_size"], found["ask_size"]) == (quote.bid_size, quote.ask_size)
    assert found["current_price"] == last[1]
    assert found["volume"] == world().volume("AAPL", TEN_OCLOCK - 900)


def test_a_crash_shows_at_every_vendor():
    noon = eastern("2026-01-05 12:50")
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "candles": ("/stock/SPY/ohlc/1m", {"date": "2026-01-05"}),
        "halted": ("/stock/NVDA/ohlc/1m", {"date": "2026-01-05"}),
        "bars": ("TIME_SERIES_INTRADAY", {"symbol": "NVDA", "interval": "1min"}),
        "state": ("/stock/SPY/stock-state", {}),
        "dark": ("/darkpool/SPY", {"limit": "5"}),
        "gex": ("/stock/SPY/spot-exposures", {"date": "2026-01-05"}),
    }
    found, quiet = (fetched(asked, noon, scenario=name) for name in ("crash", "quiet"))

    def fall(body: dict[str, Any]) -> float:
        rows = body["candles"]["data"]
        before = next(row for row in rows if row["start_time"] == "2026-01-05T15:10:00Z")
        return float(rows[0]["close"]) / float(before["close"]) - 1

    assert fall(found) < min(-0.025, fall(quiet) - 0.025)
    low = float(found["candles"]["data"][0]["close"])
    assert float(found["state"]["data"]["close"]) == pytest.approx(low, rel=0.003)
    assert float(found["dark"]["data"][0]["price"]) == pytest.approx(low, rel=0.003)
    assert float(found["gex"]["data"][-1]["price"]) == pytest.approx(low, rel=0.003)
    # NVDA stands still from 12:20 to 12:30, wherever one looks.
    halted = {row["start_time"][11:16] for row in found["halted"]["data"]}
    assert {"17:19", "17:31"} <= halted
    assert not any("17:20" <= minute < "17:30" for minute in halted)
    bars = {text[11:16] for text in found["bars"]["Time Series (1min)"]}
    assert "12:19" in bars
    assert not any("12:20" <= minute < "12:30" for minute in bars)
