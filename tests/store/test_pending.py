"""What waits for the server: bounded, newest values only, every event in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quanticity.model import Kind, Write
from quanticity.store.pending import Pending
from quanticity.store.script import Group, Plain
from tests.store.running import write


def names(pending: Pending, *, newest_first: bool = False) -> list[str]:
    items = pending.take(1000, 10**9, newest_first=newest_first)
    return [item.write.key for item in items]


def test_in_the_usual_run_writes_go_out_in_the_order_they_came() -> None:
    pending = Pending(10**6)
    for key, kind in (("a", Kind.LATEST), ("e", Kind.EVENTS), ("b", Kind.LATEST)):
        pending.put(write(key, kind=kind), 0.0)
    pending.put(Plain("p", b"1", 5), 0.0)
    assert names(pending) == ["a", "e", "b", "p"]
    assert len(pending) == 0
    assert pending.bytes == 0


def test_a_newer_value_of_a_key_takes_the_place_of_the_older() -> None:
    pending = Pending(10**6)
    for key in ("a", "b", "a"):
        pending.put(write(key), 0.0)
    assert names(pending) == ["b", "a"]


def test_values_come_back_newest_first_and_events_in_order() -> None:
    pending = Pending(10**6)
    for number in range(3):
        pending.put(write(f"v{number}"), 0.0)
        pending.put(write(f"e{number}", kind=Kind.EVENTS), 0.0)
    assert names(pending, newest_first=True) == ["v2", "v1", "v0", "e0", "e1", "e2"]


def test_what_could_not_be_written_returns_unless_something_newer_came() -> None:
    pending = Pending(10**6)
    for key in ("a", "b"):
        pending.put(write(key, b"1"), 0.0)
    pending.put(write("e", b"1", kind=Kind.EVENTS), 0.0)
    taken = pending.take(10, 10**6, newest_first=False)
    pending.put(write("b", b"2"), 1.0)
    pending.put(write("e", b"2", kind=Kind.EVENTS), 1.0)
    pending.give_back(taken)
    left = pending.take(10, 10**6, newest_first=False)
    told = [(item.write.key, item.write.data) for item in left if isinstance(item.write, Write)]
    assert told == [("a", b"1"), ("e", b"1"), ("b", b"2"), ("e", b"2")]


def test_what_would_have_expired_is_dropped() -> None:
    pending = Pending(10**6)
    pending.put(write("old", ttl=5), 0.0)
    pending.put(write("young", ttl=5), 3.0)
    pending.put(write("event", ttl=5, kind=Kind.EVENTS), 0.0)
    pending.drop_expired(6.0)
    assert pending.expired == 2
    assert names(pending) == ["young"]
    assert pending.bytes == 0


def test_one_value_larger_than_the_bound_is_still_held() -> None:
    pending = Pending(1000)
    pending.put(write("a", b"1" * 5000), 0.0)
    assert len(pending) == 1
    pending.put(write("b"), 0.0)
    assert names(pending) == ["b"]
    assert pending.given_up == 1


puts = st.tuples(
    st.just("put"),
    st.sampled_from("abcdef"),
    st.sampled_from([Kind.LATEST, Kind.EVENTS]),
    st.integers(1, 4000),
)
takes = st.tuples(st.just("take"), st.integers(1, 5), st.booleans(), st.booleans())


@given(steps=st.lists(puts | takes, max_size=60), bound=st.integers(2_000, 20_000))
def test_nothing_is_lost_unseen_and_the_bound_holds(steps: list[tuple], bound: int) -> None:  # type: ignore[type-arg]
    pending = Pending(bound)
    put = taken_out = 0
    events_out: list[int] = []
    for number, (what, *how) in enumerate(steps):
        if what == "put":
            key, kind, size = how
            held = {item.write.key for item in pending._values.values()}
            pending.put(write(key, b"1" * size, kind=kind, timestamp=float(number)), 0.0)
            put += 1 if kind is Kind.EVENTS or key not in held else 0
        else:
            count, newest_first, back = how
            items = pending.take(count, 10**9, newest_first=newest_first)
            if back:
                pending.give_back(items)
            else:
                taken_out += len(items)
                events_out += [
                    item.number
                    for item in items
                    if isinstance(item.write, Write) and item.write.kind is Kind.EVENTS
                ]
        assert pending.bytes <= bound or len(pending) == 1
        assert pending.bytes == sum(
            item.size for item in (*pending._values.values(), *pending._events)
        )
        assert put == len(pending) + taken_out + pending.given_up
    assert events_out == sorted(events_out)


def test_groups_keep_their_order_among_events_and_are_never_replaced() -> None:
    pending = Pending(10**6)
    pending.put(Group((write("a", b"1"), Plain("state:x", b"1", 5))), 0.0)
    pending.put(write("a", b"2"), 0.0)
    pending.put(Group((write("a", b"3"), Plain("state:x", b"3", 5))), 0.0)
    taken = pending.take(10, 10**6, newest_first=True)
    assert [len(item.members) for item in taken] == [1, 2, 2]
    pending.give_back(taken)
    assert len(pending) == 3
    again = pending.take(10, 10**6, newest_first=False)
    assert [[one.key for one in item.members] for item in again] == [
        *(["a", "state:x"], ["a"], ["a", "state:x"])
    ]
    assert pending.bytes == 0


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.booleans())))
def test_the_newest_plain_string_of_a_key_is_told_in_a_group_or_alone(
    puts: list[tuple[str, bool, bool]],
) -> None:
    pending = Pending(10**6)
    newest: dict[str, bytes] = {}
    for number, (key, grouped, given_back) in enumerate(puts):
        text = Plain(key, b"%d" % number, 60)
        pending.put(Group((write("e", kind=Kind.EVENTS), text)) if grouped else text, 0.0)
        newest[key] = text.value
        if given_back:
            pending.give_back(pending.take(2, 10**6, newest_first=False))
    assert {key: pending.plain(key) for key in "ab"} == {key: newest.get(key) for key in "ab"}


def test_a_value_is_no_plain_string_of_its_key() -> None:
    pending = Pending(10**6)
    pending.put(write("a"), 0.0)
    pending.put(write("b", kind=Kind.EVENTS), 0.0)
    assert pending.plain("a") is pending.plain("b") is pending.plain("c") is None


def test_events_that_nobody_can_bring_again_were_given_up_for_room() -> None:
    pending = Pending(2_000)
    for number in range(10):
        pending.put(write("e", b"%d" % number, kind=Kind.EVENTS)._replace(once=True), 0.0)
    for number in range(10):
        pending.put(write(f"v{number}", b"1" * 500), 0.0)
        pending.put(write("f", b"1" * 500, kind=Kind.EVENTS), 0.0)
    taken = pending.take(100, 10**9, newest_first=True)
    events = [item.write for item in taken if item.once]
    assert [one.data for one in events if isinstance(one, Write)] == [b"%d" % n for n in range(10)]
    # What else waits is held to the bound by itself, and none of it is wiped out by them.
    assert sum(item.size for item in taken if not item.once) <= 2_000
    assert [item.write.key for item in taken if not item.once] == ["v9", "f"]
    assert (pending.given_up, pending.bytes) == (18, 0)
    pending.give_back(taken)
    pending.drop_expired(1e9)
    pending.put(write("v", b"1" * 5000), 0.0)
    assert len(pending) == 1


def test_what_waits_for_a_server_that_is_there_was_held_to_the_bound_of_an_outage() -> None:
    pending = Pending(2_000)
    pending.away = False
    for number in range(100):
        pending.put(write("e", b"%d" % number, kind=Kind.EVENTS), 0.0)
    assert (len(pending), pending.given_up) == (100, 0)
    pending.away = True
    assert pending.bytes <= 2_000
    assert pending.given_up == 100 - len(pending)
