"""Keys that would harm the store or the program passed, and were found out by a run."""

import pytest

REST = "interval_seconds: 5, ttl_seconds: 9"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("changes", "keys that begin with 'changes' belong to the store itself"),
        ("state:mine", "keys that begin with 'state' belong to the store itself"),
        ("heartbeat:v", "the key 'heartbeat:v' is written by the program itself"),
        ("analytics:alerts", "the key 'analytics:alerts' is written by the program itself"),
        ("raw::a", "a key's name has no empty part between colons"),
        ("raw:a*", "'a*' cannot stand in a key"),
        ('""', "a key needs a name"),
    ],
)
def test_a_feed_on_a_key_of_the_store_stopped_every_write_of_a_run(project, key, told):
    project.endpoint(f"a: {{path: /a, redis_key: {key}, {REST}}}")
    (said,) = project.told()
    assert said.startswith("data_sources.yaml:5:21: ")
    assert told in said


def test_an_aggregates_key_is_held_to_the_same(project):
    project.endpoint(
        f"a: {{path: /a, redis_key: raw:a, {REST}}}",
        above='aggregates: {x: {sources: [uw.a], redis_key: "changes"}}\n',
    )
    (said,) = project.told()
    assert "belong to the store itself" in said


@pytest.mark.parametrize("symbol", ["C D", "{x}", "*", "", "A::B", "Ä"])
def test_a_symbol_that_no_key_can_hold_made_a_key_that_nobody_found(project, symbol):
    feed = f'a: {{path: "/{{symbol}}", redis_key: "raw:a:{{symbol}}", {REST}'
    project.endpoint(f'{feed}, symbols: [SPY, "{symbol}"]}}')
    (said,) = project.told()
    assert f"'{symbol}' cannot be part of a key; use letters" in said
    project.endpoint(f"{feed}, symbols: mine}}", above=f'symbol_groups: {{mine: ["{symbol}"]}}\n')
    assert f"'{symbol}' cannot be part of a key" in project.told()[0]
    project.endpoint(f'{feed}, expand: {{symbol: ["{symbol}"]}}}}')
    assert f"'{symbol}' cannot be part of a key" in project.told()[0]


def test_symbols_of_all_kinds_of_vendors_may_stand_in_a_key(project):
    symbols = '["^SPX", _SPX, "ES=F", EUR.USD, BRK/B, "BINANCE:BTCUSDT", "0000320193", X@Y]'
    feed = f'a: {{path: "/{{symbol}}", redis_key: "raw:a:{{symbol}}", {REST}, symbols: {symbols}}}'
    project.endpoint(feed)
    assert project.told() == []


def test_what_stands_in_no_key_may_be_any_text(project):
    asked = 'path: "/a", params: {q: "{q}"}, expand: {q: ["a b"]}'
    project.endpoint(f"a: {{{asked}, redis_key: raw:a, {REST}}}")
    assert project.told() == []


def test_lists_that_multiply_took_all_memory_before_anybody_was_told(project):
    many = list(range(400))
    lists = f"expand: {{x: {many}, y: {many}, z: {many}}}"
    project.endpoint(
        f'a: {{path: "/{{x}}/{{y}}/{{z}}", redis_key: "raw:{{x}}:{{y}}:{{z}}", {REST}, {lists}}}'
    )
    (said,) = project.told()
    assert "this would be 64,000,000 feeds; an endpoint has at most 100,000" in said
