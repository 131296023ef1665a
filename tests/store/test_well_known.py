"""One registry of names: feeds and keys that the notes call differently."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from quanticity.store.names import problem_with
from quanticity.store.well_known import WELL_KNOWN, by_word, keys_called, near_word

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("one", "other", "pattern"),
    [
        ("call_put_ticks", "ticks", "raw:uw:ticks:{symbol}"),
        ("insider_trades", "insiders", "raw:uw:insiders"),
        ("risk_reversal_skew", "skew", "raw:uw:skew:{symbol}"),
        ("congress_trades", "congress", "raw:uw:congress"),
        ("option_chains", "chains", "raw:uw:chains:{symbol}"),
    ],
)
def test_feed_and_key_names_lead_to_the_same_key(one: str, other: str, pattern: str) -> None:
    assert [known.pattern for known in by_word(one)] == [pattern]
    assert [known.pattern for known in by_word(other)] == [pattern]
    assert by_word(pattern) == by_word(one)


def test_a_word_that_means_several_keys_says_so() -> None:
    assert len(by_word("earnings")) > 1


def test_an_unknown_word_is_nothing_and_the_near_one_is_named() -> None:
    assert by_word("call_put_tiks") == ()
    assert near_word("call_put_tiks") == "did you mean 'call_put_ticks'?"


@pytest.mark.parametrize(
    ("called", "keys"),
    [
        ("call_put_ticks:SPY", ["raw:uw:ticks:SPY"]),
        ("ticks:SPY", ["raw:uw:ticks:SPY"]),
        ("raw:uw:call_put_ticks:SPY", ["raw:uw:ticks:SPY"]),
        ("unusual_whales.call_put_ticks:SPY", ["raw:uw:ticks:SPY"]),
        ("feed:uw:call_put_ticks:SPY", ["feed:uw:ticks:SPY"]),
        ("raw:uw:insider_trades", ["raw:uw:insiders"]),
        ("insiders", ["raw:uw:insiders"]),
        ("earnings:AAPL", ["raw:uw:earnings:AAPL"]),
        ("earnings", ["raw:nasdaq:earnings", "raw:fmp:earnings"]),
        ("raw:uw:ticks:SPY", []),
        ("raw:av:ticks:SPY", []),
        ("ticks", []),
        ("insiders:SPY", []),
        ("", []),
        (":", []),
    ],
)
def test_another_name_leads_to_the_key_with_its_symbol(called: str, keys: list[str]) -> None:
    assert list(keys_called(called)) == keys


def test_patterns_are_good_and_stand_once() -> None:
    patterns = [known.pattern for known in WELL_KNOWN]
    assert len(set(patterns)) == len(patterns)
    assert [problem_with(pattern) for pattern in patterns] == [""] * len(patterns)


def test_the_shipped_config_writes_each_key_from_the_feed_that_the_registry_names() -> None:
    shipped = yaml.safe_load((ROOT / "config" / "data_sources.yaml").read_text())
    written = {
        f"{source}.{name}": endpoint["redis_key"]
        for source, given in shipped["data_sources"].items()
        for name, endpoint in given["endpoints"].items()
    }
    assert {known.feed: written.get(known.feed) for known in WELL_KNOWN} == {
        known.feed: known.pattern for known in WELL_KNOWN
    }
