"""A key without a value: which feed fills it, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from quanticity.cli.missing import why_by_status, why_missing, why_not_brought, why_not_written
from quanticity.config.effective import resolve
from quanticity.config.schema import Root
from quanticity.config.secrets import Secrets

ROOT = Root.model_validate(
    {
        "data_sources": {
            "uw": {
                "base_url": "https://api.example.com",
                "endpoints": {
                    "gex": {
                        "path": "/gex/{symbol}",
                        "symbols": ["SPY", "QQQ"],
                        "interval_seconds": 60,
                        "ttl_seconds": 180,
                        "redis_key": "raw:uw:gex:{symbol}",
                        "transform": "parse_gex",
                    },
                    "news": {
                        "path": "/news",
                        "enabled": False,
                        "interval_seconds": 60,
                        "ttl_seconds": 180,
                        "redis_key": "raw:uw:news",
                    },
                    "plain": {
                        "path": "/plain",
                        "interval_seconds": 60,
                        "ttl_seconds": 180,
                        "redis_key": "raw:uw:plain",
                    },
                },
            }
        },
        "aggregates": {
            "flow": {"sources": ["uw.gex", "uw.news"], "redis_key": "aggregated:flow:{symbol}"},
            "whole": {
                "method": "fill",
                "sources": ["uw.gex", "uw.news"],
                "fill": {"rows": "data", "key": "strike"},
                "redis_key": "aggregated:whole:{symbol}",
            },
        },
    }
)


def said(key: str, **row: Any) -> str:
    shown = {
        "feed": "uw.gex:SPY",
        "source": "uw",
        "endpoint": "gex",
        "group": "important",
        "key": "raw:uw:gex:SPY",
        "status": "first",
        "reason": "",
        "age": None,
        "next_due": 1012.0,
        **row,
    }
    status: Mapping[str, Any] = {"now": 1000.0, "feeds": [shown]}
    return why_missing(key, resolve(ROOT, Secrets({})), ROOT.aggregates, status)


@pytest.mark.parametrize("key", ["raw:uw:gex:SPY", "feed:uw:gex:SPY"])
def test_a_key_that_waits_for_its_feed_says_which_and_when(key: str) -> None:
    assert said(key, reason="for its first turn") == (
        "the feed uw.gex:SPY (important) fills it; waiting: for its first turn; next due in 12 s"
    )


def test_what_holds_the_feed_is_told() -> None:
    text = said("raw:uw:gex:SPY", status="held", reason="waits until market_hours", next_due=999.0)
    assert text.endswith("fills it; held: waits until market_hours; it is due now")


def test_of_a_config_that_does_not_load_what_runs_says_who_fills_a_key() -> None:
    row = {"feed": "uw.day:SPY", "group": "important", "key": "raw:uw:day:SPY:{expiry}"}
    row |= {"status": "held", "reason": "waits until market_hours"}
    told = {"now": 1000.0, "feeds": [{**row, "age": None, "next_due": 1012.0}]}
    assert why_by_status("raw:uw:day:SPY:2026-01-05", told) == (
        "the feed uw.day:SPY (important) fills it; held: waits until market_hours; next due in 12 s"
    )
    assert why_by_status("raw:uw:day:QQQ:2026-01-05", told) == ""
    assert why_by_status("raw:uw:day:SPY:2026-01-05", None) == ""


def test_a_value_that_expired_is_told_with_its_age() -> None:
    assert "last brought a value 10 min ago, now expired" in said("raw:uw:gex:SPY", age=600.0)


def test_a_symbol_that_the_feed_is_not_asked_for_is_told() -> None:
    assert said("raw:uw:gex:TSLA") == "TSLA is not among the symbols of uw.gex: SPY, QQQ"


def test_a_feed_that_is_off_is_told_with_its_reason() -> None:
    assert said("raw:uw:news") == "the feed uw.news fills it, and is off: disabled in the config"


def test_a_feed_that_an_edit_just_brought_is_told() -> None:
    assert said("raw:uw:gex:QQQ").endswith("the running system does not have it yet")


def test_a_feed_without_a_transform_is_told_where_its_value_is() -> None:
    assert said("feed:uw:plain").endswith("has no transform: what it brings is under raw:uw:plain")


def test_an_aggregate_names_what_it_is_made_of() -> None:
    assert "uw.gex and uw.news" in said("aggregated:flow:SPY")
    assert said("aggregated:whole:SPY").endswith("fills it, once there is a value of uw.gex")


def test_an_aggregate_that_could_not_be_made_was_said_to_wait_for_a_value_that_was_there() -> None:
    trouble = {"key": "aggregated:whole:SPY", "error": "uw.gex: there is no list of rows at 'row'"}
    status = {"now": 1000.0, "feeds": [], "aggregates": [{"name": "whole", "troubles": [trouble]}]}
    effective = resolve(ROOT, Secrets({}))
    told = why_missing("aggregated:whole:SPY", effective, ROOT.aggregates, status)
    assert told == (
        "the aggregate whole fills it; it failed: uw.gex: there is no list of rows at 'row'"
    )
    told = why_missing("aggregated:whole:QQQ", effective, ROOT.aggregates, status)
    assert told.endswith("once there is a value of uw.gex")


def test_no_alert_is_good_news() -> None:
    assert "nothing to alert to" in said("monitors:data")
    assert "nothing to alert to" in said("analytics:alerts")


def test_a_key_that_nothing_fills_is_nobodys() -> None:
    assert said("raw:other") == ""


def row(**more: Any) -> dict[str, Any]:
    return {
        "components": [
            {
                "id": "exposure:SPY",
                "status": "ok",
                "reason": "",
                "until": None,
                "runs": 0,
                "writes": ["options:SPY:gex"],
                **more,
            }
        ]
    }


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (row(), "it has not run yet"),
        (row(runs=1200), "it ran 1,200 times, and so far had nothing to write there"),
        (row(status="waiting", reason="chain (raw:x:SPY) is missing"), "it waits: chain (raw:x:S"),
        (
            row(status="held", reason="ValueError: no", until=130.0),
            "it failed, and is tried again in 30 s: ValueError: no",
        ),
    ],
)
def test_a_key_of_a_component_says_what_that_waits_for(told: dict[str, Any], said: str) -> None:
    found = why_not_written("options:SPY:gex", told, 100.0)
    assert found.startswith("the component exposure:SPY writes it; ")
    assert said in found
    assert why_not_written("options:QQQ:gex", told, 100.0) == ""
    assert why_not_written("options:SPY:gex", None, 0.0) == ""


EDGE = {"id": "ibkr", "kind": "source", "running": True, "error": "", "waits": ""}
KEYS = ["monitoring:ibkr:errors", "raw:ibkr:options:SPY:{expiry}:{strike}:{right}"]


@pytest.mark.parametrize("key", ["monitoring:ibkr:errors", "raw:ibkr:options:SPY:260107:600:C"])
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "it is at work, and so far had nothing to write there"),
        ({"waits": "IBKR_KEY is not set"}, "it waits: IBKR_KEY is not set"),
        ({"running": False, "error": "ValueError: no"}, "it is down: ValueError: no"),
    ],
)
def test_of_a_key_that_a_source_writes_it_was_said_that_nothing_does(
    key: str, more: dict[str, Any], said: str
) -> None:
    told = {"edges": [{**EDGE, "writes": KEYS, **more}]}
    assert why_not_brought(key, told) == f"the source ibkr writes it; {said}"
    assert why_not_brought("monitoring:ibkr:other", told) == ""
    assert why_not_brought(key, {"edges": [EDGE]}) == ""
    assert why_not_brought(key, None) == ""
