from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import pytest
from loguru import logger

from quanticity.clock import Clock, LiveClock, MarketCalendar
from quanticity.config.effective import Effective, resolve
from quanticity.config.schema import Root
from quanticity.config.secrets import Secrets
from quanticity.feeds.contract import ContractChecker
from quanticity.feeds.contract_schema import Contract
from quanticity.feeds.credentials import read
from quanticity.feeds.outbox import Outbox
from quanticity.feeds.ports import Surroundings
from quanticity.feeds.stream import Stream
from quanticity.feeds.stream_feed import StreamFeed
from quanticity.feeds.switchboard import Switchboard
from quanticity.feeds.transform import LoadedTransforms
from quanticity.feeds.vendor import Vendor
from quanticity.model import Priority
from tests.feeds.fakes import MemoryStore, Witness
from tests.feeds.socket_vendor import SocketVendor, until

TOKEN = "sekret-token-4711"
GEX = {
    "transport": "websocket",
    "join": [{"channel": "gex:{symbol}", "msg_type": "join"}],
    "symbols": ["SPY", "QQQ"],
    "frame": {
        "channel": "0",
        "payload": "1",
        "ignore": {"1.status": "ok"},
        "timestamp": "1.timestamp",
    },
    "redis_key": "raw:uw:stream:gex:{symbol}",
    "ttl_seconds": 60,
    "priority": "critical",
}
ALERTS = {
    "transport": "websocket",
    "join": [{"channel": "flow-alerts", "msg_type": "join"}],
    "frame": {"channel": "0", "payload": "1", "ignore": {"1.status": "ok"}},
    "redis_key": "raw:uw:stream:flow_alerts",
    "kind": "events",
    "ttl_seconds": 60,
}
NOW = 1_767_625_200.0


class HandedSlot:
    def __init__(self, told: list[str]) -> None:
        self._told = told

    def headers(self) -> None:
        self._told.append("headers")

    def lost(self) -> None:
        self._told.append("lost")

    def given_up(self) -> None:
        self._told.append("given up")

    def done(self) -> None:
        self._told.append("done")

    def unsent(self) -> None:
        self._told.append("unsent")


class Bench:
    """A socket vendor, a switchboard that listens to it, and what it stored."""

    def __init__(
        self, vendor: SocketVendor, *, clock: Clock | None = None, **endpoints: Any
    ) -> None:
        self.socket = vendor
        self.store = MemoryStore()
        self.witness = Witness()
        self.slots: list[str] = []
        clock = clock or LiveClock(NOW)
        self.checker = ContractChecker(clock, {}, observer=self.witness)
        self.transforms = LoadedTransforms(clock, self.store, {})
        self.around = Surroundings(
            clock, MarketCalendar(), self.store, self.checker, self.transforms, self.witness
        )
        self.board = Switchboard(self._slot, first_pause=0.02)
        self.vendor: Vendor | None = None
        self.configure(**endpoints)

    async def _slot(self, budget: str, group: Priority) -> HandedSlot:
        self.slots.append(f"{budget} {group}")
        return HandedSlot(self.slots)

    def effective(self, **endpoints: Any) -> Effective:
        given = {
            name: {"url": self.socket.url, **spec}
            for name, spec in (
                endpoints or {"stream_gex": GEX, "stream_flow_alerts": ALERTS}
            ).items()
        }
        source = {
            "base_url": "http://127.0.0.1",
            "auth": {"type": "query", "name": "token", "token_env": "UW"},
            "timeout_seconds": 2,
            "endpoints": given,
        }
        root = Root.model_validate({"data_sources": {"uw": source}})
        return resolve(root, Secrets({"UW": TOKEN}, ["UW"]))

    def configure(self, **endpoints: Any) -> None:
        found = self.effective(**endpoints)
        source = found.sources["uw"]
        if self.vendor is None:
            credentials = read(source.source.auth, Secrets({"UW": TOKEN}, ["UW"]))
            self.vendor = Vendor(source, credentials, self.around, lambda _word: None)
        streams = {each.id: each for each in source.endpoints.values()}
        self.board.update(streams, {"uw": self.vendor})

    @property
    def stream(self) -> Stream:
        (only,) = self.board.streams
        return only

    def events(self, key: str = "raw:uw:stream:flow_alerts") -> list[Any]:
        return [envelope.data for _, envelope in self.store.streams.get(key, [])]

    async def ready(self, joins: int = 3) -> None:
        await until(lambda: len(self.socket.joined) >= joins)
        await until(lambda: self.stream.stats.acknowledged >= joins)


@contextlib.asynccontextmanager
async def bench(*, clock: Clock | None = None, **endpoints: Any) -> AsyncIterator[Bench]:
    async with SocketVendor().serve() as vendor:
        made = Bench(vendor, clock=clock, **endpoints)
        try:
            yield made
        finally:
            await made.board.close()
            await made.checker.close()


def live(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(_as_coroutine(scenario), 20))


async def _as_coroutine(scenario: Callable[[], Awaitable[None]]) -> None:
    await scenario()


@pytest.fixture
def lines() -> Any:
    said: list[str] = []
    handler = logger.add(lambda message: said.append(str(message)), level="DEBUG")
    yield said
    logger.remove(handler)


def test_all_channels_of_a_source_share_one_connection_that_took_one_slot() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            assert len(desk.socket.connects) == 1
            assert sorted(desk.socket.joined) == ["flow-alerts", "gex:QQQ", "gex:SPY"]
            assert desk.slots == ["uw critical", "headers", "done"]
            assert sorted(desk.board.feeds) == [
                "uw.stream_flow_alerts",
                "uw.stream_gex:QQQ",
                "uw.stream_gex:SPY",
            ]

    live(scenario)


def test_a_payload_is_stored_as_the_vendors_own_bytes() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            # Order of fields, spaces and trailing zeros are the vendor's.
            await desk.socket.say(
                '["gex:SPY", {"z": "1.10",  "a": 1.0, "timestamp": 1767625199500}]'
            )
            await until(lambda: "raw:uw:stream:gex:SPY" in desk.store.latest)
            (write,) = desk.store.writes
            assert write.data == b'{"z": "1.10",  "a": 1.0, "timestamp": 1767625199500}'
            assert write.timestamp == 1_767_625_199.5
            assert write.source == "uw.stream_gex"
            stats = desk.board.feeds["uw.stream_gex:SPY"].stats
            assert (stats.fetches, stats.error, stats.running) == (1, "", True)
            assert desk.store.plain["heartbeat:uw"]

    live(scenario)


def test_acknowledgements_are_no_data() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            await desk.socket.say(["flow-alerts", {"id": 1}])
            await until(lambda: desk.events() == [{"id": 1}])
            assert len(desk.store.writes) == 1

    live(scenario)


def test_a_time_ahead_of_ours_is_not_believed_but_a_second_is_forgiven() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            ahead = int((desk.around.clock.now() + 2) * 1000)
            far = int((desk.around.clock.now() + 9000) * 1000)
            for number, stamp in enumerate((ahead, far), 1):
                await desk.socket.say(["gex:SPY", {"timestamp": stamp}])
                await until(lambda number=number: len(desk.store.writes) == number)
            for write in desk.store.writes:
                assert write.timestamp == write.received

    live(scenario)


def test_a_dropped_connection_comes_back_joins_again_and_tells_the_gap(lines: list[str]) -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            await desk.socket.say(["flow-alerts", {"id": 1}])
            await until(lambda: len(desk.events()) == 1)
            await desk.socket.drop()
            await desk.ready(joins=6)
            await desk.socket.say(["flow-alerts", {"id": 2}])
            await until(lambda: len(desk.events()) == 2)
            (gap,) = desk.stream.stats.gaps
            assert 0 < gap.until - gap.since < 5
            assert "does not replay" in desk.board.feeds["uw.stream_gex:SPY"].stats.note
            assert desk.slots == ["uw critical", "headers", "done"] * 2
            name = desk.stream.name
            told = [kind for kind, who, *_ in desk.witness.told if who == name]
            assert told == ["failed", "missed", "recovered"]
            (missed,) = [who for kind, _, *who in desk.witness.told if kind == "missed"]
            assert set(missed) == set(desk.stream.feeds)

    live(scenario)
    assert any("nothing came for" in line for line in lines)


def test_a_connection_that_died_without_a_word_is_found_out() -> None:
    beat = {"heartbeat": {"interval_seconds": 0.1, "timeout_seconds": 0.1}}

    async def scenario() -> None:
        async with bench(stream_gex={**GEX, **beat}) as desk:
            await desk.ready(joins=2)
            # While it answers pings, silence alone is no death.
            await asyncio.sleep(0.6)
            assert len(desk.socket.connects) == 1
            desk.socket.deaf = True
            await until(lambda: desk.stream.stats.state == "waiting")
            assert "no answer to a ping" in desk.stream.stats.error
            desk.socket.deaf = False
            await desk.ready(joins=4)
            assert len(desk.socket.connects) >= 2

    live(scenario)


def test_a_heartbeat_may_be_a_message_of_the_vendors_own() -> None:
    beat = {"heartbeat": {"interval_seconds": 0.05, "timeout_seconds": 0.5, "message": ["ping"]}}

    async def scenario() -> None:
        async with bench(stream_gex={**GEX, **beat}) as desk:
            await desk.ready(joins=2)
            await until(lambda: ["ping"] in [message for _, message in desk.socket.heard])
            await asyncio.sleep(0.2)
            assert len(desk.socket.connects) == 1

    live(scenario)


def test_joins_never_come_as_a_storm() -> None:
    symbols = [f"S{number}" for number in range(6)]

    async def scenario() -> None:
        async with bench(stream_gex={**GEX, "symbols": symbols}) as desk:
            await desk.ready(joins=6)
            times = [at for at, _ in desk.socket.heard]
            assert times[-1] - times[0] >= 0.45

    live(scenario)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ("not json", "not JSON"),
        ("[" * 200 + "]" * 200, "nested deeper"),
        ('["gex:SPY"]', "without '1'"),
    ],
)
def test_garbage_is_counted_told_once_and_stops_nothing(
    frame: str, said: str, lines: list[str]
) -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            await desk.socket.say(frame, frame, frame, ["flow-alerts", {"id": 1}])
            await until(lambda: len(desk.events()) == 1)
            assert desk.stream.stats.bad_frames == 3
            assert len(desk.socket.connects) == 1

    live(scenario)
    assert len([line for line in lines if said in line]) == 1


def test_frames_of_nobodys_channel_are_counted() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            await desk.socket.say(["price:SPY", {"close": "1"}], {"hello": 1}, [1], 7)
            await desk.socket.say(["flow-alerts", {"id": 1}])
            await until(lambda: len(desk.events()) == 1)
            assert desk.stream.stats.unrouted == 4
            assert len(desk.store.writes) == 1

    live(scenario)


def test_what_a_frame_names_becomes_a_key_only_where_it_can() -> None:
    spec = {
        **GEX,
        "symbols": [],
        "join": [{"channel": "gex", "msg_type": "join"}],
        "frame": {"channel": "0", "payload": "1", "values": {"symbol": "1.ticker"}},
    }

    async def scenario() -> None:
        async with bench(stream_gex=spec) as desk:
            await until(lambda: desk.socket.joined == ["gex"])
            for ticker in ("SPY", "a b", "", "x:y{z}", "x:y", None):
                await desk.socket.say(["gex", {"ticker": ticker}])
            await desk.socket.say(["gex", {"ticker": "IWM"}])
            await until(lambda: "raw:uw:stream:gex:IWM" in desk.store.latest)
            assert sorted(desk.store.latest) == ["raw:uw:stream:gex:IWM", "raw:uw:stream:gex:SPY"]
            # The acknowledgement names no ticker either.
            assert desk.stream.stats.bad_frames == 6

    live(scenario)


def test_a_message_over_the_limit_is_told_and_the_connection_made_anew() -> None:
    async def scenario() -> None:
        async with bench(stream_gex={**GEX, "max_body_bytes": 2000}) as desk:
            await desk.ready(joins=2)
            with contextlib.suppress(ConnectionError):
                await desk.socket.say(["gex:SPY", {"x": "y" * 5000}])
            await desk.ready(joins=4)
            told = [text for kind, *rest in desk.witness.told if kind == "failed" for text in rest]
            assert any("max_body_bytes (2000)" in text for text in told)

    live(scenario)


def test_a_refused_channel_is_that_feeds_failure_only() -> None:
    async def scenario() -> None:
        async with bench(stream_gex={**GEX, "symbols": ["nowhere", "SPY"]}) as desk:
            await until(lambda: len(desk.socket.joined) == 2)
            feeds = desk.board.feeds
            await until(lambda: feeds["uw.stream_gex:nowhere"].stats.error != "")
            assert "unmatched topic" in feeds["uw.stream_gex:nowhere"].stats.error
            await desk.socket.say(["gex:SPY", {"x": 1}])
            await until(lambda: feeds["uw.stream_gex:SPY"].stats.fetches == 1)
            assert desk.store.writes[0].key == "raw:uw:stream:gex:SPY"

    live(scenario)


def test_no_event_is_lost_while_the_store_is_slow_and_the_vendor_is_held_back() -> None:
    count = 4000

    async def scenario() -> None:
        async with bench(stream_flow_alerts=ALERTS) as desk:
            await desk.ready(joins=1)
            desk.store.gate.clear()
            padding = "x" * 400
            talk = asyncio.create_task(
                desk.socket.say(
                    *(["flow-alerts", {"id": number, "p": padding}] for number in range(count))
                )
            )
            await until(lambda: desk.stream._outbox.full)
            await asyncio.sleep(0.2)
            taken = desk.stream.stats.frames
            assert taken < count
            await asyncio.sleep(0.2)
            assert desk.stream.stats.frames == taken
            desk.store.gate.set()
            await until(lambda: len(desk.events()) == count, 15)
            await talk
            assert [event["id"] for event in desk.events()] == list(range(count))
            assert desk.store.waiting_at_most <= 1100
            assert len(desk.socket.connects) == 1

    live(scenario)


def test_events_wait_outside_a_store_that_is_away() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            desk.store.available = False
            await desk.socket.say(*(["flow-alerts", {"id": number}] for number in range(50)))
            await desk.socket.say(["gex:SPY", {"x": 1}])
            await until(lambda: "raw:uw:stream:gex:SPY" in desk.store.latest)
            await asyncio.sleep(0.3)
            assert desk.events() == []
            desk.store.available = True
            await until(lambda: len(desk.events()) == 50)
            assert [event["id"] for event in desk.events()] == list(range(50))

    live(scenario)


def test_latest_values_coalesce_while_the_store_is_slow() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            desk.store.gate.clear()
            for number in range(200):
                await desk.socket.say(["gex:SPY", {"n": number}])
            await until(lambda: desk.stream.stats.frames >= 203)
            desk.store.gate.set()
            await until(lambda: desk.store.latest["raw:uw:stream:gex:SPY"].data == {"n": 199})
            assert len(desk.store.writes) < 50
            assert desk.stream._outbox.coalesced > 100

    live(scenario)


def test_what_waits_is_stored_when_the_stream_ends() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            desk.store.gate.clear()
            await desk.socket.say(*(["flow-alerts", {"id": number}] for number in range(20)))
            await until(lambda: desk.stream.stats.frames == 23)
            closing = asyncio.create_task(desk.board.close())
            await asyncio.sleep(0.05)
            desk.store.gate.set()
            await closing
            assert len(desk.events()) == 20

    live(scenario)


def test_a_new_symbol_is_joined_on_the_connection_that_stands() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            kept = desk.board.feeds["uw.stream_gex:SPY"]
            desk.configure(stream_gex={**GEX, "symbols": ["SPY", "IWM"]}, stream_flow_alerts=ALERTS)
            await until(lambda: "gex:IWM" in desk.socket.joined)
            assert desk.board.feeds["uw.stream_gex:SPY"] is kept
            assert "uw.stream_gex:QQQ" not in desk.board.feeds
            await desk.socket.say(["gex:QQQ", {"x": 1}], ["gex:IWM", {"x": 2}])
            await until(lambda: "raw:uw:stream:gex:IWM" in desk.store.latest)
            assert "raw:uw:stream:gex:QQQ" not in desk.store.latest
            assert len(desk.socket.connects) == 1
            assert desk.socket.joined.count("gex:SPY") == 1

    live(scenario)


def test_an_edit_of_a_streams_life_joined_all_of_it_once_more() -> None:
    """A vendor that does not count joins then sends everything twice."""

    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            longer = {**GEX, "ttl_seconds": 90, "symbols": ["SPY", "QQQ", "IWM"]}
            desk.configure(stream_gex=longer, stream_flow_alerts=ALERTS)
            await until(lambda: "gex:IWM" in desk.socket.joined)
            assert desk.socket.joined.count("gex:SPY") == 1
            await desk.socket.say(["gex:SPY", {"x": 1}])
            await until(lambda: desk.board.feeds["uw.stream_gex:SPY"].stats.fetches == 1)
            assert len(desk.socket.connects) == 1

    live(scenario)


def test_streams_that_a_config_no_longer_has_end() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            socket = desk.socket.sockets[-1]
            desk.board.update({}, {})
            assert desk.board.streams == ()
            await until(lambda: socket.closed)

    live(scenario)


@pytest.mark.parametrize(
    ("status", "said"),
    [(403, "what the plan allows"), (401, "the token"), (302, "redirect"), (429, "429")],
)
def test_a_refused_handshake_is_told_without_the_token(
    status: int, said: str, lines: list[str]
) -> None:
    async def scenario() -> None:
        async with SocketVendor().serve() as vendor:
            vendor.refuse_with = status
            vendor.headers = {"Retry-After": "30", "Location": "/elsewhere"}
            desk = Bench(vendor)
            await until(lambda: desk.stream.stats.state == "waiting")
            assert said in desk.stream.stats.error
            assert desk.slots == ["uw critical", "headers", "done"]
            # Not again at once: a refusal does not pass by itself.
            await asyncio.sleep(0.2)
            assert len(vendor.connects) == 1
            assert vendor.elsewhere == 0
            assert vendor.connects[0]["query"] == {"token": TOKEN}
            for feed in desk.board.feeds.values():
                assert TOKEN not in feed.stats.error
            assert desk.witness.told
            for told in desk.witness.told:
                assert TOKEN not in "".join(told)
            await desk.board.close()

    live(scenario)
    assert not any(TOKEN in line for line in lines)


def test_an_unreachable_vendor_gives_its_slot_back_and_is_tried_again(lines: list[str]) -> None:
    async def scenario() -> None:
        vendor = SocketVendor()
        vendor.port = 1
        desk = Bench(vendor)
        await until(lambda: desk.slots.count("unsent") >= 3)
        assert "no connection to 127.0.0.1:1" in desk.stream.stats.error
        told = [each for each in desk.witness.told if each[0] == "failed"]
        assert len(told) == 1
        await desk.board.close()

    live(scenario)
    assert not any(TOKEN in line for line in lines)


def test_pauses_grow_and_differ_between_connections() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            stream = desk.stream
            from quanticity.errors import RateLimited, TransportError, VendorRefused

            pauses = [stream._pause(TransportError("x"), attempt) for attempt in range(20)]
            assert pauses == sorted(pauses)
            assert pauses[1] == 2 * pauses[0]
            assert pauses[-1] <= 60
            assert stream._pause(RateLimited("x", retry_after=90), 0) == 90
            assert stream._pause(VendorRefused("x"), 0) == 300
            other = Stream(
                "another",
                stream.address,
                (),
                desk.around,
                lambda: desk._slot("", Priority.CRITICAL),
            )
            assert other._pause(TransportError("x"), 0) != stream._pause(TransportError("x"), 0)

    live(scenario)


def test_payloads_are_held_to_their_contract() -> None:
    async def scenario() -> None:
        async with bench(stream_gex={**GEX, "contract": "contracts/gex.json"}) as desk:
            schema = {"type": "object", "required": ["price"]}
            desk.checker.replace({"contracts/gex.json": Contract("contracts/gex.json", schema)})
            await desk.ready(joins=2)
            await desk.socket.say(["gex:SPY", {"x": 1}], ["gex:SPY", {"x": 2}])
            await until(lambda: desk.witness.drifts != [])
            (drift,) = desk.witness.drifts
            assert (drift.feed, drift.path) == ("uw.stream_gex:SPY", "price")
            await until(lambda: desk.store.latest["raw:uw:stream:gex:SPY"].data == {"x": 2})

    live(scenario)


def test_a_transform_gets_each_payload_and_its_failure_leaves_the_raw_value() -> None:
    async def scenario() -> None:
        async with bench(stream_gex={**GEX, "transform": "double"}) as desk:
            desk.transforms.swap("double", lambda payload, _c, _s: ({"x": payload["x"] * 2}, None))
            await desk.ready(joins=2)
            await desk.socket.say(["gex:SPY", {"x": 21}])
            await until(lambda: "feed:uw:stream:gex:SPY" in desk.store.latest)
            assert desk.store.latest["feed:uw:stream:gex:SPY"].data == {"x": 42}
            await desk.socket.say(["gex:SPY", {"y": 1}])
            await until(lambda: desk.store.latest["raw:uw:stream:gex:SPY"].data == {"y": 1})
            feed = desk.board.feeds["uw.stream_gex:SPY"]
            assert "KeyError: 'x'" in feed.stats.error
            await desk.socket.say(["gex:SPY", {"x": 1}])
            await until(lambda: feed.stats.error == "")
            assert feed.stats.transform_failures == 1

    live(scenario)


def test_an_echoed_token_is_never_stored() -> None:
    async def scenario() -> None:
        async with bench(stream_flow_alerts=ALERTS) as desk:
            await desk.ready(joins=1)
            await desk.socket.say(["flow-alerts", {"note": f"your key {TOKEN} is fine"}])
            await until(lambda: len(desk.events()) == 1)
            assert TOKEN not in orjson.dumps(desk.events()).decode()

    live(scenario)


def test_an_outbox_without_writes_is_not_full() -> None:
    async def scenario() -> None:
        outbox = Outbox(MemoryStore(), LiveClock())
        await outbox.room()
        await outbox.drain()
        assert not outbox.full

    live(scenario)


class SetClock:
    """A clock that stands where it is set."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_a_date_in_a_join_message_stayed_the_day_the_program_started() -> None:
    store = MemoryStore()
    clock = SetClock(NOW)
    around = Surroundings(
        clock,
        MarketCalendar(),
        store,
        ContractChecker(clock, {}),
        LoadedTransforms(clock, store, {}),
    )
    join = [{"channel": "prints:{today}", "msg_type": "join"}]
    source = {"base_url": "http://h", "endpoints": {"s": {**ALERTS, "url": "ws://h", "join": join}}}
    secrets = Secrets({})
    given = resolve(Root.model_validate({"data_sources": {"v": source}}), secrets).sources["v"]
    vendor = Vendor(given, read(given.source.auth, secrets), around, lambda _word: None)
    feed = StreamFeed(given.endpoints["s"], {}, vendor)
    assert "prints:2026-01-05" in feed.channels
    clock.at += 86_400
    feed.back("")
    assert "prints:2026-01-06" in feed.channels
    assert '"prints:2026-01-06"' in feed.joins[0]


def test_a_symbol_taken_out_and_put_back_was_joined_once_more_on_the_same_connection() -> None:
    """Nobody leaves a channel: a vendor that does not count joins then sends everything twice."""

    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            for symbols in (["SPY"], ["SPY", "QQQ", "IWM"]):
                desk.configure(stream_gex={**GEX, "symbols": symbols}, stream_flow_alerts=ALERTS)
            await until(lambda: "gex:IWM" in desk.socket.joined)
            assert desk.socket.joined.count("gex:QQQ") == 1
            await desk.socket.say(["gex:QQQ", {"x": 1}])
            await until(lambda: "raw:uw:stream:gex:QQQ" in desk.store.latest)

    live(scenario)


def test_what_was_taken_out_before_its_turn_came_was_joined_all_the_same() -> None:
    many = [f"S{number}" for number in range(9)]

    async def scenario() -> None:
        async with bench(stream_gex={**GEX, "symbols": many}) as desk:
            await until(lambda: bool(desk.socket.joined))
            # Joins are a tenth of a second apart: most have not had their turn.
            for symbols in (["S0", "S8"], ["S0", "S8", "LAST"]):
                desk.configure(stream_gex={**GEX, "symbols": symbols, "ttl_seconds": 61})
            await until(lambda: "gex:LAST" in desk.socket.joined)
            assert desk.socket.joined.count("gex:S8") == 1
            assert "gex:S7" not in desk.socket.joined

    live(scenario)


def test_an_edit_of_what_a_vendor_hangs_up_on_waited_for_a_minute() -> None:
    class Strict(SocketVendor):
        async def _answer(self, socket: Any, text: str) -> None:
            await super()._answer(socket, text)
            if "wrong" in text:
                await socket.close(code=4000)

    async def scenario() -> None:
        async with Strict().serve() as vendor:
            wrong = {**ALERTS, "join": [{"channel": "wrong"}]}
            desk = Bench(vendor, alerts=wrong)
            (stream,) = desk.board.streams
            stream._first_pause = 60.0
            await until(lambda: stream.stats.state == "waiting")
            desk.configure(alerts={**wrong, "ttl_seconds": 61})
            await asyncio.sleep(0.1)
            assert len(vendor.connects) == 1, "what it hangs up on is as it was"
            desk.configure(alerts=ALERTS)
            await until(lambda: "flow-alerts" in vendor.joined)
            assert vendor.joined == ["wrong", "flow-alerts"]
            await desk.board.close()
            await desk.checker.close()

    live(scenario)


def test_a_source_that_moved_to_another_budget_connected_on_slots_of_the_old_one() -> None:
    async def scenario() -> None:
        async with bench(alerts=ALERTS) as desk:
            await desk.ready(1)
            found = desk.effective(alerts={**ALERTS, "priority": "critical"}).sources["uw"]
            limits = found.limits.model_copy(update={"budget": "shared"})
            moved = dataclasses.replace(found, limits=limits)
            credentials = read(moved.source.auth, Secrets({"UW": TOKEN}, ["UW"]))
            vendor = Vendor(moved, credentials, desk.around, lambda _word: None)
            desk.board.update({each.id: each for each in moved.endpoints.values()}, {"uw": vendor})
            await desk.socket.drop()
            await until(lambda: len(desk.socket.connects) == 2)
            assert [said for said in desk.slots if said.startswith(("uw", "shared"))][1:] == [
                "shared critical"
            ]

    live(scenario)
