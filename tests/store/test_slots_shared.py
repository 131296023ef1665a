"""What processes of one token tell each other through the ledger: in memory and on the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quanticity.clock import LiveClock
from quanticity.pace.endings import Endings
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.ports import Ask, Grant, Ledger, Span, Telling, Terms, Told, is_loan
from quanticity.store.opening import open_ledger
from quanticity.store.slots import RedisLedger
from tests.store.ledgers import LOOK, TICK, Both, compared, in_step, lengths, run, ticks

NAMES = ("p", "q", "r")

terms = st.builds(
    Terms,
    scheduled=st.booleans(),
    upto=st.none() | st.integers(0, 12),
    kept=st.sampled_from([0, 0, 1, 3]),
    soon=st.none() | st.integers(0, 3),
)
told = st.builds(
    Told,
    number=st.integers(1, 4),
    at=ticks,
    waiting=st.tuples(*[st.integers(0, 9)] * 4),
    lives=ticks,
    outlook=st.none() | st.binary(min_size=1, max_size=40),
)
step = st.one_of(
    st.tuples(st.just("wait"), ticks),
    st.tuples(
        st.just("take"),
        st.sampled_from(NAMES),
        st.lists(st.tuples(st.sampled_from("cinb-"), terms), max_size=5),
        ticks,
        told,
        st.integers(0, 4),
    ),
    st.tuples(st.just("end"), st.integers(0, 40), st.sampled_from(["headers", "done", "unsent"])),
    st.tuples(st.just("held"), st.sampled_from(NAMES), told),
)
rolling = st.tuples(st.integers(1, 9), lengths).map(lambda pair: Span(*pair))
several = st.lists(rolling, min_size=1, max_size=2)


@compared
@given(steps=st.lists(step, max_size=25), spans=several, cap=st.none() | st.integers(1, 6))
def test_the_server_tells_and_grants_what_an_exact_ledger_does(
    server: Path, steps: list[Any], spans: list[Span], cap: int | None
) -> None:
    taken: list[str] = []
    loans, seen = dict.fromkeys(NAMES, 0), dict.fromkeys(NAMES, 0.0)

    async def act(both: Both, what: str, how: Sequence[Any]) -> None:
        if what == "take":
            process, wanted, hold, says, main = how
            asks = [
                Ask(f"{process}:{len(taken) + n}{letter}", hold + TICK, one)
                for n, (letter, one) in enumerate(wanted)
            ]
            place = main if main < len(spans) else None
            telling = Telling(process, says, seen[process], loans[process], place)
            got = await both.ours.take("b", spans, cap, asks, LOOK, None, telling)
            expected = await both.exact.take("b", spans, cap, asks, LOOK, None, telling)
            assert plainly(got) == plainly(expected)
            taken.extend(ask.id for ask in asks)
            seen[process] = got.now
            if got.processes > 1:
                loans[process] += sum(map(is_loan, asks[: got.granted]))
        elif what == "end" and taken:
            await both.release(Endings(**{how[1]: [taken[how[0] % len(taken)]]}))
        elif what == "held":
            process, says = how
            length = max(span.length for span in spans)
            telling = Telling(process, says)
            got_held = await both.ours.held("b", length, LOOK, telling)
            assert got_held == await both.exact.held("b", length, LOOK, telling)

    in_step(server, steps, act)


def plainly(grant: Grant) -> Grant:
    """The slots of others by base and group; when more may be had is another test's."""
    others = sorted(zip(grant.others, grant.ranks, strict=True))
    return grant._replace(
        retry_in=None,
        others=tuple(base for base, _ in others),
        ranks="".join(rank for _, rank in others),
    )


def saying(process: str, seen: float = 0.0, loans: int = 0, **more: Any) -> Telling:
    fields = {"number": 1, "at": 0.0, "waiting": (0, 0, 0, 0), "lives": 30.0, **more}
    return Telling(process, Told(**fields), seen, loans, 0)


def both(test: Any) -> None:
    """Run a test with a ledger in memory and with one on the server."""
    asyncio.run(test(MemoryLedger(LiveClock())))
    run(lambda _, ledger: test(ledger))


def test_an_outlook_is_told_once_and_what_waits_each_time() -> None:
    async def test(ledger: Ledger) -> None:
        spans = [Span(10, 60.0)]
        first = await ledger.take("b", spans, None, [], 60, None, saying("p", outlook=b"plan"))
        assert first.heard == ()
        there = await ledger.take("b", spans, None, [], 60, None, saying("q"))
        assert [(one.process, one.outlook) for one in there.heard] == [("p", b"plan")]
        await ledger.take("b", spans, None, [], 60, None, saying("p", waiting=(2, 0, 1, 0)))
        again = await ledger.take("b", spans, None, [], 60, None, saying("q", there.now))
        (heard,) = again.heard
        assert (heard.outlook, heard.waiting) == (None, (2, 0, 1, 0))

    both(test)


def test_what_was_not_granted_waits() -> None:
    async def test(ledger: Ledger) -> None:
        asks = [Ask(f"p:{n}{letter}", 5.0) for n, letter in enumerate("cic")]
        telling = saying("p", waiting=(1, 0, 0, 4), outlook=b"plan")
        grant = await ledger.take("b", [Span(1, 60.0)], None, asks, 60, None, telling)
        assert grant.granted == 1
        heard = (await ledger.held("b", 60.0, 60.0, saying("q"))).heard
        assert heard[0].waiting == (2, 1, 0, 4)

    both(test)


def test_a_loan_that_was_decided_by_an_older_view_of_the_others_is_refused() -> None:
    async def test(ledger: Ledger) -> None:
        spans = [Span(10, 60.0)]
        view = await ledger.take("b", spans, None, [], 60, None, saying("p"))
        lent = [Ask("q:1b", 5.0), Ask("q:2i", 5.0), Ask("q:3c", 5.0)]
        await ledger.take("b", spans, None, lent, 60, None, saying("q"))
        ask = Ask("p:1b", 5.0, Terms(upto=view.loans + 1))
        refused = await ledger.take("b", spans, None, [ask], 60, None, saying("p"))
        assert (refused.granted, refused.retry_in, refused.loans) == (0, 0.0, 2)
        ask = Ask("p:1b", 5.0, Terms(upto=refused.loans))
        assert (await ledger.take("b", spans, None, [ask], 60, None, saying("p"))).granted == 1
        # Its own loans are none of others.
        ask = Ask("p:2b", 5.0, Terms(upto=refused.loans))
        telling = saying("p", loans=1)
        assert (await ledger.take("b", spans, None, [ask], 60, None, telling)).granted == 1

    both(test)


def test_a_place_in_flight_and_the_reserve_are_kept_whoever_asks() -> None:
    async def test(ledger: Ledger) -> None:
        spans = [Span(5, 60.0)]

        async def ask(name: str, **how: Any) -> int:
            one = Ask(name, 5.0, Terms(**how))
            telling = saying(name.partition(":")[0])
            return (await ledger.take("b", spans, 3, [one], 60, None, telling)).granted

        assert await ask("p:1b", soon=0) == 1
        assert await ask("q:1b", soon=0) == 1
        assert await ask("p:2b", soon=0) == 0, "one is kept for critical"
        assert await ask("q:2c") == 1
        await ledger.release("b", Endings(done=["p:1b"]))
        assert await ask("p:3b", soon=1) == 0, "another is needed soon"
        assert await ask("p:3b", soon=0) == 1, "critical has its place"
        await ledger.release("b", Endings(done=["p:3b", "q:1b"]))
        assert await ask("q:3b", soon=0, kept=1) == 0, "the reserve is kept"
        assert await ask("q:3b", soon=0) == 1

    both(test)


def test_who_is_silent_for_too_long_is_forgotten() -> None:
    async def test(ledger: Ledger) -> None:
        await ledger.held("b", 60.0, 60.0, saying("p", lives=0.05, outlook=b"plan"))
        assert (await ledger.held("b", 60.0, 60.0, saying("q"))).heard
        await asyncio.sleep(0.06)
        assert not (await ledger.held("b", 60.0, 60.0, saying("q"))).heard

    both(test)


def test_every_key_of_what_is_told_expires() -> None:
    async def test(store: Any, ledger: RedisLedger) -> None:
        for name in ("p", "q"):
            asks = [Ask(f"{name}:1b", 5.0)]
            telling = saying(name, outlook=b"plan")
            await ledger.take("b", [Span(9, 60.0)], None, asks, 60, None, telling)
        lives = dict(await store.keys("slots:*"))
        assert {"slots:b:told", "slots:b:outlooks", "slots:b:loans"} <= set(lives)
        assert 60 < min(lives.values()) <= max(lives.values()) < 600

    run(test)


def test_ten_processes_that_tell_what_they_will_need_cost_little() -> None:
    async def test(store: Any, ledger: RedisLedger) -> None:
        others = [await open_ledger(store, LiveClock()) for _ in range(3)]

        async def takes(budget: str) -> tuple[float, int]:
            """The median seconds that one of many takes lasts, and how many others it heard."""
            lasted, seen, heard = [], 0.0, 0
            for number in range(300):
                asks = [Ask(f"p0:{number}b", 5.0, Terms(upto=10**6, soon=0))]
                began, telling = time.perf_counter(), saying("p0", seen)
                grant = await ledger.take(budget, spans, 500, asks, 60, None, telling)
                lasted.append(time.perf_counter() - began)
                seen, heard = grant.now, len(grant.heard)
                assert grant.granted == 1
            return median(lasted), heard

        spans = [Span(10_000, 60.0)]
        alone, heard = await takes("alone")
        assert heard == 0
        for number in range(10):
            await ledger.held("b", 60.0, 60.0, saying(f"p{number}", outlook=b"x" * 3000))
        among, heard = await takes("b")
        assert heard == 9
        assert among < 5 * alone
        for other in others:
            await other.close()

    run(test)
