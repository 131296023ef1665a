"""What `explain` says of who answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec import structs

from quanticity.cli.explain import is_simulated, live, recorded
from quanticity.cli.options import Place
from quanticity.cli.sources_of import SourceKeys
from quanticity.errors import KeyNotFound
from quanticity.journal.reader import Recording
from quanticity.journal.records import Value
from quanticity.runtime.lineage import KeyOf
from quanticity.store.redis_store import RedisStore
from tests.config.project import ENDPOINT, Project
from tests.journal.recordings import a_value

OF_A_VENDOR = "https://api.unusualwhales.com/api/stock/SPY/spot-exposures"
WEBSOCKET = "wss://api.unusualwhales.com/socket"
MINE = "http://127.0.0.1:8000/quote"


@pytest.mark.parametrize(
    ("simulation", "url", "simulated"),
    [
        ("{vendors: true}", OF_A_VENDOR, True),
        ("{vendors: true}", WEBSOCKET, True),
        ("{vendors: true}", MINE, False),
        ("{vendors: false}", OF_A_VENDOR, False),
        ("{vendors: false}", MINE, False),
    ],
)
def test_a_server_of_ones_own_was_said_to_be_the_simulated_vendor(
    tmp_path: Path, simulation: str, url: str, simulated: bool
) -> None:
    project = Project(tmp_path)
    project.base(f"simulation: {simulation}\n{ENDPOINT}")
    assert is_simulated(project.load(), url) is simulated


EVENTS = "raw:v:tape"
LATEST = "raw:v:quote"
WITH_AT = "raw:v:quote:a@b"


class Store:
    """Two keys that hold the latest value, and one that holds events."""

    async def get_raw(self, name: str) -> bytes | None:
        return a_value("5-0", name).text if name in (LATEST, WITH_AT) else None

    async def newest_events(self, _name: str, _most: int) -> Sequence[Any]:
        return []

    async def keys(self, _pattern: str) -> Sequence[tuple[str, float]]:
        return [(LATEST, 60.0), (EVENTS, 60.0), (WITH_AT, 60.0)]

    async def fetch(
        self, _keys: Sequence[str], streams: Mapping[str, str], _most: int
    ) -> tuple[Any, Mapping[str, Sequence[bytes]]]:
        assert streams == {EVENTS: "4-18446744073709551615"}
        return {}, {EVENTS: [a_value("5-0", EVENTS).text]}


@dataclass
class Recorded:
    values: Sequence[Value]

    def records(self, *_span: int | None) -> Iterator[Value]:
        yield from self.values


def of_live(wanted: str) -> Any:
    place = cast(Place, None)
    return asyncio.run(live(cast(RedisStore, Store()), place, wanted))


def of_recording(wanted: str, *values: Value, at: KeyOf = SourceKeys(None)) -> Any:  # noqa: B008
    return asyncio.run(recorded(cast(Recording, Recorded(values)), wanted, at))


@pytest.mark.parametrize("key", [EVENTS, LATEST])
@pytest.mark.parametrize("tail", ["x", "5", "1-x", "-5", "9" * 30])
def test_what_is_no_seq_was_a_traceback(key: str, tail: str) -> None:
    said = f"'{tail}' is no seq; one reads 1789740003415-0, as `get {key}` shows it; leave @{tail}"
    for ask in (of_live, lambda wanted: of_recording(wanted, a_value("5-0", key))):
        with pytest.raises(KeyNotFound) as caught:
            ask(f"{key}@{tail}")
        assert str(caught.value).startswith(said)


def test_a_key_with_an_at_sign_could_not_be_explained() -> None:
    values = [a_value("5-0", WITH_AT)]
    for wanted in (WITH_AT, f"{WITH_AT}@5-0"):
        for step in (of_live(wanted), of_recording(wanted, *values)):
            assert (step.key, step.seq) == (WITH_AT, "5-0")
    assert of_live(f"{EVENTS}@5-0").seq == "5-0"


def test_a_signal_of_a_recording_could_not_be_explained() -> None:
    values = [
        a_value("5-0", "signals:pending", b'{"id":"SIG-1"}'),
        a_value("6-0", "signals:pending", b'{"id":"SIG-2"}'),
    ]
    step = of_recording("SIG-1", *values)
    assert (step.key, step.seq) == ("signals:pending", "5-0")
    with pytest.raises(KeyNotFound, match="no signal 'SIG-3' is in the recording"):
        of_recording("SIG-3", *values)


FILLED = """
aggregates:
  chain:
    method: fill
    sources: [uw.live, ibkr.close]
    fill: {rows: contracts, key: name}
    redis_key: "aggregated:chain:{symbol}"
"""
LIVE = (
    "live: {path: '/x/{symbol}', symbols: [SPY], interval_seconds: 5, "
    "redis_key: 'raw:uw:live:{symbol}', ttl_seconds: 9}"
)


def test_the_sources_of_an_aggregate_that_stand_there_were_said_to_be_replaced(
    tmp_path: Path,
) -> None:
    project = Project(tmp_path)
    project.endpoint(LIVE, above=FILLED)
    inputs = b'"inputs":{"uw.live":"5-0","ibkr.close":"6-0"},"data":'
    key = "aggregated:chain:SPY"
    made = a_value("7-0", key)
    values = [
        a_value("5-0", "raw:uw:live:SPY"),
        a_value("6-0", "raw:ibkr:close:SPY"),
        structs.replace(made, text=made.text.replace(b'"data":', inputs)),
    ]
    step = of_recording(key, *values, at=SourceKeys(project.load()))
    below = [(one.key, one.seq, one.gone) for one in step.inputs]
    assert below == [("raw:ibkr:close:SPY", "6-0", False), ("raw:uw:live:SPY", "5-0", False)]
    # Without a config that can be read, nothing tells where they stand.
    step = of_recording(key, *values)
    assert [(one.key, one.gone) for one in step.inputs] == [("ibkr.close", True), ("uw.live", True)]
