"""The ledger on the server: as exact as the one in memory, and safe from crashes."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from quanticity.clock import LiveClock
from quanticity.errors import StoreUnavailable
from quanticity.pace.endings import Endings
from quanticity.pace.ports import Ask, Grant, Span
from quanticity.store.opening import open_ledger
from quanticity.store.redis_store import RedisStore
from quanticity.store.slots import RedisLedger
from tests.store.ledgers import (
    LOOK,
    START,
    TICK,
    Both,
    compared,
    in_step,
    lengths,
    run,
    running,
    ticks,
)
from tests.store.running import (
    client,
    directory,
    processes_of,
    ready,
    server_of,
    until,
)


def asks(process: str, *numbers: int, hold: float = 0.5) -> list[Ask]:
    return [Ask(f"{process}:{number}", hold) for number in numbers]


# -- the same steps, in memory and on the server ------------------------------------------------

rolling = st.builds(lambda usable, length: Span(usable, length), st.integers(1, 6), lengths)
with_reset = st.builds(
    lambda usable, began, ends: Span(usable, 640 * TICK, START - began, START + 500 * TICK + ends),
    usable=st.integers(1, 8),
    began=ticks,
    ends=ticks,
)
step = st.one_of(
    st.tuples(st.just("wait"), ticks),
    st.tuples(
        st.just("take"), st.sampled_from(["p", "q", "r"]), st.integers(1, 5), ticks, st.booleans()
    ),
    st.tuples(
        st.just("release"),
        st.lists(st.integers(0, 30)),
        st.lists(st.integers(0, 30)),
        st.lists(st.integers(0, 30), max_size=2),
    ),
    st.tuples(st.just("write"), st.sampled_from(["p", "s"]), st.lists(ticks, max_size=4)),
    st.tuples(st.just("held"), lengths),
)


@compared
@given(
    steps=st.lists(step, max_size=25),
    spans=st.lists(st.one_of(rolling, with_reset), min_size=1, max_size=3),
    cap=st.none() | st.integers(1, 6),
)
def test_the_server_grants_what_an_exact_ledger_grants(
    server: Path, steps: list[Any], spans: list[Span], cap: int | None
) -> None:
    taken: list[str] = []
    repeatable = ""
    later: Endings | None = None

    async def act(both: Both, what: str, how: Sequence[Any]) -> None:
        nonlocal repeatable, later
        if what == "wait":
            repeatable = ""
        elif what == "take":
            process, count, hold, again = how
            names = [f"{process}:{len(taken) + number}" for number in range(count)]
            if again and repeatable:
                names[0] = repeatable
                names = [name for name in names if name.split(":")[0] == names[0].split(":")[0]]
            wanted = [Ask(name, hold) for name in names]
            along, later = later, None
            got = await both.ours.take("b", spans, cap, wanted, LOOK, along)
            expected = await both.exact.take("b", spans, cap, wanted, LOOK, along)
            check(got, expected, cap)
            taken.extend(names)
            repeatable = names[0] if got.granted and hold else ""
        elif what == "release" and taken:
            repeatable = ""
            told = [[taken[number % len(taken)] for number in numbers] for numbers in how]
            ended = Endings(*told)
            if later is None and len(told[0]) % 2:
                later = ended  # the next ask takes it along
            else:
                await both.release(ended)
        elif what == "write":
            process, bases = how
            written = {f"{process}:w{at}": both.clock.at - at for at in bases}
            await both.ours.write("b", written)
            await both.exact.write("b", written)
        elif what == "held":
            # What is older than every span and the look may be forgotten.
            length = min(how[0], max(span.length for span in spans))
            assert await both.ours.held("b", length) == await both.exact.held("b", length)

    in_step(server, steps, act)


def check(got: Grant, expected: Grant, cap: int | None) -> None:
    if cap is not None:
        # When a place in flight comes free nobody knows; the server says "ask again soon".
        got, expected = got._replace(retry_in=None), expected._replace(retry_in=None)
    elif expected.retry_in is not None and got.retry_in is not None:
        assert got.retry_in == pytest.approx(max(0.0, expected.retry_in))
        got, expected = got._replace(retry_in=None), expected._replace(retry_in=None)
    assert got._replace(others=tuple(sorted(got.others))) == expected


# -- real time, real processes ------------------------------------------------------------------

WINDOW = 0.5
LIMIT = 20

HAMMER = """
import random, time
from quanticity.pace.endings import Endings
from quanticity.pace.ports import Ask, Span
ledger = await open_ledger(store, LiveClock())
random.seed({seed})
mine = 'p{seed}_' + str(os.getpid())
spans = [Span({limit}, {window})]
print('ready', flush=True)
async def request(name):
    await asyncio.sleep(random.random() * 0.02)
    print('arrived', time.time(), flush=True)
    await asyncio.sleep(random.random() * 0.02)
    await ledger.release('b', Endings([name], [name], []))
number = 0
waiting = set()
while True:
    want = [Ask(mine + ':' + str(number + n), 0.3) for n in range(random.randint(1, 5))]
    number += len(want)
    grant = await ledger.take('b', spans, None, want, {window})
    for ask in want[:grant.granted]:
        task = asyncio.create_task(request(ask.id))
        waiting.add(task)
        task.add_done_callback(waiting.discard)
    await asyncio.sleep(0.002 if grant.retry_in is None else max(0.001, grant.retry_in))
"""


def hammer(data: Path, seed: int) -> Any:
    body = HAMMER.format(seed=seed, limit=LIMIT, window=WINDOW)
    return client(data, body.strip().replace("\n", "\n    "))


def arrivals_of(child: Any) -> list[float]:
    assert child.stdout is not None
    return [
        float(line.split()[1])
        for line in child.stdout.read().splitlines()
        if line.startswith("arrived ")
    ]


def most_in_any_window(arrivals: Sequence[float]) -> int:
    window: deque[float] = deque()
    most = 0
    for at in sorted(arrivals):
        window.append(at)
        while window[0] <= at - WINDOW:
            window.popleft()
        most = max(most, len(window))
    return most


def test_two_processes_and_a_kill_9_never_exceed_the_limit_at_the_vendor() -> None:
    with directory() as data, client(data, "pass") as keeps_it_alive:
        ready(keeps_it_alive)
        arrivals: list[float] = []
        with hammer(data, 1) as first:
            ready(first)
            for seed in (2, 3):
                with hammer(data, seed) as second:
                    ready(second)
                    time.sleep(0.8)
                    second.kill()
                    arrivals += arrivals_of(second)
            time.sleep(0.3)
            first.kill()
            arrivals += arrivals_of(first)
    assert most_in_any_window(arrivals) <= LIMIT
    lasted = max(arrivals) - min(arrivals)
    assert len(arrivals) > 0.25 * LIMIT * lasted / WINDOW


def test_slots_survive_kill_9_of_client_keeper_and_server() -> None:
    take = (
        "ledger = await open_ledger(store, LiveClock())\n"
        "    from quanticity.pace.endings import Endings\n"
        "    from quanticity.pace.ports import Ask, Span\n"
        "    grant = await ledger.take('uw', [Span(5, 60.0)], 5,"
        " [Ask('old:' + str(n), 30.0) for n in range(4)], 60)\n"
        "    await ledger.release('uw', Endings(['old:0'], ['old:0'], []))\n"
        "    assert grant.granted == 4"
    )

    async def main(data: Path) -> None:
        async with running(data) as (_, ledger):
            held = await ledger.held("uw", 60)
            assert len(held.bases) == 4
            assert len(held.in_flight) == 3
            assert held.bases[0] <= held.now < held.now + 25 < held.bases[1]
            grant = await ledger.take("uw", [Span(5, 60.0)], 5, asks("new", 1, 2), 60)
            assert grant.granted == 1
            assert grant.processes == 2  # the old one asked within the minute
            assert grant.others == held.bases
            assert grant.others_in_flight == 3

    with directory() as data:
        with client(data, take) as child:
            ready(child)
            for pid in [*processes_of(data), child.pid]:
                os.kill(pid, signal.SIGKILL)
        asyncio.run(main(data))


def test_a_slot_counts_from_the_send_to_a_window_after_the_headers() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        spans = [Span(1, 0.5)]
        assert (await ledger.take("b", spans, None, asks("p", 1, hold=10), 1)).granted == 1
        blocked = await ledger.take("b", spans, None, asks("p", 2), 1)
        assert blocked.granted == 0
        assert blocked.retry_in == pytest.approx(10.5, abs=0.4)
        await asyncio.sleep(0.6)
        assert (await ledger.take("b", spans, None, asks("p", 2), 1)).granted == 0
        await ledger.release("b", Endings(["p:1"], ["p:1"], []))
        blocked = await ledger.take("b", spans, None, asks("p", 2), 1)
        assert blocked.granted == 0
        assert blocked.retry_in is not None
        await asyncio.sleep(blocked.retry_in + 0.001)
        assert (await ledger.take("b", spans, None, asks("p", 2), 1)).granted == 1

    run(test)


def test_a_slot_never_sent_goes_back() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        spans = [Span(1, 60.0)]
        await ledger.take("b", spans, 1, asks("p", 1), 60)
        await ledger.release("b", Endings([], [], ["p:1"]))
        assert (await ledger.take("b", spans, 1, asks("p", 2), 60)).granted == 1

    run(test)


def test_a_place_in_flight_is_free_when_the_body_is_read() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        spans = [Span(100, 60.0)]
        assert (await ledger.take("b", spans, 2, asks("p", 1, 2, 3), 60)).granted == 2
        await ledger.release("b", Endings(["p:1"], [], []))
        assert (await ledger.take("b", spans, 2, asks("q", 1), 60)).granted == 0
        await ledger.release("b", Endings([], ["p:1"], []))
        assert (await ledger.take("b", spans, 2, asks("q", 1), 60)).granted == 1

    run(test)


def test_a_place_of_a_process_that_died_is_given_up_after_its_hold() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        spans = [Span(100, 60.0)]
        await ledger.take("b", spans, 1, asks("dead", 1, hold=0.5), 60)
        assert (await ledger.take("b", spans, 1, asks("p", 1), 60)).granted == 0
        await asyncio.sleep(0.52)
        assert (await ledger.take("b", spans, 1, asks("p", 1), 60)).granted == 1

    run(test)


def test_a_slot_written_after_its_answer_was_lost_keeps_no_place_in_flight() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        spans = [Span(100, 60.0)]
        await ledger.take("b", spans, 1, asks("p", 1, hold=30), 60)
        # The answer is taken for lost, the request is sent and ends; then the slot is written.
        await ledger.write("b", {"p:1": time.time() - 0.01})
        grant = await ledger.take("b", spans, 1, asks("p", 2), 60)
        assert grant.granted == 1
        assert grant.counts == (2,)

    run(test)


def test_budgets_do_not_mix() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        spans = [Span(1, 60.0)]
        assert (await ledger.take("uw", spans, 1, asks("p", 1), 60)).granted == 1
        assert (await ledger.take("av", spans, 1, asks("p", 1), 60)).granted == 1

    run(test)


def test_every_key_of_the_ledger_expires() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        spans = [Span(100, 60.0), Span(100, 86_400.0, time.time() - 10, time.time() + 86_390)]
        await ledger.take("b", spans, 5, asks("p", 1, 2), 60)
        await ledger.write("b", {"q:1": time.time()})
        await ledger.release("b", Endings(["p:1"], ["p:1"], []))
        lives = dict(await store.keys("slots:*"))
        assert set(lives) == {
            *("slots:b", "slots:b:asked", "slots:b:p", "slots:b:p:flight", "slots:b:q"),
            "slots:b:since",
        }
        assert max(lives.values()) < 40 * 86_400
        assert lives["slots:b:p"] > 86_400

    run(test)


def test_a_long_window_costs_no_more_answer_than_a_short_one() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        now = time.time()
        await ledger.write("b", {f"old:{n}": now - 200 - n for n in range(20_000)})
        spans = [Span(110, 60.0), Span(40_000, 86_400.0)]
        grant = await ledger.take("b", spans, None, asks("p", 1), 60)
        assert grant.counts == (1, 20_001)
        assert grant.others == ()
        assert grant.processes == 1
        assert len((await ledger.held("b", 86_400)).bases) == 20_001

    run(test)


def test_processes_that_are_gone_are_put_together() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        now = time.time()
        for number in range(30):
            await ledger.write("b", {f"gone{number}:1": now - 1000 - number})
        await ledger.write("b", {"here:1": now})
        assert len((await ledger.held("b", 86_400)).bases) == 31
        keys = [key for key, _ in await store.keys("slots:b:*")]
        assert keys == ["slots:b:here", "slots:b:past"]
        grant = await ledger.take("b", [Span(100, 86_400.0)], None, asks("p", 1), 60)
        assert grant.counts == (32,)
        assert len((await ledger.held("b", 86_400)).bases) == 32

    run(test)


def test_without_the_server_it_says_so_and_works_again_when_it_is_back() -> None:
    async def main(data: Path) -> None:
        async with running(data) as (_, ledger):
            spans = [Span(10, 60.0)]
            await ledger.take("b", spans, None, asks("p", 1), 60)
            os.kill(server_of(data), signal.SIGKILL)
            await until(lambda: not ledger.available)
            with pytest.raises(StoreUnavailable, match="away"):
                await ledger.take("b", spans, None, asks("p", 2), 60)
            await until(lambda: ledger.available)
            grant = await ledger.take("b", spans, None, asks("p", 2), 60)
            assert grant.counts == (2,)

    with directory() as data:
        asyncio.run(main(data))


def test_scripts_forgotten_by_the_server_are_loaded_again() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        assert store.address is not None
        plain = Redis(unix_socket_path=store.address.socket)
        await plain.script_flush()
        await plain.aclose()
        assert (await ledger.take("b", [Span(1, 1.0)], None, asks("p", 1), 1)).granted == 1

    run(test)


def test_slots_written_before_the_clock_was_set_back_counted_until_it_was_there_again(
    server: Path,
) -> None:
    granted: list[int] = []

    async def act(both: Both, what: str, how: Sequence[Any]) -> None:
        if what == "take":
            wanted, spans = asks(how[0], *how[1:]), [Span(3, 60.0)]
            got = await both.ours.take("b", spans, None, wanted, LOOK)
            expected = await both.exact.take("b", spans, None, wanted, LOOK)
            assert got.granted == expected.granted
            assert got.counts == expected.counts
            granted.append(got.granted)

    back = ("wait", -5 * 3600.0)
    steps = [("take", "p", 1, 2, 3), back, ("take", "q", 4, 5), ("wait", 61.0), ("take", "q", 6, 7)]
    in_step(server, steps, act)
    # They count for a window from then on: when they were sent nobody can say any more.
    assert granted == [3, 0, 2]


def test_a_server_that_was_emptied_tells_another_beginning() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        spans = [Span(9, 60.0)]
        assert (await ledger.held("b", 0.0)).since == 0
        first = await ledger.take("b", spans, None, asks("p", 1), LOOK)
        again = await ledger.take("b", spans, None, asks("q", 1), LOOK)
        assert first.since == again.since == (await ledger.held("b", 0.0)).since == first.now
        assert store.address is not None
        plain = Redis(unix_socket_path=store.address.socket)
        await plain.flushall()
        await plain.aclose()
        assert (await ledger.held("b", 0.0)).since == 0
        assert (await ledger.take("b", spans, None, asks("p", 2), LOOK)).since > first.since

    run(test)


def test_a_random_mix_never_counts_more_than_is_usable() -> None:
    async def test(store: RedisStore, ledger: RedisLedger) -> None:
        other = await open_ledger(store, LiveClock())
        draw = random.Random(11)
        spans = [Span(4, 0.05), Span(9, 0.2)]
        out: list[str] = []
        for number in range(400):
            who = draw.choice("pq")
            hand = ledger if who == "p" else other
            grant = await hand.take("b", spans, 3, asks(who, number, hold=0.05), 1)
            assert grant.counts[0] <= 4
            assert grant.counts[1] <= 9
            out += [f"{who}:{number}"] * grant.granted
            if out and draw.random() < 0.5:
                name = out.pop(draw.randrange(len(out)))
                await hand.release("b", Endings([name], [name], []))
            await asyncio.sleep(draw.random() * 0.004)
        await other.close()

    run(test)


def test_a_loop_that_was_held_up_is_not_taken_for_a_silent_store() -> None:
    async def test(_: RedisStore, ledger: RedisLedger) -> None:
        spans = [Span(5, 60.0)]
        asked = asyncio.ensure_future(ledger.take("b", spans, 5, asks("p", 1), 60))
        await asyncio.sleep(0)
        # Longer than the ledger's patience: its answer lies in the socket all the while.
        time.sleep(1.5)  # noqa: ASYNC251
        assert (await asked).granted == 1
        assert ledger.available

    run(test)
