"""A key that holds the first source's value, the stand-by's while the first is slow, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from quanticity.clock import VirtualClock, run_virtual
from quanticity.config.schema.root import Aggregate, Failover, Reading
from quanticity.feeds.aggregate import Input
from quanticity.feeds.failover import FailoverAggregator
from quanticity.feeds.tempo import Tempo
from quanticity.model import Write
from quanticity.store.memory import MemoryStore
from tests.feeds.fakes import Witness

SPEC = Aggregate(
    method="failover",
    sources=("av.quote", "ibkr.quotes"),
    redis_key="quote:{symbol}",
    ttl_seconds=30,
    failover=Failover(p95_seconds=2, for_seconds=180),
)
FIRST = Input("av.quote", "raw:av:quote:{symbol}")
SECOND = Input("ibkr.quotes", "raw:ibkr:quotes:{symbol}")


class Desk:
    """Two sources of SPY and QQQ that bring a value every five seconds."""

    def __init__(
        self, clock: VirtualClock, polled: tuple[str, ...] = ("av.quote",), spec: Aggregate = SPEC
    ) -> None:
        self.clock = clock
        self.store = MemoryStore(clock)
        self.witness = Witness()
        self.aggregator = FailoverAggregator(
            "quote",
            spec,
            (FIRST, SECOND),
            self.store,
            clock,
            polled=frozenset(polled),
            observer=self.witness,
        )
        self.gives: dict[str, dict[str, Any]] = {"av": {}, "ibkr": {}}
        self.took = {"av": 0.2, "ibkr": 0.2}
        self.brings = {"av", "ibkr"}
        self.task = asyncio.create_task(self.aggregator.run())
        self.began = clock.now()

    async def go_on(self, seconds: float) -> None:
        until = self.clock.now() + seconds
        while self.clock.now() < until:
            now = self.clock.now()
            for each in (FIRST, SECOND):
                name = each.name.partition(".")[0]
                tempo = self.aggregator.tempos.get(each.name)
                if tempo is not None:
                    tempo.took(now, self.took[name])
                for symbol in ("SPY", "QQQ") if name in self.brings else ():
                    key = each.key.replace("{symbol}", symbol)
                    data = orjson.dumps({"from": name, "at": now, **self.gives[name]})
                    self.store.put(Write(key, data, each.name, now - 1, now, 15))
                    self.aggregator.changed(key)
            await self.clock.sleep(5)

    async def value(self, symbol: str = "SPY") -> Any:
        found = await self.store.get(f"quote:{symbol}")
        return found and found.data["from"]

    @property
    def told(self) -> list[tuple[str, ...]]:
        return self.witness.told


def at_work(check: Callable[[Desk], Awaitable[None]], **given: Any) -> None:
    async def main(clock: VirtualClock) -> None:
        desk = Desk(clock, **given)
        await check(desk)
        desk.task.cancel()
        await asyncio.gather(desk.task, return_exceptions=True)

    run_virtual(main)


def test_a_slow_source_gives_way_after_three_minutes_and_comes_back() -> None:
    async def check(desk: Desk) -> None:
        await desk.go_on(60)
        assert (await desk.value(), desk.told) == ("av", [])
        desk.took["av"] = 3.1
        await desk.go_on(175)
        assert (await desk.value(), desk.told) == ("av", [])
        await desk.go_on(15)
        assert (await desk.value("SPY"), await desk.value("QQQ")) == ("ibkr", "ibkr")
        said = "av.quote is slow (p95 3.1 s, 180 s above 2 s); ibkr.quotes is primary now"
        assert desk.told == [("switched", "aggregate quote", said)]
        await desk.go_on(600)
        assert len(desk.told) == 1, "once"
        desk.took["av"] = 0.3
        await desk.go_on(230)
        assert await desk.value() == "ibkr"
        await desk.go_on(20)
        assert (await desk.value("SPY"), await desk.value("QQQ")) == ("av", "av")
        said = "av.quote is quick again (p95 0.3 s) and primary; ibkr.quotes stands by"
        assert desk.told[1:] == [("back", "aggregate quote", said)]

    at_work(check)


def test_a_value_is_handed_on_as_it_came_with_its_own_times() -> None:
    async def check(desk: Desk) -> None:
        await desk.go_on(1)
        first = await desk.store.get("raw:av:quote:SPY")
        found = await desk.store.get("quote:SPY")
        assert first is not None
        assert found is not None
        assert (found.data, found.timestamp, found.received) == (
            first.data,
            first.timestamp,
            first.received,
        )
        assert found.source == "aggregate.quote"
        assert found.inputs == {"av.quote": first.seq}
        assert desk.aggregator.stats.merges == 2, "the stand-by's value is no news"

    at_work(check)


def test_where_the_stand_by_has_no_value_the_slow_one_goes_on_and_that_is_told() -> None:
    async def check(desk: Desk) -> None:
        desk.brings = {"av"}
        desk.took["av"] = 5.0
        await desk.go_on(400)
        assert await desk.value() == "av"
        said = (
            "av.quote is slow (p95 5 s, 180 s above 2 s); no other source has a value "
            "(ibkr.quotes: no value yet): it goes on"
        )
        assert desk.told == [("switched", "aggregate quote", said)]
        desk.brings = {"av", "ibkr"}
        await desk.go_on(10)
        assert await desk.value() == "ibkr"

    at_work(check)


def test_a_source_whose_values_ended_is_stood_in_for_at_once() -> None:
    async def check(desk: Desk) -> None:
        await desk.go_on(10)
        desk.brings = {"ibkr"}
        await desk.go_on(30)
        assert await desk.value() == "ibkr"
        assert desk.aggregator.state()["active"] == "av.quote"
        desk.brings = {"av", "ibkr"}
        await desk.go_on(5)
        assert await desk.value() == "av"

    at_work(check)


def test_where_all_are_slow_the_first_is_primary() -> None:
    async def check(desk: Desk) -> None:
        desk.took["av"] = 3.0
        await desk.go_on(200)
        assert desk.aggregator.active == "ibkr.quotes"
        desk.took["ibkr"] = 4.0
        await desk.go_on(200)
        assert desk.aggregator.active == "av.quote"
        assert "as well" in desk.told[-1][2]

    at_work(check, polled=("av.quote", "ibkr.quotes"))


def test_status_says_who_is_primary_and_how_quick_they_are() -> None:
    async def check(desk: Desk) -> None:
        desk.took["av"] = 3.0
        await desk.go_on(200)
        state = desk.aggregator.state()
        assert (state["primary"], state["active"]) == ("av.quote", "ibkr.quotes")
        assert 175 <= state["since"] - desk.began <= 190
        assert state["sources"] == [
            {"source": "av.quote", "p95": 3.0, "slow": True, "lacks": ""},
            {"source": "ibkr.quotes", "p95": None, "slow": False, "lacks": ""},
        ]

    at_work(check)


LIKE = SPEC.model_copy(
    update={
        "needs": ("price",),
        "reads": {
            "av.quote": Reading(fields={"price": "close"}),
            "ibkr.quotes": Reading(fields={"price": "last"}, only={"state": "live"}),
        },
    }
)


def test_a_stand_by_whose_value_does_not_count_is_not_turned_to_and_that_is_told() -> None:
    async def check(desk: Desk) -> None:
        desk.gives = {"av": {"close": 1.5}, "ibkr": {"last": 1.4, "state": "lost"}}
        desk.took["av"] = 5.0
        await desk.go_on(400)
        found = await desk.store.get("quote:SPY")
        assert found is not None
        assert found.data == {"symbol": "SPY", "source": "av.quote", "price": 1.5, "reason": None}
        ((_, _, said),) = desk.told
        assert said.endswith("no other source has a value (ibkr.quotes: state is lost): it goes on")
        assert desk.aggregator.state()["sources"][1]["lacks"] == "state is lost"
        desk.gives["ibkr"]["state"] = "live"
        await desk.go_on(10)
        found = await desk.store.get("quote:SPY")
        assert found is not None
        assert (found.data["source"], found.data["price"]) == ("ibkr.quotes", 1.4)
        assert desk.aggregator.state()["sources"][1]["lacks"] == ""
        desk.gives["ibkr"]["last"] = None
        await desk.go_on(10)
        found = await desk.store.get("quote:SPY")
        assert found is not None
        assert found.data["source"] == "av.quote", "slow is better than without a price"

    at_work(check, spec=LIKE)


def test_a_first_source_at_a_slow_cadence_is_stood_in_for_once_its_value_is_old() -> None:
    # Before the open it is asked every quarter hour, and its value lives as long.
    reads = {"av.quote": Reading(max_age_seconds=120)}

    async def check(desk: Desk) -> None:
        key = "raw:av:quote:SPY"
        desk.brings = {"ibkr"}
        now = desk.clock.now()
        desk.store.put(Write(key, b'{"from": "av"}', "av.quote", now, now, 1800))
        desk.aggregator.changed(key)
        await desk.go_on(100)
        assert await desk.value() == "av"
        await desk.go_on(30)
        assert await desk.value() == "ibkr"
        assert desk.told == [], "it is not slow"

    at_work(check, spec=SPEC.model_copy(update={"reads": reads, "ttl_seconds": 120}))


def test_each_threshold_has_a_tempo_of_its_own() -> None:
    turned: list[str] = []
    quick = Tempo(Failover(p95_seconds=1, for_seconds=0), lambda: turned.append("quick"))
    patient = Tempo(Failover(p95_seconds=5, for_seconds=0), lambda: turned.append("patient"))
    for tempo in (quick, patient):
        tempo.took(0.0, 3.0)
    assert turned == ["quick"]


def test_an_edit_forgot_who_was_slow_and_made_it_primary_again() -> None:
    async def check(desk: Desk) -> None:
        desk.took["av"] = 9.0
        await desk.go_on(300)
        assert desk.aggregator.active == "ibkr.quotes"
        desk.task.cancel()
        before = desk.aggregator
        spec = SPEC.model_copy(update={"ttl_seconds": 60})
        after = FailoverAggregator(
            "quote", spec, (FIRST, SECOND), desk.store, desk.clock, polled=frozenset(["av.quote"])
        )
        after.follow(before)
        desk.aggregator, desk.task = after, asyncio.create_task(after.run())
        await desk.go_on(20)
        assert (desk.aggregator.active, await desk.value()) == ("ibkr.quotes", "ibkr")
        assert desk.aggregator.state()["since"] == before.state()["since"]
        desk.took["av"] = 0.2
        await desk.go_on(600)
        assert (desk.aggregator.active, await desk.value()) == ("av.quote", "av")

    at_work(check)
