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


@pytest.mark.parametrize(
    ("params", "written", "sent"),
    [
        ("{country: NO}", "NO", "false"),
        ("{x: [1, On]}", "On", "true"),
        ("{'country': off }", "off", "false"),
        ("{strike: 1.10}", "1.10", "1.1"),
        ("{x: 1e5}", "1e5", "100000.0"),
        ("{x: 0x10}", "0x10", "16"),
    ],
)
def test_a_country_called_no_was_sent_as_false(project, params, written, sent):
    """YAML reads it so, and nobody said a word."""
    project.endpoint(FEED.replace("PARAMS", params))
    (said,) = project.told()
    assert f"warning: {written} is sent as '{sent}': so YAML reads it" in said


def test_a_value_of_a_list_named_no_was_asked_for_as_false(project):
    project.endpoint("""
        a:
          path: /a/{state}
          expand:
            state:
            - CA
            - NO  # Norway
          redis_key: raw:a:{state}
          interval_seconds: 5
          ttl_seconds: 9
    """)
    (said,) = project.told()
    assert ":10:13: warning: NO is sent as 'false'" in said


def test_what_is_sent_as_it_is_written_is_let_pass(project):
    params = '{a: true, b: False, c: -3, d: 1.5, e: "NO", f: !!bool yes, g: 010, h: *one}'
    project.endpoint(
        FEED.replace("{path", "{conditional: &one true, path").replace("PARAMS", params)
    )
    assert project.told() == []
