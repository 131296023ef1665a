"""A mistake of one kind hides none of another: all are told in one go, and no follow-ups."""

from __future__ import annotations

import pytest

BASE = """\
data_sources:
  uw:
    base_url: https://x
    rate_limits: {requests_per_minute: 60, shares: {critical: 40}}
    endpoints:
      quote:
        path: "/quote/{symbol}"
        symbols: [SPY]
        interval_seconds: 60
        redis_key: "raw:uw:quote:{symbol}"
        ttl_seconds: 180
      news:
        path: "/news"
        interval_seconds: 60
        redis_key: "raw:uw:news"
        ttl_seconds: 180
"""


def told(project, *changes: tuple[str, str]) -> list[str]:
    text = BASE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    project.base(text)
    return [line.partition(": ")[2] for line in project.told()]


def test_what_a_wrong_type_hid_in_the_same_endpoint_is_told_with_it(project):
    assert told(
        project,
        ("quote:{symbol}", "quote:{symbl}"),
        ("        ttl_seconds: 180\n      news", "        ttl_seconds: soon\n      news"),
    ) == [
        "{symbl} has no value; did you mean 'symbol'?",
        "'ttl_seconds' should be a number, not 'soon'; for example 180",
    ]


def test_a_misspelt_field_is_read_as_the_one_that_was_meant(project):
    assert told(project, ("symbols: [SPY]", "symbol: [SPY]"), ('"/news"', '"/news/{place}"')) == [
        "unknown field 'symbol'; did you mean 'symbols'?",
        "{place} has no value; give it in expand",
    ]


def test_what_a_wrong_field_of_the_source_hid_in_its_feeds_is_told_with_it(project):
    assert told(
        project,
        ("base_url: https://x", "base_url: https://x\n    timeout_seconds: long"),
        ('"raw:uw:news"', '"raw:uw:quote:SPY"'),
    ) == [
        "'timeout_seconds' should be a number, not 'long'",
        (
            "the key 'raw:uw:quote:SPY' is written by uw.quote too (data_sources.yaml:11); "
            "every feed needs a key of its own"
        ),
    ]


def test_what_only_the_whole_endpoint_shows_is_told_beside_a_wrong_type(project):
    assert told(
        project,
        ('interval_seconds: 60\n        redis_key: "raw:uw:news', 'redis_key: "raw:uw:news'),
        ('path: "/news"', 'path: "/news"\n        priority: urgent'),
    ) == [
        "neither interval_seconds nor at is given; give one",
        (
            "'priority' cannot be 'urgent'; one of 'critical', 'important', 'nice_to_have' "
            "or 'background'"
        ),
    ]


def test_what_could_not_be_read_makes_no_follow_ups(project):
    for change in (
        ("symbols: [SPY]", "symbols: 5"),
        ('path: "/quote/{symbol}"', "path: 7"),
        ('redis_key: "raw:uw:quote:{symbol}"', "redis_key: 7"),
        (
            'interval_seconds: 60\n        redis_key: "raw:uw:news',
            'interval_seconds: x\n        redis_key: "raw:uw:news',
        ),
        ("requests_per_minute: 60", "requests_per_minute: many"),
        ("base_url: https://x", "base_url: 7"),
    ):
        assert len(told(project, change)) == 1, change


def test_a_feed_that_waits_for_one_with_mistakes_finds_it(project):
    text = ('path: "/news"', 'path: "/news"\n        depends_on: [quote, qote]')
    assert told(project, text, ("symbols: [SPY]", "symbols: 5")) == [
        '\'symbols\' should be a list or text, not 5; for example ["SPY", "QQQ"]',
        "there is no feed 'qote'; did you mean 'quote'?",
    ]


@pytest.mark.parametrize(
    ("expand", "wrong"),
    [
        ('{from: nwes, path: a, select: "nxt:3"}', "'select' cannot be 'nxt:3'"),
        ("{from: nwes, pth: a}", "unknown field 'pth'"),
        ("{from: nwes, path: [a]}", "'path' should be text"),
    ],
)
def test_a_feed_that_is_not_there_was_told_only_once_the_rest_of_expand_was_right(
    project, expand: str, wrong: str
):
    both = told(
        project,
        ("symbols: [SPY]", f"symbols: [SPY]\n        expand: {{expiry: {expand}}}"),
        ("quote:{symbol}", "quote:{symbol}:{expiry}"),
    )
    assert len(both) == 2, both
    assert sum(line.startswith(wrong) for line in both) == 1, both
    assert "there is no feed 'nwes'; did you mean 'news'?" in both


def test_an_expand_that_names_no_feed_makes_no_follow_ups(project):
    lines = told(
        project,
        ("symbols: [SPY]", "symbols: [SPY]\n        expand: {expiry: {path: a}, side: [1, [2]]}"),
        ("quote:{symbol}", "quote:{symbol}:{expiry}:{side}"),
    )
    assert len(lines) == 2, lines
    assert not any("there is no feed" in line for line in lines)
