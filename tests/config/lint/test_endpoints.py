import re

import pytest


def feed(**fields):
    given = {"path": "/x", "redis_key": "raw:k", "interval_seconds": 5, "ttl_seconds": 9}
    wanted = {name: value for name, value in {**given, **fields}.items() if value is not None}
    return "a:\n" + "".join(f"  {name}: {value}\n" for name, value in wanted.items())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"interval_seconds": None, "at": '["6:00"]'},
            "'6:00' is no time of day; did you mean '06:00'?",
        ),
        (
            {"interval_seconds": None, "at": '["06:00", "sum 18:00"]'},
            "'sum' in 'sum 18:00' is no day of the week; did you mean 'sun 18:00'?",
        ),
        (
            {"interval_seconds": None, "at": '["16:45", "sun 18:00"]', "ttl_seconds": 160000},
            "from Friday 16:45 to Sunday 18:00 it is 177300 s: the key is empty in between",
        ),
        ({"at": '["06:00"]'}, "interval_seconds and at are both given; keep one"),
        ({"errors": '[{path: x, matches: "(" }]'}, "'(' is no regular expression"),
        ({"timestamp": "{path: x, zone: Mars/Base}"}, "there is no zone 'Mars/Base'"),
        ({"path": None, "url": "ftp://x"}, "'url' should begin with https://"),
        ({"path": "quote"}, "'path' should begin with '/'"),
        ({"body": "{a: 1}"}, "a body goes with 'method: POST'"),
        ({"join": "[a]"}, "'join' goes with 'transport: websocket'"),
        ({"format": "xml"}, "xml needs 'rows'"),
        ({"format": "json", "columns": "[a]"}, "'columns' does not go with 'format: json'"),
        (
            {"format": "xml", "rows": "r", "skip_lines": 2},
            "'skip_lines' does not go with 'format: x",
        ),
        ({"format": "html", "footer": "x"}, "'footer' does not go with 'format: html'"),
        ({"paging": "{type: cursor, cursor: c}"}, "paging by cursor needs 'param'"),
        ({"paging": "{type: link, param: page}"}, "paging by link has no 'param'"),
        ({"format": "pipe", "delimiter": ";"}, "'delimiter' does not go with 'format: pipe'"),
        ({"format": "csv", "footer": "'(x'"}, "'(x' is no regular expression: missing )"),
        ({"format": "csv", "rows": "a"}, "rows do not go with 'format: csv'"),
        ({"ttl_seconds": 3}, "warning: values expire after 3 s and come every 5 s"),
        (
            {"max_age_seconds": 3},
            "warning: values are stale after 3 s and come every 5 s",
        ),
        (
            {"interval_seconds": None, "at": '["06:00", "16:30"]', "ttl_seconds": 180000},
            "from Friday 16:30 to Monday 06:00 it is 221400 s: the key is empty in between",
        ),
        (
            {"paging": "{type: page, param: p, max_pages: 4}"},
            "warning: one fetch may take 4 calls; give max_calls",
        ),
        (
            {"paging": "{type: page, param: p, max_pages: 4}", "max_calls": 2},
            "warning: max_calls is 2, and paging may take 4",
        ),
        (
            {"paging": "{type: page, param: p, max_pages: 2}", "max_calls": 2, "conditional": True},
            "'conditional' does not go with 'paging'",
        ),
        ({"params": "{apikey: abcdef123456}"}, "warning: 'apikey' holds a key in the open"),
        (
            {"headers": '{Authorization: "Bearer abcdef"}'},
            "'Authorization' holds a key in the open",
        ),
        ({"transport": "websocket"}, "'interval_seconds' does not go with 'transport: websocket'"),
        (
            {"transport": "websocket", "interval_seconds": None, "path": None, "url": "https://x"},
            "'url' should begin with wss://",
        ),
        (
            {
                "transport": "websocket",
                "interval_seconds": None,
                "conditions": "{market_state: open}",
            },
            "'conditions' does not go with 'transport: websocket'",
        ),
        (
            {"transport": "websocket", "interval_seconds": None, "params": "{date: today}"},
            "'params' does not go with 'transport: websocket'",
        ),
        (
            {"transport": "websocket", "interval_seconds": None, "cap": 5},
            "'cap' goes with 'kind: events'",
        ),
        ({"row_order": "oldest_first"}, "'row_order' goes with 'kind: events'"),
        (
            # One place of a frame is cut out of it; each frame failed with that while it ran.
            {
                "transport": "websocket",
                "interval_seconds": None,
                "frame": '{channel: "*.ch", payload: data.*, timestamp: data.*.t}',
            },
            "'payload' cannot hold '*': the bytes of one place of the frame are stored; name the",
        ),
        (
            {
                "transport": "websocket",
                "interval_seconds": None,
                "frame": '{each: "data.*"}',
            },
            "'each' cannot hold '*': it names the one list of a frame; leave '*' and what",
        ),
    ],
)
def test_what_no_endpoint_can_mean_is_told(project, fields, said):
    project.endpoint(feed(**fields))
    told = project.told()
    assert len(told) == 1
    assert said in told[0]


@pytest.mark.parametrize(
    "fields",
    [
        {"interval_seconds": None, "at": '["06:00", "16:30"]', "ttl_seconds": 230000},
        {"interval_seconds": None, "at": "[16:30]", "ttl_seconds": 345600},
        {"params": '{apikey: "${KEY:-}"}'},
        {"params": '{token: "{today}"}'},
        {"format": "html", "rows": "earnings", "columns": "[symbol, eps]"},
        {"params": "{require_token: true, key: value}"},
        {"transport": "websocket", "interval_seconds": None, "kind": "events", "cap": 5},
    ],
)
def test_what_is_right_is_let_pass(project, fields):
    project.endpoint(feed(**fields))
    assert project.told() == []


def test_a_key_from_the_environment_is_not_in_the_open(project):
    project.endpoint(feed(headers='{X-Api-Key: "${KEY}"}'))
    assert project.told(environ={"KEY": "abcdef123456"}) == []


def test_a_warning_is_told_again_by_the_next_load(project):
    project.endpoint(feed(ttl_seconds=3))
    loader = project.loader()
    assert len(loader.load().problems) == 1
    assert len(loader.load().problems) == 1


def test_a_star_in_the_payload_of_a_frame_is_told_with_its_line(project):
    """It passed `check`, and no frame of it could be stored."""
    project.endpoint(
        feed(transport="websocket", interval_seconds=None, frame="{channel: a, payload: b.*}")
    )
    (said,) = project.told()
    assert re.match(r"data_sources\.yaml:\d+:\d+: 'payload' cannot hold", said)
    where = said.split(":")
    line = (project.folder / where[0]).read_text().splitlines()[int(where[1]) - 1]
    assert line[int(where[2]) - 1 :].startswith("payload")
