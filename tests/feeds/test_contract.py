from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from quanticity.clock import Clock, LiveClock, VirtualClock, run_virtual
from quanticity.errors import ConfigError
from quanticity.feeds.contract import ContractChecker
from quanticity.feeds.contract_schema import Contract
from quanticity.feeds.ports import Drift
from tests.clock.wall import Settable
from tests.feeds.contract_bodies import CHAIN, chain, text
from tests.feeds.fakes import Witness

FEED = "uw.option_chains:SPY"
NAME = "contracts/chain.json"


class Desk:
    """A checker with one contract, and a feed that shows it bodies."""

    def __init__(self, clock: VirtualClock, schema: Any = None, **given: Any) -> None:
        self.clock: Clock = clock
        self.witness = Witness()
        self.contract = Contract(NAME, schema or CHAIN)
        self.checker = ContractChecker(clock, {NAME: self.contract}, observer=self.witness, **given)

    def show(self, payload: Any, feed: str = FEED, contract: str = NAME) -> list[Drift]:
        body, digest = text(payload)
        found = self.checker.observe(
            feed, contract, payload, body=body, digest=digest, now=self.clock.now()
        )
        return list(found)


def run(scenario: Callable[[VirtualClock], Awaitable[None]]) -> None:
    run_virtual(scenario)


@pytest.fixture
def lines() -> Any:
    said: list[str] = []
    handler = logger.add(lambda message: said.append(message.record["message"]), level="INFO")
    yield said
    logger.remove(handler)


def test_a_body_that_keeps_its_contract_is_silent() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        assert desk.show(chain()) == []
        await desk.checker.settle()
        assert desk.checker.drifts() == ()
        assert desk.checker.counts.full == 1

    run(scenario)


@pytest.mark.parametrize(
    ("changed", "path", "message"),
    [
        ({"strike": ...}, "data.*.strike", "is missing"),
        ({"strike": 100}, "data.*.strike", "is a number, should be text"),
        ({"strike": "1,000"}, "data.*.strike", "is no decimal"),
        ({"volume": None}, "data.*.volume", "is null, should be a whole number"),
        ({"option_type": "CALL"}, "data.*.option_type", "is 'CALL', not one of 'call', 'put'"),
        ({"nbbo_bid": 1.05}, "data.*.nbbo_bid", "is a number, should be text or null"),
        ({"last_tape_time": 1_700_000_000_000}, "data.*.last_tape_time",
         "is a number, should be text or null"),
    ],
)  # fmt: skip
def test_a_drift_says_where_and_what(changed: dict[str, Any], path: str, message: str) -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        (drift,) = desk.show(chain(**changed))
        assert (drift.feed, drift.path, drift.message) == (FEED, path, message)
        assert drift.first_seen == clock.now()
        await desk.checker.close()

    run(scenario)


def test_a_drift_is_told_once_and_kept_until_it_is_gone(lines: list[str]) -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        first = clock.now()
        assert len(desk.show(chain(volume="12"))) == 1
        for volume in ("13", "14"):
            await clock.sleep(61)
            assert desk.show(chain(volume=volume)) == []
        (standing,) = desk.checker.drifts(FEED)
        assert standing.first_seen == first
        await desk.checker.settle()
        assert desk.checker.counts.bodies_adrift == 3
        await clock.sleep(3700)
        assert desk.show(chain()) == []
        await desk.checker.settle()
        assert desk.checker.drifts() == ()
        assert desk.witness.drifts == []

    run(scenario)
    told = [line for line in lines if "data.*.volume" in line]
    assert len(told) == 2
    assert "uw.option_chains:SPY: data.*.volume: is text, should be a whole number" in told[0]
    assert "data.0.volume is '12'" in told[0]
    assert "no longer so" in told[1]


def test_one_change_of_a_vendor_is_one_line_for_all_its_feeds(lines: list[str]) -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        for symbol in ("SPY", "QQQ", "IWM"):
            assert len(desk.show(chain(volume="1"), feed=f"uw.option_chains:{symbol}")) == 1
        assert len(desk.checker.drifts()) == 3
        await desk.checker.close()

    run(scenario)
    assert len([line for line in lines if "data.*.volume" in line]) == 1


def test_the_first_body_is_looked_at_whole_though_no_sample_would_see_it() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        body = chain(500)
        body["data"][7]["volume"] = None
        assert desk.show(body) == []
        await desk.checker.settle()
        (drift,) = desk.checker.drifts()
        assert drift.path == "data.*.volume"
        assert desk.witness.drifts == [drift]

    run(scenario)


def test_bodies_are_looked_at_whole_once_an_hour() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        for minute in range(3 * 60 + 1):
            desk.show(chain(volume=minute))
            await desk.checker.settle()
            await clock.sleep(60)
        assert desk.checker.counts.full == 4
        assert desk.checker.counts.sampled == 3 * 60 + 1

    run(scenario)


def test_an_unchanged_body_is_not_looked_at_again() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        for _ in range(10):
            desk.show(chain())
            await clock.sleep(1)
        assert desk.checker.counts.sampled == 1
        await desk.checker.settle()

    run(scenario)


def test_a_changed_contract_is_checked_whole_at_once_and_its_old_drifts_are_forgotten() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        desk.show(chain(volume="12"))
        await desk.checker.settle()
        assert len(desk.checker.drifts()) == 1
        looser = {"type": "object", "required": ["data", "date"]}
        desk.checker.replace({NAME: Contract(NAME, looser)})
        (drift,) = desk.show(chain(volume="12"))
        assert (drift.path, drift.message) == ("date", "is missing")
        await desk.checker.settle()
        assert [drift.path for drift in desk.checker.drifts()] == ["date"]
        assert desk.checker.counts.full == 2

    run(scenario)


def test_a_reload_without_a_change_of_the_contract_checks_nothing_anew() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        desk.show(chain())
        desk.checker.replace({NAME: Contract(NAME, dict(CHAIN))})
        desk.show(chain(volume=99))
        await desk.checker.settle()
        assert desk.checker.counts.full == 1

    run(scenario)


def test_contract_none_looks_at_nothing() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        assert desk.show({"no": "chain"}, contract="none") == []
        assert desk.show({"no": "chain"}, contract="") == []
        assert desk.checker.counts.sampled == 0
        assert desk.checker.drifts() == ()

    run(scenario)


def test_a_contract_that_is_not_there_is_told_once(lines: list[str]) -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        for _ in range(3):
            assert desk.show(chain(), contract="contracts/other.json") == []

    run(scenario)
    assert len([line for line in lines if "contracts/other.json" in line]) == 1


def test_a_feed_that_is_gone_takes_its_drifts_with_it() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        desk.show(chain(volume="12"))
        desk.checker.forget(FEED)
        assert desk.checker.drifts() == ()
        await desk.checker.settle()
        assert desk.checker.drifts() == ()

    run(scenario)


@pytest.mark.parametrize("payload", [None, 1, "text", [], {}, [1, 2], {"data": None}])
def test_any_body_whatever_is_only_a_drift(payload: Any) -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        assert len(desk.show(payload)) == 1
        await desk.checker.settle()

    run(scenario)


def test_a_full_check_leaves_the_loop_free() -> None:
    async def main() -> None:
        contract = Contract(NAME, CHAIN)
        checker = ContractChecker(LiveClock(), {NAME: contract})
        # Wrong in its last row but one: everything has to be read, and jsonschema to explain it.
        payload = chain(3000)
        payload["data"][-2]["volume"] = "1"
        body, digest = text(payload)
        checker.observe(FEED, NAME, payload, body=body, digest=digest, now=0.0)
        turns = 0
        settled = asyncio.ensure_future(checker.settle())
        while not settled.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert turns > 5
        assert len(checker.drifts()) == 1

    asyncio.run(main())


def test_a_drift_that_no_sample_row_explains_is_looked_for_in_all_rows() -> None:
    # Free names are sampled by the quick look and not by the explanation.
    series = {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "integer"}},
    }

    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock, series)
        payload: dict[str, Any] = {f"day {number}": [1, 2, 3] for number in range(40)}
        payload["day 39"] = [1, "2", 3]
        for _ in range(2):
            desk.show(payload)
            await desk.checker.settle()
        (drift,) = desk.checker.drifts()
        assert (drift.path, drift.message) == ("*.*", "is text, should be a whole number")

    run(scenario)


def test_waiting_bodies_are_bounded_and_the_rest_asks_again() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        big = chain()
        big["padding"] = "x" * 40_000_000
        for symbol in ("A", "B", "C"):
            desk.show(big, feed=f"uw.option_chains:{symbol}")
        assert desk.checker.counts.postponed == 2
        await desk.checker.settle()
        assert desk.checker.counts.full == 1
        desk.show(big, feed="uw.option_chains:B")
        await desk.checker.settle()
        assert desk.checker.counts.full == 2

    run(scenario)


def test_alternatives_name_what_came_nearest() -> None:
    either = {"anyOf": [{"type": "string", "format": "decimal"}, {"type": "null"}]}
    contract = Contract(NAME, {"type": "array", "items": either})
    (finding,) = contract.explain([1.5])
    assert finding.path == "*"
    assert finding.message == "is a number, should be text and is a number, should be null"
    deep = {"anyOf": [{"type": "null"}, {"type": "array", "items": {"type": "string"}}]}
    (finding,) = Contract(NAME, deep).explain(["a", 1])
    assert (finding.path, finding.message) == ("*", "is a number, should be text")


def test_unknown_fields_are_named_where_a_contract_forbids_them() -> None:
    closed = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}
    (finding,) = Contract(NAME, closed).explain({"a": 1, "b": 2})
    assert (finding.path, finding.message) == ("", "has unknown fields: b")


def test_a_contract_file_that_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    broken = tmp_path / "x.json"
    broken.write_text('{"type": \n oops}')
    with pytest.raises(ConfigError, match=r"x\.json:2:2: no JSON"):
        Contract.load(broken, "x.json")
    broken.write_text('{"type": "strong"}')
    with pytest.raises(ConfigError, match=r"x\.json:1:1: no valid JSON Schema"):
        Contract.load(broken, "x.json")
    with pytest.raises(ConfigError, match=r"No such file"):
        Contract.load(tmp_path / "y.json", "y.json")
    broken.write_text('{"type": "string"}')
    assert Contract.load(broken, "x.json").fits("a")


def test_a_contract_that_became_a_fifo_was_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.json")
    with pytest.raises(ConfigError, match=r"contract 'x': it is not a plain file"):
        Contract.load(tmp_path / "x.json", "x")


@pytest.mark.parametrize("back", [3600.0, 86_400.0])
def test_a_clock_that_was_set_back_stopped_full_checks_and_hid_new_drifts(back: float) -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        desk.clock = wall = Settable(clock)
        desk.show(chain())
        await desk.checker.settle()
        (first,) = desk.show(chain(strike=...))
        wall.set_by(-back)
        await clock.sleep(5)
        (second,) = desk.show(chain(volume=None))
        assert (first.path, second.path) == ("data.*.strike", "data.*.volume")
        await desk.checker.settle()
        assert desk.checker.counts.full == 2

    run(scenario)


def test_a_contract_that_cannot_be_asked_kept_the_value_of_its_feed_from_the_store(
    lines: list[str],
) -> None:
    """One that leads back to itself meets a body that goes deeper than jsonschema can."""

    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock, {"properties": {"inside": {"$ref": "#"}}})
        deep: dict[str, Any] = {}
        for _ in range(250):
            deep = {"inside": deep}
        (drift,) = desk.checker.observe(FEED, NAME, deep, body=b"{}", digest="1", now=clock.now())
        assert drift.message == "whether it fits cannot be said: RecursionError"
        await desk.checker.settle()
        assert desk.show({"inside": {}}) == []
        assert desk.checker.counts.drifts == 1

    run(scenario)
    assert sum("RecursionError" in line for line in lines) == 1
