"""What the design notes have wrong about the broker: none of it may come back.

Each test is a row of the requirements' list of mistakes; the index of all of them stands in
`tests/test_mistakes_of_the_notes.py`.
"""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from pathlib import Path

import orjson

from plugins.ibkr.keys import WRITES
from plugins.ibkr.library import LibraryLine
from plugins.ibkr.settings import IbkrParams
from tests.plugins.ibkr.rig import Desk, on_virtual_clock

PLUGIN = Path(__file__).parents[3] / "plugins" / "ibkr"


def test_x10_the_name_of_an_option_left_out_its_right_or_its_expiry() -> None:
    """A call and a put of one strike, or two expiries of it, were one key."""
    assert WRITES["option"].placeholders == ("symbol", "expiry", "strike", "right")


@on_virtual_clock()
async def test_x10_a_call_and_a_put_of_one_strike_have_a_key_each(desk: Desk) -> None:
    await desk.settled()
    await desk.clock.sleep(60)
    rights = defaultdict(set)
    names = {"C": "call", "P": "put"}
    for name in await desk.keys():
        if found := re.fullmatch(r"raw:ibkr:options:(SPY:\d{8}:[\d.]+):([CP])", name):
            rights[found[1]].add(found[2])
            told = await desk.get(name)
            assert (told["underlying"], told["type"]) == ("SPY", names[found[2]])
    assert {"C", "P"} in rights.values()
    assert len({name.split(":")[1] for name in rights}) > 1


@on_virtual_clock(desk={"depth": ("SPY", "QQQ", "AAPL")})
async def test_x19_of_a_set_of_books_that_changed_one_was_taken(desk: Desk) -> None:
    """The notes read one ticker where the library gives a set, and stored what is no JSON."""
    await desk.settled()
    await desk.clock.sleep(10)
    for symbol in ("SPY", "QQQ", "AAPL"):
        text = await desk.store.get_raw(f"raw:ibkr:depth:{symbol}")
        assert text is not None, symbol
        told = orjson.loads(text)["data"]
        assert told["symbol"] == symbol
        assert len(told["bids"]) == len(told["asks"]) == 10
        assert all(isinstance(price, float) for price, _, _ in told["bids"])


def test_x20_connecting_stopped_the_loop_that_was_running() -> None:
    """The desks of these tests connect within a loop; nothing of the plugin blocks one."""
    assert inspect.iscoroutinefunction(LibraryLine.connect)
    blocks = re.compile(r"\.connect\(|asyncio\.run\(|run_until_complete|util\.run\(")
    found = {
        f"{file.name}: {line.strip()}"
        for file in PLUGIN.glob("*.py")
        for line in file.read_text("utf-8").splitlines()
        if blocks.search(line) and "await" not in line
    }
    assert found == set()


def test_x20_data_and_orders_had_one_client_id() -> None:
    shipped = IbkrParams()
    assert shipped.client_id != shipped.order_client_id
    one = shipped.model_copy(update={"order_client_id": shipped.client_id})
    assert "326" in next(iter(one.slips())).hint
