"""Parameters that were sent in another form than a person meant."""

import pytest

FEED = "a: {path: /a, redis_key: raw:a, interval_seconds: 5, ttl_seconds: 9, params: PARAMS}"


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ("{x: {b: 1}}", "'x' is a mapping, which no query can carry"),
        ("{x: [1, [2]]}", "'x' is a list in a list, which no query can carry"),
        ("{x: [{b: 1}]}", "'x' is a mapping"),
    ],
)
def test_a_mapping_was_sent_as_python_writes_it(project, params, told):
    project.endpoint(FEED.replace("PARAMS", params))
    (said,) = project.told()
    assert told in said


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("todya", "today"),
        ("Today", "today"),
        ("last_n_day:5", "last_n_days:5"),
        ("last_n_days", "last_n_days:5"),
        ("next_n_days:0", "next_n_days:5"),
        ("last_tradingday", "last_trading_day"),
        ("market_hour", "market_hours"),
    ],
)
def test_a_misspelt_word_for_a_date_was_sent_without_a_word(project, word, meant):
    project.endpoint(FEED.replace("PARAMS", f'{{d: "{word}"}}'))
    (said,) = project.told()
    assert f"warning: '{word}' is sent as it stands; did you mean '{meant}'?" in said


@pytest.mark.parametrize(
    "params",
    [
        '{a: today, b: "today:%Y%m%d", c: "last_n_days:5", d: market_hours, e: last_trading_day}',
        '{a: "0-2", b: [x, y], c: true, d: 1.5, e: null, f: "2026-01-05", g: "{today:%Y}"}',
        "{a: day, b: days, c: daily, d: hours, e: yesterday, f: LATEST, g: -auction_date}",
    ],
)
def test_what_vendors_are_asked_for_is_let_pass(project, params):
    project.endpoint(FEED.replace("PARAMS", params))
    assert project.told() == []


@pytest.mark.parametrize("name", ["dte", "expiration", "expirations[]"])
def test_days_that_end_before_they_begin_asked_for_none(project, name):
    project.endpoint(FEED.replace("PARAMS", f'{{"{name}": "3-1"}}'))
    (said,) = project.told()
    assert "'3-1' are no days: it ends before it begins; did you mean '1-3'?" in said
    project.endpoint(FEED.replace("PARAMS", f'{{"{name}": "1-3", ratio: "3-1"}}'))
    assert project.told() == []


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ('{d: "last_n_days:99999999"}', "warning: 'last_n_days:99999999' is sent as it stands"),
        ('{d: "next_n_days:10000"}', "warning: 'next_n_days:10000' is sent as it stands"),
        ('{d: "to {last_n_days:10000}"}', "warning: '{last_n_days:10000}' is sent as it stands"),
        ('{expiry: "0-99999999"}', "'0-99999999' are too many days; give at most 0-9999"),
    ],
)
def test_days_beyond_all_calendars_were_a_traceback_with_each_run(project, params, told):
    project.endpoint(FEED.replace("PARAMS", params))
    (said,) = project.told()
    assert told in said
