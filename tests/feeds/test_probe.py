"""Which values `probe` takes for an endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.loaded import Loaded
from quanticity.errors import ConfigError
from quanticity.feeds.probe import Probe, find_endpoint, narrowed, probe
from tests.config.project import Project
from tests.feeds.loopback import answering, serving

FEEDS = """
state:
  path: /state
  interval_seconds: 60
  redis_key: "raw:uw:state"
  ttl_seconds: 180
quote:
  path: /quote/{symbol}/{side}
  symbols: [SPY, QQQ]
  expand: {side: [call, put]}
  interval_seconds: 60
  redis_key: "raw:uw:quote:{symbol}:{side}"
  ttl_seconds: 180
chain:
  path: /chain/{expiry}
  expand: {expiry: {from: state}}
  max_calls: 9
  interval_seconds: 60
  redis_key: "raw:uw:chain:{expiry}"
  ttl_seconds: 180
ticks:
  transport: websocket
  url: wss://example.com
  redis_key: "raw:uw:ticks"
  ttl_seconds: 180
"""


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    project = Project(tmp_path)
    project.endpoint(FEEDS)
    return project.load()


def refused(loaded: Loaded, name: str, values: Mapping[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        narrowed(find_endpoint(loaded.effective, name), values)
    return [str(one) for one in caught.value.problems]


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("uw.quote", {"foo": "1"}, "uw.quote takes no 'foo'; it takes 'symbol', 'side'"),
        ("uw.quote", {"sied": "1"}, "uw.quote takes no 'sied'; did you mean 'side'?"),
        (
            "uw.state",
            {"symbol": "SPY"},
            "uw.state takes no 'symbol'; it is one feed, and takes no values",
        ),
        ("uw.chain", {"expry": "2026-01-16"}, "uw.chain takes no 'expry'; did you mean 'expiry'?"),
    ],
)
def test_a_value_of_what_the_endpoint_does_not_have_was_ignored(
    loaded: Loaded, name: str, values: Mapping[str, str], said: str
) -> None:
    assert refused(loaded, name, values) == [said]


def test_all_of_them_are_told(loaded: Loaded) -> None:
    assert len(refused(loaded, "uw.quote", {"a": "1", "symbol": "SPY", "b": "2"})) == 2


def test_what_the_endpoint_has_is_taken_and_the_rest_is_the_first(loaded: Loaded) -> None:
    spec = narrowed(find_endpoint(loaded.effective, "uw.quote"), {"side": "both"}).endpoint
    assert (spec.symbols, spec.expand) == (("SPY",), {"side": ("both",)})
    spec = narrowed(find_endpoint(loaded.effective, "uw.quote"), {"symbol": "IWM"}).endpoint
    assert (spec.symbols, spec.expand) == (("IWM",), {"side": ("call",)})


def test_a_stream_was_said_to_be_seen_in_a_command_that_a_clone_does_not_have(
    loaded: Loaded,
) -> None:
    with pytest.raises(ConfigError, match="is a stream") as caught:
        find_endpoint(loaded.effective, "uw.ticks")
    assert "quanticity run" not in str(caught.value)


@pytest.mark.parametrize("rows", [[{"id": 2}, {"id": 1}], []])
def test_a_probe_of_polled_events_ended_without_an_answer(
    tmp_path: Path, rows: list[dict[str, int]]
) -> None:
    """It said that the key is of the other kind, whatever came."""

    async def main() -> Probe:
        async with serving(answering(rows)) as (url, _):
            project = Project(tmp_path)
            project.endpoint(
                f"prints: {{url: '{url}/prints', kind: events, interval_seconds: 60,"
                " redis_key: 'raw:uw:prints', ttl_seconds: 180,"
                " transform_config: {flatten_nested: true}}"
            )
            loaded = project.load()
            endpoint = find_endpoint(loaded.effective, "uw.prints")
            clock, calendar = LiveClock(), MarketCalendar()
            return await probe(
                loaded, loaded.effective, endpoint, {}, clock, calendar, None, patience=5.0
            )

    found = asyncio.run(main())
    assert (found.status, found.error) == (200, "")
    oldest_first = list(reversed(rows)) or None
    assert (found.data, found.output) == (oldest_first, oldest_first)


def test_a_probe_that_would_not_wait_was_told_that_an_unused_limit_is_used_up(
    tmp_path: Path,
) -> None:
    async def main() -> Probe:
        async with serving(answering({"a": 1})) as (url, _):
            project = Project(tmp_path)
            project.endpoint(
                f"quote: {{url: '{url}/quote', interval_seconds: 60, redis_key: 'raw:uw:quote',"
                " ttl_seconds: 180}"
            )
            loaded = project.load()
            endpoint = find_endpoint(loaded.effective, "uw.quote")
            clock, calendar = LiveClock(), MarketCalendar()
            return await probe(
                loaded, loaded.effective, endpoint, {}, clock, calendar, None, patience=0.0
            )

    found = asyncio.run(main())
    assert (found.status, found.error) == (200, "")
