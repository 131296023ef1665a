"""Who gets a line, a book or a stream: by priority, never over a limit, and told why not."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from plugins.ibkr.allotment import USES, Stream, Want, allot
from plugins.ibkr.strikes import (
    WEEKS,
    ZERO,
    Option,
    Rotation,
    interleaved,
    ladder,
    near,
    slices,
)

wants = st.lists(
    st.builds(Want, st.sampled_from(Stream), st.sampled_from("ABCDEFGH"), st.integers(0, 5)),
    max_size=60,
)
limits = st.fixed_dictionaries({name: st.integers(0, 8) for name in ("lines", "books", "ticks")})
refusals = st.dictionaries(
    st.tuples(st.sampled_from(Stream), st.sampled_from("ABCDEFGH")), st.just("no"), max_size=6
)


@given(wants, limits, refusals)
def test_limits_hold_and_nothing_is_left_out_in_silence(given_wants, given_limits, refused):
    found = allot(given_wants, given_limits, refused)
    for name, most in given_limits.items():
        assert found.used(name) <= most
    chosen = {want.id for want in found.chosen}
    left = {(one.stream, one.subject) for one in found.left_out}
    assert not chosen & left
    assert chosen | left == {want.id for want in given_wants}
    assert all(one.reason for one in found.left_out)


@given(wants, limits, refusals)
def test_nobody_is_left_out_for_somebody_of_a_lower_priority(given_wants, given_limits, refused):
    found = allot(given_wants, given_limits, refused)
    best: dict[tuple[Stream, str], int] = {}
    for want in given_wants:
        best[want.id] = min(best.get(want.id, 99), want.rank)
    for one in found.left_out:
        if (one.stream, one.subject) in refused:
            continue
        rank = best[one.stream, one.subject]
        same = [want for want in found.chosen if USES[want.stream] == USES[one.stream]]
        assert all(want.rank <= rank for want in same)


@given(wants, limits)
def test_a_refused_one_takes_nobodys_place(given_wants, given_limits):
    found = allot(given_wants, given_limits)
    if not found.chosen:
        return
    first = found.chosen[0]
    after = allot(given_wants, given_limits, {first.id: "error 354: no subscription"})
    others = {want.id for want in found.chosen} - {first.id}
    assert others <= {want.id for want in after.chosen}
    assert any(one.reason.startswith("error 354") for one in after.left_out)


@given(st.lists(st.floats(1, 1000), min_size=1, max_size=40), st.floats(1, 1000), st.integers(1, 9))
def test_strikes_near_the_money_are_nearer_than_all_others(strikes, price, count):
    chosen = near(strikes, price, count)
    assert len(chosen) == min(count, len(set(strikes)))
    worst = max(abs(one - price) for one in chosen)
    assert all(abs(one - price) >= worst for one in set(strikes) - set(chosen))


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 5))
def test_in_turns_every_option_is_shown(count, places, fixed_count):
    options = ladder("SPY", "20261204", [float(one) for one in range(count)])
    fixed, rest = options[:fixed_count], options[fixed_count:]
    rotation, seen = Rotation(), set()
    free = places - min(places, len(fixed))
    turns = -(-len(rest) // free) if free else 3
    for _ in range(turns):
        shown = rotation.turn(fixed, rest, places)
        assert len(shown) <= places
        assert len(set(shown)) == len(shown)
        assert shown[: len(fixed)] == fixed[:places]
        seen |= set(shown)
    if free:
        assert seen >= set(rest)


def test_slices_are_by_days_to_expiry_and_none_is_called_what_it_is_not():
    today = date(2026, 11, 30)
    every = ["20261130", "20261201", "20261211", "20261214", "20261218", "20270115"]
    assert slices(every, today) == {ZERO: "20261130", WEEKS: "20261214"}
    assert slices(["20261201", "20270115"], today) == {}


def test_an_option_has_a_name_with_its_right():
    """A key of strike and expiry alone held whichever of the two came last."""
    call, put = ladder("SPY", "20261204", [680.5])
    assert (call.id, put.id) == ("SPY:20261204:680.5:C", "SPY:20261204:680.5:P")
    assert call.osi == "SPY261204C00680500"
    other = [Option("QQQ", "20261204", 600.0, "C")]
    assert interleaved([call, put], other) == [call, other[0], put]
