import pytest

from quanticity.config.lint.placeholders import DATE_WORD
from quanticity.feeds.dates import is_date_word


def feed(**fields):
    given = {"path": '"/x"', "redis_key": '"raw:k"', "interval_seconds": 5, "ttl_seconds": 9}
    return "a:\n" + "".join(f"  {name}: {value}\n" for name, value in {**given, **fields}.items())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"path": '"/{symbol}"'}, "6:9: {symbol} has no value; give symbols"),
        (
            {"path": '"/{symbl}"', "symbols": "[A]", "redis_key": '"raw:{symbol}"'},
            "{symbl} has no value; did you mean 'symbol'?",
        ),
        ({"params": '{d: ["{expiry}"]}'}, "10:22: {expiry} has no value; give it in expand"),
        ({"redis_key": '"raw:{symbol}"'}, "7:9: {symbol} has no value; give symbols"),
        ({"redis_key": '"raw:{today}"'}, "{today} has no value"),
        ({"redis_key": '"raw: k"'}, "'raw: k' cannot be a key: ' k' cannot stand in a key"),
        ({"redis_key": '"raw:{k"'}, "'raw:{k' cannot be a key"),
        (
            {"path": '"/{symbol}"', "symbols": "[A, B]"},
            "'redis_key' lacks {symbol}: all its values would share one key",
        ),
        (
            {"symbols": "[A, B]", "redis_key": '"raw:{symbol}"'},
            "warning: {symbol} is nowhere in the request: every value would ask the same",
        ),
        (
            {"path": '"/{todya:%Y}"'},
            "warning: '{todya:%Y}' is sent as it stands; did you mean 'today'",
        ),
        (
            {"path": '"/q/{symbol/x"'},
            "6:9: warning: '{symbol' is sent as it stands; a value stands",
        ),
        ({"path": '"/q/symbol}"'}, "6:9: warning: 'symbol}' is sent as it stands"),
        ({"path": '"/q/{}/x"'}, "6:9: warning: '{}' is sent as it stands"),
        ({"timestamp_key": '"{symbol}:ts"'}, "{symbol} has no value"),
    ],
)
def test_what_stands_in_braces_needs_a_value(project, fields, said):
    project.endpoint(feed(**fields))
    assert any(said in told for told in project.told())


@pytest.mark.parametrize(
    "fields",
    [
        {"path": '"/{today:%Y%m%d}"'},
        {"params": "{date: today}"},
        {"path": '"/{symbol}"', "symbols": "[A]"},
        {"path": '"/{e}/{d}"', "expand": "{e: [1, 2], d: [3]}", "redis_key": '"raw:{e}:{d}"'},
        {"body": '{q: ["{symbol}"]}', "method": "POST", "symbols": "[A]"},
        {"path": '"/x?f={%7B}"'},
        {
            "transport": "websocket",
            "interval_seconds": "null",
            "join": '[{channel: "g:{symbol}"}]',
            "frame": "{channel: c}",
            "symbols": "[A, B]",
            "redis_key": '"raw:{symbol}"',
        },
        {
            "transport": "websocket",
            "interval_seconds": "null",
            "join": '[{topic: all, of: "{symbol}"}]',
            "frame": "{values: {symbol: s}}",
            "symbols": "[A, B]",
            "redis_key": '"raw:{symbol}"',
        },
        {
            "transport": "websocket",
            "interval_seconds": "null",
            "url": '"wss://example.com/{symbol}"',
            "path": "null",
            "symbols": "[A, B]",
            "redis_key": '"raw:{symbol}"',
        },
        {
            "transport": "websocket",
            "interval_seconds": "null",
            "frame": "{values: {who: x}}",
            "redis_key": '"raw:{who}"',
        },
    ],
)
def test_what_has_a_value_is_let_pass(project, fields):
    project.endpoint(feed(**fields))
    assert project.told() == []


@pytest.mark.parametrize(
    "word",
    [
        "today",
        "last_trading_day:%Y",
        "last_n_days:5",
        "next_n_days:3:%m",
        "todya",
        "last_n_days",
        "today:",
    ],
)
def test_words_for_dates_are_those_that_feeds_know(word):
    assert (DATE_WORD.fullmatch(word) is not None) == is_date_word(word)


@pytest.mark.parametrize(
    ("frame", "join", "values"),
    [
        ("{payload: p}", '[{c: "{symbol}"}]', "{symbol: data.symbol}"),
        ("{channel: c}", "[{c: all}]", "{symbol: data.symbol}"),
        ("{each: data}", '[{c: "{symbol}"}]', "{symbol: symbol}"),
    ],
)
def test_frames_that_tell_no_symbol_were_all_one_symbols(project, frame, join, values):
    given = {"transport": "websocket", "interval_seconds": "null", "frame": frame, "join": join}
    project.endpoint(feed(**given, symbols="[A, B]", redis_key='"raw:{symbol}"'))
    (told,) = project.told()
    assert told.startswith("data_sources.yaml:11:9: ")
    assert "nothing in a frame tells the values of {symbol} apart" in told
    assert f"values: {values}" in told


def test_a_placeholder_in_the_base_url_was_good_to_check_and_stopped_the_run(project):
    project.base("""
        data_sources:
          uw:
            base_url: https://api.example.com/{region}/{today:%Y}
            endpoints:
              a: {path: /a, redis_key: raw:a, interval_seconds: 5, ttl_seconds: 9}
              b: {url: "https://b.com", redis_key: raw:b, interval_seconds: 5, ttl_seconds: 9}
              c:
                path: /c
                expand: {region: [us]}
                redis_key: raw:c:{region}
                interval_seconds: 5
                ttl_seconds: 9
    """)
    assert project.told() == [
        "data_sources.yaml:4:5: {region} has no value in a; give it in expand"
    ]
