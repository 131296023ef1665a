"""What hypothesis makes up is a chain, a book, a tape; and what ships bears it."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
from hypothesis import HealthCheck, given, settings

from plugins.analytics.book_quality import BookQuality
from plugins.analytics.exposure import Exposure
from quanticity.testing import MONDAY, Harness
from quanticity.testing.markets import books, chains, tapes
from quanticity.testing.samples import book, chain, tape
from quanticity.views import Book, Chain, Tape
from tests.views.making import stored_as, view_of

SPY = {"symbol": "SPY"}
SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SOME
@given(body=chains(MONDAY, hostile=False))
def test_a_good_chain_is_read_whole(body: dict[str, Any]):
    view = view_of(Chain, body)
    assert view.spot == body["price"]
    assert (view.expires > MONDAY).all()
    assert not view.adjusted.any()
    assert np.isfinite(view.gamma).all()
    assert set(view.bad) <= {"repeated"}


@SOME
@given(body=books(MONDAY, hostile=False))
def test_a_good_book_has_two_sides_and_is_not_crossed(body: dict[str, Any]):
    view = view_of(Book, body)
    assert not view.bad
    assert view.mid is not None


@SOME
@given(body=tapes(MONDAY, hostile=False))
def test_a_good_tape_is_in_order(body: list[dict[str, Any]]):
    view = Tape.of_events([stored_as(one) for one in body])
    assert len(view) == len(body)
    assert (np.diff(view.times) >= 0).all()
    assert view.has_quotes.all()


@SOME
@given(body=chains(MONDAY))
def test_exposure_bears_any_chain(body: dict[str, Any]):
    harness = Harness(Exposure, values=SPY)
    harness.give("alpha_vantage", body)
    harness.run()
    gex = harness.value("gex")
    assert (gex["total"] is None) == (gex["reason"] is not None)


@SOME
@given(body=books(MONDAY))
def test_book_quality_bears_any_book(body: dict[str, Any]):
    harness = Harness(BookQuality, values=SPY)
    harness.give("book", body)
    harness.run()
    found = harness.value("imbalance")
    assert (found["imbalance"] is None) == (found["reason"] is not None)


@SOME
@given(body=tapes(MONDAY))
def test_any_tape_can_be_read(body: list[dict[str, Any]]):
    view = view_of(Tape, orjson.loads(orjson.dumps(body)))
    assert len(view) + sum(view.bad.values()) == len(body)


def test_samples_are_clean_and_the_same_each_time():
    one = view_of(Chain, chain(MONDAY))
    assert (len(one), dict(one.bad), one.spot) == (28, {}, 500.0)
    assert not view_of(Book, book(MONDAY)).bad
    assert not view_of(Tape, tape(MONDAY)).bad
    assert chain(MONDAY) == chain(MONDAY)
