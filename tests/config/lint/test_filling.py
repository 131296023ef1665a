"""What can be wrong with an aggregate that fills, each with the line it stands in."""

from __future__ import annotations

import pytest

from tests.config.lint.test_failover import feeds

GOOD = "fill: {rows: contracts, key: option_symbol, until: expiry}"


def fill(sources: str, more: str = GOOD, method: str = "fill") -> str:
    return (
        "aggregates:\n"
        f"  chain: {{method: {method}, sources: [{sources}], "
        f"redis_key: 'chain:{{symbol}}', {more}}}\n"
    )


def test_a_live_feed_and_one_behind_it_are_all_it_takes(project):
    project.endpoint(feeds(a="", b=""), above=fill("uw.a, uw.b"))
    assert project.told() == []


def test_what_a_plugin_writes_may_fill(project):
    project.endpoint(feeds(a=""), above=fill("uw.a, ibkr.chain"))
    (told,) = project.told()
    assert "warning: the config has no source 'ibkr'; a plugin may bring it" in told


@pytest.mark.parametrize(
    ("sources", "more", "said"),
    [
        ("uw.a, uw.c", GOOD, "there is no feed 'uw.c'; did you mean 'uw.b'?"),
        ("uw.a, uw.a", GOOD, "a feed is named twice"),
        ("uw.a", GOOD, "nothing is filled in from one source; name two or more; the first is"),
        ("uw.a, uw.global", GOOD, "'uw.global' has no {symbol} for the key chain:{symbol}; its"),
        ("uw.a, uw.prints", GOOD, "'uw.prints' holds events; a fill takes latest values; name a"),
        (
            "uw.resting, uw.a",
            GOOD,
            "'uw.resting' is off: disabled in the config; until it is on, n",
        ),
        ("uw.a, uw.resting", GOOD, "until it is on, it fills nothing in"),
        ("uw.a, uw.b", "ttl_seconds: 5", "nothing says what a row is, and what tells it from oth"),
        ("uw.a, uw.b", "fill: {rows: x, key: []}", "rows without a key are all the same; for exam"),
        ("uw.a, uw.b", "fill: {key: ''}", "rows without a key are all the same; for example fill:"),
        ("uw.a, uw.b", "fill: {rows: x}", "'key' is missing"),
        ("uw.a, uw.b", f"{GOOD}, needs: [price]", "'fill' reads whole rows"),
        ("uw.a, uw.b", f"{GOOD}, tolerance_seconds: 5", "warning: 'fill' merges nothing by time"),
    ],
)
def test_a_mistake_is_told_with_its_line(project, sources, more, said):
    further = (
        "\nglobal: {path: /y, interval_seconds: 5, redis_key: 'raw:uw:global', ttl_seconds: 9}"
    )
    body = feeds(a="", b="", prints="kind: events", resting="enabled: false") + further
    project.endpoint(body, above=fill(sources, more))
    told = project.told()
    assert any(said in line and line.startswith("data_sources.yaml:2:") for line in told), told


@pytest.mark.parametrize("method", ["merge_on_timestamp", "failover"])
def test_a_fill_without_the_method_does_nothing_and_that_is_told(project, method):
    project.endpoint(feeds(a="", b=""), above=fill("uw.a, uw.b", method=method))
    (told,) = project.told()
    assert f"'{method}' fills nothing in; write method: fill" in told


@pytest.mark.parametrize(
    ("more", "column", "said"),
    [
        ("{rows: x, key: a, until: ''}", 101, "no field has a row's last day, and nothing would b"),
        ("{rows: '*', key: a}", 84, "'*' stands for many, and one is wanted; write it without the"),
        ("{rows: x.*.y, key: a}", 84, "'x.*.y' stands for many"),
        ("{rows: x, key: a.*}", 93, "'a.*' stands for many"),
        ("{rows: x, key: [a, b.*]}", 102, "'b.*' stands for many"),
        ("{rows: x, key: a, until: a.*}", 101, "'a.*' stands for many"),
        (
            "{rows: filled, key: a}",
            84,
            "what was filled in is told at filled and missing, over 'fil",
        ),
        ("{rows: missing.x, key: a}", 84, "over 'missing.x'; have a transform name the list other"),
        ("{rows: x, key: {a: b}}", 93, "'key' should be text or a list, not {'a': 'b'}"),
        ("{rows: x, key: [[a]]}", 99, "'key[0]' should be text, not ['a']"),
    ],
)
def test_a_field_that_could_never_fill_was_taken_without_a_word(project, more, column, said):
    project.endpoint(feeds(a="", b=""), above=fill("uw.a, uw.b", f"fill: {more}"))
    (told,) = project.told()
    assert told.startswith(f"data_sources.yaml:2:{column}: ")
    assert said in told


def test_what_a_plugin_writes_by_symbol_was_read_for_a_key_that_has_none(project):
    by_ticker = (
        "t: {path: '/x/{ticker}', expand: {ticker: [SPY]}, interval_seconds: 5, "
        "redis_key: 'raw:uw:t:{ticker}', ttl_seconds: 9}"
    )
    text = fill("uw.t, ibkr.chain").replace("chain:{symbol}", "chain:{ticker}")
    project.endpoint(by_ticker, above=text)
    said = "'ibkr.chain' is read at raw:ibkr:chain:{symbol}, and the key has no {symbol}"
    assert [told.startswith("data_sources.yaml:2:") for told in project.told()] == [True, True]
    assert any(said in told for told in project.told())


@pytest.mark.parametrize("method", ["fill", "failover"])
def test_the_notes_word_for_a_method_was_passed_over_where_it_said_another(project, method):
    more = (GOOD if method == "fill" else "ttl_seconds: 5") + ", aggregate: merge_on_timestamp"
    project.endpoint(feeds(a="", b=""), above=fill("uw.a, uw.b", more, method))
    (told,) = project.told()
    assert told.startswith("data_sources.yaml:2:")
    assert f"'method' says {method}, and this merge_on_timestamp; leave it out" in told
