"""What can be wrong with a failover, each with the line it stands in."""

from __future__ import annotations

import pytest

FEED = (
    "{name}: {{path: '/x/{{symbol}}', symbols: [SPY], interval_seconds: 5, "
    "redis_key: 'raw:uw:{name}:{{symbol}}', ttl_seconds: 9{more}}}"
)


def feeds(**more: str) -> str:
    return "\n".join(
        FEED.format(name=name, more=f", {text}" if text else "") for name, text in more.items()
    )


def failover(sources: str, more: str = "", key: str = "quote:{symbol}") -> str:
    return (
        "aggregates:\n"
        f"  quote: {{method: failover, sources: [{sources}], redis_key: '{key}'{more}}}\n"
    )


def test_two_feeds_are_all_it_takes(project):
    project.endpoint(feeds(a="", b=""), above=failover("uw.a, uw.b"))
    assert project.told() == []


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ("uw.a, uw.c", "2:45: there is no feed 'uw.c'; did you mean 'uw.a'?"),
        ("uw.a, uw.a", "2:29: a feed is named twice"),
        ("uw.a", "2:29: a failover needs a stand-by; name two sources or more"),
        ("uw.a, uw.global", "'uw.global' has no {symbol} for the key quote:{symbol}; its own key"),
        ("uw.a, uw.prints", "'uw.prints' holds events; a failover hands on latest values"),
        ("ibkr.quotes, uw.a", "nothing measures how long 'ibkr.quotes' takes; the first source"),
        ("uw.resting, uw.a", "warning: 'uw.resting' is off: disabled in the config; until"),
        ("uw.a, uw.resting", "until it is on, it cannot stand by"),
    ],
)
def test_a_mistake_is_told_with_its_line(project, sources, said):
    further = (
        "\nglobal: {path: /y, interval_seconds: 5, redis_key: 'raw:uw:global', ttl_seconds: 9}"
    )
    body = feeds(a="", prints="kind: events", resting="enabled: false") + further
    project.endpoint(body, above=failover(sources))
    told = project.told()
    assert any(said in line and line.startswith("data_sources.yaml:2:") for line in told), told


LIKE = (
    ", needs: [price], reads: {uw.a: {fields: {price: close}}, "
    "ibkr.quote: {key: 'raw:ibkr:{symbol}', fields: {price: last}, only: {state: live}}}"
)


def test_a_plugins_key_and_fields_of_one_name_are_no_mistake(project):
    project.endpoint(feeds(a=""), above=failover("uw.a, ibkr.quote", LIKE))
    assert project.told() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("uw.a: {f", "uw.c: {f", "'uw.c' is no source of this aggregate; did you mean 'uw.a'?"),
        ("uw.a: {f", "uw.a: {key: x, f", "'uw.a' is a feed of this config; leave its key out"),
        ("'raw:ibkr:{symbol}'", "'raw:ibkr:*'", "'raw:ibkr:*' cannot be a key"),
        ("'raw:ibkr:{symbol}'", "raw:ibkr", "'raw:ibkr' has no {symbol} for the key quote:"),
        ("'raw:ibkr:{symbol}'", "'quote:{symbol}'", "which this aggregate itself writes"),
        ("{price: last}", "{}", "'ibkr.quote' would be handed on as fields that are all null"),
        ("[price]", "[prize]", "'uw.a' has no field 'prize': no value of it would ever count; did"),
        ("price: last", "price: last, source: x", "'source' is written beside the fields; give"),
        ("price: last", "price: last, symbol: s", "'symbol' is written beside the fields; give"),
    ],
)
def test_a_mistake_in_how_sources_are_read_is_told(project, old, new, said):
    assert old in LIKE
    above = failover("uw.a, ibkr.quote", LIKE.replace(old, new))
    project.endpoint(feeds(a=""), above=above)
    told = project.told()
    assert any(said in line and line.startswith("data_sources.yaml:2:") for line in told), told


def test_merging_reads_whole_rows_and_that_is_told(project):
    above = "aggregates:\n  x: {sources: [uw.a, uw.b], redis_key: 'x:{symbol}', needs: [price]}\n"
    project.endpoint(feeds(a="", b=""), above=above)
    (told,) = project.told()
    assert "'merge_on_timestamp' reads whole rows; write method: failover" in told


def test_that_a_source_lacks_its_secret_is_told_of_the_source_alone(project):
    project.endpoint(feeds(a=""), above=failover("uw.a, ibkr.quote", LIKE))
    base = project.folder / "data_sources.yaml"
    auth = "    auth: {type: bearer, token_env: UW_KEY}\n    endpoints:\n"
    project.base(base.read_text().replace("    endpoints:\n", auth))
    (told,) = project.told()
    assert "note: source 'uw' is off: UW_KEY is not set" in told


def test_what_an_aggregate_writes_is_no_source_of_one(project):
    above = failover("uw.a, ibkr.quotes", key="raw:ibkr:quotes:{symbol}")
    project.endpoint(feeds(a=""), above=above)
    at = "'ibkr.quotes' is read at raw:ibkr:quotes:{symbol}, which this aggregate itself writes"
    assert any(at in line for line in project.told())


def test_thresholds_without_the_method_do_nothing_and_that_is_told(project):
    above = (
        "aggregates:\n"
        "  x: {sources: [uw.a, uw.b], redis_key: 'x:{symbol}', failover: {p95_seconds: 3}}\n"
    )
    project.endpoint(feeds(a="", b=""), above=above)
    (told,) = project.told()
    assert "'merge_on_timestamp' does not fail over; write method: failover" in told


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (5, None),
        (9, None),
        (
            4,
            "warning: values count for 4 s and come every 5 s: none counts in between; at least 5",
        ),
        (
            60,
            "warning: values of 'uw.a' live 9 s: none is ever 60 s old; leave it out, or at most 9",
        ),
    ],
)
def test_an_age_that_fits_no_value_of_its_feed_was_not_told(project, age, said):
    more = f",\n    reads: {{uw.a: {{max_age_seconds: {age}}}}}"
    project.endpoint(feeds(a="", b=""), above=failover("uw.a, uw.b", more))
    told = project.told()
    assert told == ([] if said is None else [f"data_sources.yaml:3:20: {said}"])
