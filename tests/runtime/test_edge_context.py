"""What an edge may read of the keys: those that it declared, while they are fresh."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import orjson
import pytest

from quanticity.clock import LiveClock
from quanticity.component import Context, NoParams, Source
from quanticity.errors import UndeclaredRead
from quanticity.logs import logger
from quanticity.model import Key, Write
from quanticity.runtime.edge_context import EdgeContext
from quanticity.store.memory import MemoryStore
from quanticity.views import Book


class Reader(Source):
    name = "reader"
    reads: ClassVar = {
        "price": Key("raw:price:{symbol}", 60),
        "book": Key("market:{symbol}:book", 60, view=Book),
        "open": Key("raw:{other}", 60),
    }

    async def run(self, context: Context) -> None:
        """Nothing by itself."""


def read(name: str, data: Any = None, age: float = 0.0, key: str = "", **values: str) -> Any:
    async def act() -> Any:
        clock = LiveClock()
        store = MemoryStore(clock)
        if key:
            at = clock.now() - age
            store.put(Write(key, orjson.dumps(data), "uw.x", at, at, 600.0))
        nobody: Any = None
        reader = Reader(NoParams(), {"symbol": "SPY"})
        return await EdgeContext("reader:SPY", reader, store, clock, nobody).get(name, **values)

    return asyncio.run(act())


def test_a_declared_input_comes_as_its_view():
    assert read("price", {"x": 1}, key="raw:price:SPY").data["x"] == 1
    book = read("book", {"bids": [[1, 2]], "asks": []}, key="market:SPY:book")
    assert isinstance(book, Book)
    assert book.bid == 1


def test_placeholders_are_filled_by_the_caller_too():
    assert read("open", 7, key="raw:z", other="z").data == 7
    with pytest.raises(UndeclaredRead, match="placeholder"):
        read("open")


def test_missing_and_old_values_are_none():
    assert read("price") is None
    assert read("price", {"x": 1}, age=61, key="raw:price:SPY") is None


def test_what_cannot_be_read_as_its_view_is_none_and_told():
    said: list[str] = []
    sink = logger.add(lambda line: said.append(str(line)))
    try:
        assert read("book", [1], key="market:SPY:book") is None
    finally:
        logger.remove(sink)
    assert any("market:SPY:book cannot be read" in line for line in said)


def test_an_undeclared_input_is_refused():
    with pytest.raises(UndeclaredRead, match="reads 'other' but declares book, open, price"):
        read("other")
