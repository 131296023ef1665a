"""From a key to the feed and the URL behind it, without a secret in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.clock import MarketCalendar
from quanticity.config.loader import load
from quanticity.feeds.origin import Origin, origin_of

MONDAY = 1_767_625_200.0
SECRET = "k3y-in-the-query-77"
CONFIG = """\
data_sources:
  v:
    base_url: "https://v.invalid/api"
    auth: {type: query, name: apikey, token_env: V_KEY}
    endpoints:
      chain:
        path: "/chain/{symbol}"
        params: {date: today, also: "${V_KEY}"}
        symbols: [SPY]
        interval_seconds: 60
        redis_key: "raw:v:chain:{symbol}"
        ttl_seconds: 180
        transform: twice
      by_expiry:
        path: "/greeks/{symbol}/{symbol}/{expiry}"
        symbols: [SPY]
        expand: {expiry: ["2026-01-05"]}
        interval_seconds: 60
        redis_key: "raw:v:greeks:{symbol}:{expiry}"
        ttl_seconds: 180
      stream:
        transport: websocket
        url: "wss://v.invalid/socket"
        symbols: [SPY]
        redis_key: "raw:v:stream:{symbol}"
        ttl_seconds: 180
"""
TRANSFORM = "def transform(payload, config, state):\n    return payload, state\n"


def asked(tmp_path: Path, key: str) -> Origin | None:
    (tmp_path / "config").mkdir()
    (tmp_path / "transforms").mkdir()
    (tmp_path / "config" / "data_sources.yaml").write_text(CONFIG)
    (tmp_path / "transforms" / "twice.py").write_text(TRANSFORM)
    loaded = load(tmp_path / "config", "dev", {"V_KEY": SECRET})
    return origin_of(loaded.effective, key, MONDAY, MarketCalendar())


def test_the_url_is_that_of_the_moment_and_shows_no_secret(tmp_path: Path) -> None:
    found = asked(tmp_path, "raw:v:chain:SPY")
    assert found is not None
    assert (found.feed, found.method) == ("v.chain", "GET")
    assert found.url.startswith("https://v.invalid/api/chain/SPY?date=2026-01-05&also=")
    assert SECRET not in found.url
    assert "apikey" not in found.url


@pytest.mark.parametrize(
    ("key", "feed", "method", "url"),
    [
        (
            "raw:v:greeks:SPY:2026-01-05",
            "v.by_expiry",
            "GET",
            "https://v.invalid/api/greeks/SPY/SPY/2026-01-05",
        ),
        ("raw:v:stream:SPY", "v.stream", "websocket", "wss://v.invalid/socket"),
    ],
)
def test_each_kind_of_feed_is_found(
    tmp_path: Path, key: str, feed: str, method: str, url: str
) -> None:
    assert asked(tmp_path, key) == Origin(feed, method, url)


def test_what_a_transform_made_leads_to_the_bytes_it_was_made_of(tmp_path: Path) -> None:
    found = asked(tmp_path, "feed:v:chain:SPY")
    assert found is not None
    assert (found.transform, found.raw) == ("twice", "raw:v:chain:SPY")
    assert found.url.startswith("https://v.invalid/api/chain/SPY")


def test_a_key_of_no_feed_has_no_origin(tmp_path: Path) -> None:
    assert asked(tmp_path, "analytics:x:SPY") is None
