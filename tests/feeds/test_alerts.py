"""Troubles with data as events in the store."""

from __future__ import annotations

from typing import Any

from yarl import URL

from quanticity.clock import VirtualClock, run_virtual
from quanticity.feeds.alerts import ALERTS_KEY, Alerts
from quanticity.feeds.ports import Drift
from quanticity.feeds.stream_connect import Address
from quanticity.logs import register_secret
from quanticity.model import Kind
from tests.feeds.fakes import MemoryStore, Witness


def told(store: MemoryStore) -> list[Any]:
    return [event.data for _, event in store.streams.get(ALERTS_KEY, [])]


def with_alerts(check: Any) -> None:
    async def main(clock: VirtualClock) -> None:
        store, witness = MemoryStore(), Witness()
        await check(Alerts(store, clock, witness), store, witness)

    run_virtual(main)


def test_each_trouble_is_an_event_and_is_passed_on() -> None:
    async def check(alerts: Alerts, store: MemoryStore, witness: Witness) -> None:
        drift = Drift("v.quote:SPY", "data.*.price", "is null, promised a text", 100.0)
        alerts.drifted(drift)
        alerts.failed("v.quote:QQQ", "not found (404)")
        alerts.recovered("v.quote:QQQ")
        alerts.missed("v websocket", ["v.trades:SPY"], 100.0, 112.5)
        assert told(store) == [
            {
                "kind": "drift",
                "feed": "v.quote:SPY",
                "message": "is null, promised a text",
                "path": "data.*.price",
            },
            {"kind": "failed", "feed": "v.quote:QQQ", "message": "not found (404)"},
            {"kind": "recovered", "feed": "v.quote:QQQ", "message": "values flow again"},
            {
                "kind": "gap",
                "feed": "v websocket",
                "message": "nothing came for 12.5 s, and the vendor does not replay it",
                "feeds": ["v.trades:SPY"],
                "since": 100.0,
                "until": 112.5,
            },
        ]
        assert witness.drifts == [drift]
        assert [kind for kind, *_ in witness.told] == ["failed", "recovered", "missed"]

    with_alerts(check)


def test_alerts_are_bounded_and_expire() -> None:
    async def check(alerts: Alerts, store: MemoryStore, witness: Witness) -> None:
        alerts.failed("v.quote", "no")
        (write,) = store.writes
        assert write.kind is Kind.EVENTS
        assert 0 < write.ttl <= 30 * 86_400
        assert 0 < write.cap <= 10_000

    with_alerts(check)


def test_a_value_that_comes_is_no_alert() -> None:
    async def check(alerts: Alerts, store: MemoryStore, witness: Witness) -> None:
        alerts.fetched("v.quote", "raw:v:quote", 100.0)
        assert told(store) == []
        assert witness.told == [("fetched", "v.quote", "raw:v:quote")]

    with_alerts(check)


def test_a_secret_in_a_message_is_not_written() -> None:
    async def check(alerts: Alerts, store: MemoryStore, witness: Witness) -> None:
        register_secret("alerting-sekret-4711")
        alerts.failed("v.quote", "refused: alerting-sekret-4711 is no key")
        assert b"4711" not in store.writes[0].data

    with_alerts(check)


def test_a_key_in_the_path_of_a_websockets_address_was_written_as_its_name() -> None:
    register_secret("streaming-sekret-0815")
    shown = Address(URL("wss://me:pw@h/streaming-sekret-0815/feed?token=x")).shown
    assert shown == "wss://h/***/feed"

    async def check(alerts: Alerts, store: MemoryStore, witness: Witness) -> None:
        alerts.failed("v websocket wss://h/streaming-sekret-0815", "gone")
        assert b"0815" not in store.writes[0].data

    with_alerts(check)
