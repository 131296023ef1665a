"""Every fault that can strike a vendor, seen through the real engine and counted at the vendor."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quanticity.config.loaded import Loaded
from quanticity.errors import BadBody, FetchError, RateLimited, TransportError, VendorRefused
from quanticity.feeds.call import Call
from quanticity.feeds.feed import Feed
from quanticity.feeds.fetch import Fetcher
from quanticity.feeds.stats import FeedStats
from quanticity.feeds.stream import Stream
from quanticity.sim.faults import CATALOG, Fault, FaultPlan, NoFaults, Rule, Where
from quanticity.sim.faults.catalog import (
    ClockSkew,
    CloseAfter,
    Drop,
    HalfOpen,
    Jitter,
    Latency,
    ResetMidFrame,
    SchemaDrift,
    ServerError,
    Silence,
    TooManyRequests,
    Truncated,
    WrongBody,
)
from tests.feeds.socket_vendor import until as seen
from tests.sim.vendors.asking import TEN_OCLOCK
from tests.sim.vendors.engine import Engine, shipped, with_engine

FEED = "unusual_whales.stock_state:SPY"
CHANNEL = "unusual_whales.stream_price:SPY"
SHORT = 2.0  # seconds that the vendor is waited for: its first answer of all is slow


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The shipped config, with short time-outs and a quick heartbeat."""
    streams = {
        "stream_price": {
            "enabled": True,
            "heartbeat": {"interval_seconds": 1.5, "timeout_seconds": 0.5},
        }
    }
    source = {"timeout_seconds": SHORT, "endpoints": streams}
    overlay = {"data_sources": {"unusual_whales": source}}
    return shipped(tmp_path_factory.mktemp("impatient"), overlay)


def struck_once(
    loaded: Loaded, fault: Fault, look: Callable[[Engine, Feed], Any], **options: Any
) -> Any:
    """What `look` makes of one fetch that a fault strikes."""
    plan = FaultPlan()
    plan.inject(fault)

    async def talk(engine: Engine) -> Any:
        return await look(engine, engine.feeds[options.get("feed", FEED)])

    found = with_engine(talk, loaded, plan=plan)
    assert plan.counters == {f"http.{fault.name}": 1}
    return found


async def one_try(engine: Engine, feed: Feed) -> FetchError:
    now = feed.recipe.around.clock.now()
    fetcher = Fetcher(feed.recipe, engine.lane(feed), FeedStats(), now)
    with pytest.raises(FetchError) as caught:
        # The deadline has passed: one try, no retry.
        await fetcher.body(Call(feed.recipe, feed.values), now)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (Silence(seconds=30), TransportError, "no answer within"),
        (HalfOpen(seconds=30), TransportError, "no answer within"),
        (HalfOpen(seconds=0.2), TransportError, ""),
        (ResetMidFrame(), FetchError, "the body"),
        (Drop(), TransportError, ""),
        (TooManyRequests(), RateLimited, "exceeded 120 requests per minute"),
        (TooManyRequests(retry_after=7), RateLimited, "429"),
        (ServerError(), VendorRefused, "500"),
        (ServerError(status=503), VendorRefused, "503"),
        (Truncated(), BadBody, "cut"),
        (WrongBody(), BadBody, "a web page"),
        (WrongBody(form="empty"), BadBody, "empty"),
        (WrongBody(form="cut"), BadBody, ""),
    ],
    ids=str,
)
def test_what_spoils_an_answer_is_the_named_error_of_the_engine(impatient, fault, error, says):
    found = struck_once(impatient, fault, one_try)
    assert isinstance(found, error)
    assert says in str(found)


@pytest.mark.parametrize(
    "fault",
    [
        Drop(),
        CloseAfter(),
        ResetMidFrame(),
        Truncated(),
        ServerError(status=502),
        WrongBody(form="empty"),
        HalfOpen(seconds=0.1),
        Silence(seconds=0.1),
        Latency(seconds=0.1),
        Jitter(seconds=0.1),
    ],
    ids=str,
)
def test_a_feed_has_its_value_after_a_fault_that_passes(impatient, fault):
    async def look(engine: Engine, feed: Feed) -> tuple[str, bool]:
        await feed.run(engine.lane(feed))
        return feed.stats.error, feed.key in engine.store.latest

    assert struck_once(impatient, fault, look) == ("", True)


@pytest.mark.parametrize("fault", [Latency(seconds=0.3), Jitter(seconds=0.5)], ids=str)
def test_an_answer_is_late(impatient, fault):
    async def look(engine: Engine, feed: Feed) -> tuple[float | None, float | None]:
        await feed.run(engine.lane(feed))
        late = feed.stats.latency
        await feed.run(engine.lane(feed))
        return late, feed.stats.latency

    late, plain = struck_once(impatient, fault, look)
    assert late > plain
    assert late >= 0.3 or isinstance(fault, Jitter)


@pytest.mark.parametrize("form", ["rename", "remove", "retype"])
def test_a_drift_of_the_schema_is_told_and_the_value_that_cannot_be_read_is_not_stored(
    impatient, form
):
    async def look(engine: Engine, feed: Feed) -> int:
        return len(await engine.run(feed))

    assert struck_once(impatient, SchemaDrift(form=form), look) >= 1


def test_json_of_something_else_is_told_as_drift_or_refused(impatient):
    async def look(engine: Engine, feed: Feed) -> bool:
        drifts = await engine.run(feed)
        return bool(drifts or feed.stats.error)

    assert struck_once(impatient, WrongBody(form="other"), look)


def test_the_stamps_of_a_vendor_whose_clock_is_slow_are_old(impatient):
    async def look(engine: Engine, feed: Feed) -> float:
        await feed.run(engine.lane(feed))
        skewed = engine.store.latest[feed.key].timestamp
        await feed.run(engine.lane(feed))
        return engine.store.latest[feed.key].timestamp - skewed

    assert struck_once(impatient, ClockSkew(seconds=-600), look) == pytest.approx(600, abs=5)


def over_the_stream(
    loaded: Loaded, fault: Fault, until: Callable[[Stream, Engine], bool]
) -> tuple[Stream, Engine]:
    """A stream that a fault strikes once it speaks, when `until` has become true."""
    plan = FaultPlan()

    async def talk(engine: Engine) -> tuple[Stream, Engine]:
        async with engine.streaming() as stream, asyncio.timeout(20):
            await seen(lambda: stream.stats.acknowledged == len(stream.feeds))
            await seen(lambda: engine.store.writes)
            engine.store.writes.clear()
            plan.inject(fault)
            await seen(lambda: plan.counters and until(stream, engine))
            # Whatever it was, what comes after it comes through.
            engine.store.writes.clear()
            await seen(lambda: engine.store.writes)
        return stream, engine

    found = with_engine(talk, loaded, plan=plan)
    assert plan.counters == {f"socket.{fault.name}": 1}
    return found


@pytest.mark.parametrize(
    "fault",
    [Drop(), ResetMidFrame(), Silence(seconds=3), HalfOpen(seconds=30), HalfOpen(seconds=0.2)],
    ids=str,
)
def test_a_lost_or_silent_stream_is_opened_again_or_speaks_again(impatient, fault):
    quiet = isinstance(fault, Silence)
    stream, engine = over_the_stream(
        impatient, fault, lambda stream, _: quiet or stream.stats.connects == 2
    )
    if quiet:
        # The vendor answers pings: it is silent, not gone.
        assert stream.stats.connects == 1
    else:
        assert [gap.until > gap.since for gap in stream.stats.gaps] == [True]
        assert any(told[0] == "missed" for told in engine.witness.told)


@pytest.mark.parametrize("fault", [WrongBody(), WrongBody(form="cut")], ids=str)
def test_a_frame_that_is_none_is_counted_and_the_stream_goes_on(impatient, fault):
    stream, _ = over_the_stream(impatient, fault, lambda stream, _: stream.stats.bad_frames == 1)
    assert stream.stats.connects == 1


@pytest.mark.parametrize("fault", [Latency(seconds=0.3), Jitter(seconds=0.3)], ids=str)
def test_a_late_frame_comes(impatient, fault):
    stream, _ = over_the_stream(impatient, fault, lambda *_: True)
    assert (stream.stats.connects, stream.stats.bad_frames) == (1, 0)


def test_the_stamps_of_a_streaming_vendor_whose_clock_is_slow_are_old(impatient):
    def old(_: Stream, engine: Engine) -> bool:
        return any(write.timestamp < TEN_OCLOCK - 500 for write in engine.store.writes)

    over_the_stream(impatient, ClockSkew(seconds=-600), old)


def test_a_drifted_frame_is_told(impatient):
    # Frames are checked by samples: all of a channel are struck.
    rule = Rule(SchemaDrift(form="remove"), frozenset({Where.SOCKET}), "price:SPY", lasting=30)
    plan = FaultPlan([rule])

    async def talk(engine: Engine) -> set[str]:
        async with engine.streaming():
            await seen(lambda: engine.witness.drifts)
        return {drift.feed for drift in engine.witness.drifts}

    assert with_engine(talk, impatient, plan=plan) == {CHANNEL}
    assert plan.struck("schema_drift") >= 1


def test_every_fault_of_a_vendor_is_observed_here():
    text = Path(__file__).read_text()
    kinds = [kind for kind in CATALOG.values() if {Where.HTTP, Where.SOCKET} & set(kind.strikes)]
    assert all(text.count(f"{kind.__name__}(") >= 1 for kind in kinds)


@pytest.mark.parametrize("seed", range(5))
def test_of_two_faults_at_random_both_strike_and_the_feed_comes_back(impatient, seed):
    plan = FaultPlan.random(seed, where=(Where.HTTP,), faults=2, seconds=2, begins=TEN_OCLOCK)
    both = {rule.fault.name for rule in plan.rules}

    async def talk(engine: Engine) -> bool:
        feed = engine.feeds[FEED]
        async with asyncio.timeout(60):
            while {name for name in both if plan.struck(name)} != both:
                # Not so fast that the vendor's own limit is reached.
                await asyncio.sleep(0.1)
                now = feed.recipe.around.clock.now()
                with contextlib.suppress(FetchError):
                    # One try each: what the vendor says about waiting is not waited for.
                    await Fetcher(feed.recipe, engine.lane(feed), FeedStats(), now).body(
                        Call(feed.recipe, feed.values), now
                    )
            # The plan is over; whatever it left behind is not.
            engine.server.faults = NoFaults()
            engine.store.latest.clear()
            await feed.run(engine.lane(feed))
        return feed.stats.error == "" and feed.key in engine.store.latest

    assert with_engine(talk, impatient, plan=plan)
