"""A key of a value that another feed gives: whether it gives that now, and which it gives."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from quanticity.cli.lent import Lent, lent_for
from quanticity.cli.missing import why_missing
from quanticity.config.effective import resolve
from quanticity.config.schema import Root
from quanticity.config.secrets import Secrets
from quanticity.errors import StoreError
from quanticity.model import Envelope
from tests.feeds.fakes import MemoryStore
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW

EACH = {"interval_seconds": 60, "ttl_seconds": 180, "symbols": ["ABC"]}
EFFECTIVE = resolve(
    Root.model_validate(
        {
            "data_sources": {
                "my": {
                    "base_url": "https://api.example.com",
                    "endpoints": {
                        "expiries": {
                            "path": "/expiries/{symbol}",
                            "redis_key": "raw:my:expiries:{symbol}",
                            **EACH,
                        },
                        "chain": {
                            "path": "/chain/{symbol}/{expiry}",
                            "redis_key": "raw:my:chain:{symbol}:{expiry}",
                            "expand": {"expiry": {"from": "expiries", "select": "next:3"}},
                            "transform": "parse_chain",
                            **EACH,
                        },
                    },
                }
            }
        }
    ),
    Secrets({}),
)
DAYS = ["2026-01-02", "2026-01-09", "2026-01-16", "2026-01-23", "2026-01-30"]
ROW = {
    "feed": "my.chain:ABC",
    "source": "my",
    "endpoint": "chain",
    "group": "important",
    "key": "raw:my:chain:ABC:{expiry}",
    "status": "ok",
    "reason": "",
    "age": 1.1,
    "next_due": NOW + 12,
}


def said(key: str, payload: Any = None, **row: Any) -> str:
    async def main() -> str:
        store = MemoryStore()
        if payload is not None:
            store.latest["raw:my:expiries:ABC"] = Envelope(NOW, NOW, "my", "1-0", "", payload)
        lent = await lent_for(key, EFFECTIVE, store, NOW)
        status = {"now": NOW, "feeds": [{**ROW, **row}]}
        return why_missing(key, EFFECTIVE, {}, status, lent)

    return asyncio.run(main())


@pytest.mark.parametrize("kind", ["raw", "feed"])
def test_a_key_of_a_value_that_is_not_given_had_just_expired(kind: str) -> None:
    """`it last brought a value 1.1 s ago, now expired`: that went to another key."""
    payload = {"data": [{"expiry": day} for day in DAYS]}
    assert said(f"{kind}:my:chain:ABC:2026-12-14", payload) == (
        "the feed my.chain fills it, and 2026-12-14 is not among the values that my.expiries gives "
        "for {expiry}: 2026-01-09, 2026-01-16, 2026-01-23"
    )


def test_where_nothing_is_given_that_is_told() -> None:
    assert said("raw:my:chain:ABC:2026-12-14", {"data": []}) == (
        "the feed my.chain fills it, and my.expiries, which gives {expiry}, gives no value now"
    )


@pytest.mark.parametrize("payload", [None, {"data": [{"expiry": "2026-01-09"}]}])
def test_the_age_of_a_feed_of_many_keys_is_of_none_of_them(payload: Any) -> None:
    text = said("raw:my:chain:ABC:2026-01-09", payload, status="error", reason="not found (404)")
    assert text == (
        "the feed my.chain:ABC (important) fills it; it last brought a value 1.1 s ago, none that "
        "still lives under this key; error: not found (404); next due in 12 s"
    )


def test_of_many_values_the_first_are_told() -> None:
    lent = Lent("my.x", [str(number) for number in range(100)])
    assert lent.lacks("n", "100").endswith("for {n}: 0, 1, 2, 3, 4, 5 and 94 more")
    assert lent.lacks("n", "99") == ""


def test_a_lender_that_cannot_be_read_gives_what_is_not_known() -> None:
    class Refusing(MemoryStore):
        async def get(self, key: str) -> Envelope | None:
            raise StoreError(f"{key} is of the other kind")

    async def main() -> None:
        found = await lent_for("raw:my:chain:ABC:x", EFFECTIVE, Refusing(), NOW)
        assert found == {"expiry": Lent("my.expiries", None)}
        assert await lent_for("raw:my:expiries:ABC", EFFECTIVE, Refusing(), NOW) == {}
        assert await lent_for("raw:nobody", EFFECTIVE, Refusing(), NOW) == {}

    asyncio.run(main())
