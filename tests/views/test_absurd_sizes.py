"""Prices and sizes that no market has, in books and tapes: each costs itself and nothing else."""

from __future__ import annotations

import pytest

from plugins.analytics.book_quality import BookQuality
from plugins.analytics.execution_cost import ExecutionCost
from plugins.analytics.parameter_discovery import ParameterDiscovery
from quanticity.testing import Harness, samples
from quanticity.views import Book, Tape
from tests.views.making import NOW, view_of


@pytest.mark.parametrize("odd", [1e308, "1e308", 1e12])
def test_one_absurd_level_made_an_imbalance_infinite(odd: object) -> None:
    levels = [[100.0, 5], [99.0, odd], [odd, 7], [98.0, 6]]
    book = view_of(Book, {"bids": levels, "asks": [[101.0, odd], [102.0, 9]]})
    assert book.bid_prices.tolist() == [100.0, 98.0]
    assert book.ask_sizes.tolist() == [9.0]
    assert book.bad == {"price or size impossible": 3}


def test_components_of_the_book_failed_on_it() -> None:
    body = samples.book(NOW)
    for side in ("bids", "asks"):
        body[side] = [[level[0], 1e308] for level in body[side]]
    for component in (BookQuality, ExecutionCost):
        harness = Harness(component, values={"symbol": "SPY"})
        harness.give("book", body)
        assert harness.run()


def test_one_absurd_print_was_a_whole_bucket_of_volume() -> None:
    prints = samples.tape(NOW)
    odd = [{**prints[0], "size": 1e308}, {**prints[0], "price": 1e12}]
    tape = view_of(Tape, [*prints, *odd])
    assert len(tape) == len(prints)
    assert tape.bad == {"price or size impossible": 2}
    found = []
    for given in (prints, [*prints, *odd]):
        harness = Harness(ParameterDiscovery, values={"symbol": "SPY"})
        harness.give("prints", given)
        harness.advance(1000)
        found.append(harness.value("found"))
    assert found[0] == found[1]
