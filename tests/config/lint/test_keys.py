import pytest

from quanticity.errors import ConfigError

REST = "interval_seconds: 5, ttl_seconds: 9"


def test_two_feeds_on_one_key_are_told_with_both_places(project):
    project.endpoint(
        f"""
        a: {{path: "/a/{{symbol}}", symbols: [SPY, QQQ], redis_key: "raw:q:{{symbol}}", {REST}}}
        b: {{path: /b, redis_key: "raw:q:QQQ", {REST}}}
        """
    )
    assert project.told() == [
        (
            "data_sources.yaml:6:21: the key 'raw:q:QQQ' is written by uw.a too"
            " (data_sources.yaml:5); every feed needs a key of its own"
        ),
    ]


def test_a_transforms_key_counts_too(project):
    project.endpoint(
        f"""
        a: {{path: /a, redis_key: "raw:q", transform: t, {REST}}}
        b: {{path: /b, redis_key: "feed:q", {REST}}}
        """
    )
    (said,) = project.told()
    assert "the key 'feed:q' is written by uw.a too" in said


def test_an_aggregates_key_counts_too(project):
    project.endpoint(
        f"""
        a: {{path: /a, redis_key: "raw:q", {REST}}}
        """,
        above='aggregates: {x: {sources: [uw.a], redis_key: "raw:q"}}\n',
    )
    (said,) = project.told()
    assert said.startswith("data_sources.yaml:1:35: the key 'raw:q' is written by uw.a too")


def test_an_aggregate_wrote_over_its_own_feed_where_both_keys_have_a_symbol(project):
    line = "symbols: [SPY, QQQ]"
    project.endpoint(
        f"""
        a: {{path: "/a/{{symbol}}", {line}, redis_key: "raw:q:{{symbol}}", {REST}}}
        b: {{path: "/b/{{symbol}}", {line}, redis_key: "raw:b:{{symbol}}", {REST}}}
        """,
        above='aggregates: {x: {sources: [uw.b, uw.a], redis_key: "raw:q:{symbol}"}}\n',
    )
    (said,) = project.told()
    assert said.startswith("data_sources.yaml:1:41: the key 'raw:q:SPY' is written by uw.a too")


def test_values_that_only_a_run_will_tell_may_meet(project):
    line = 'expand: {e: {from: c}}, max_calls: 3, redis_key: "raw:q:{e}"'
    project.endpoint(
        f"""
        a: {{path: "/a/{{e}}", {line}, {REST}}}
        b: {{path: "/b/{{e}}", {line}, {REST}}}
        c: {{path: /c, redis_key: "raw:c", {REST}}}
        """
    )
    (said,) = project.told()
    assert "the key 'raw:q:*' is written by uw.a too" in said


def test_feeds_that_are_off_by_config_may_share(project):
    project.endpoint(
        f"""
        a: {{path: /a, redis_key: "raw:q", {REST}}}
        b: {{path: /b, redis_key: "raw:q", enabled: false, {REST}}}
        """
    )
    assert project.told() == []


def test_feeds_that_only_lack_a_key_may_not_share(project):
    project.base(
        f"""\
        data_sources:
          one:
            base_url: https://x
            auth: {{type: bearer, token_env: NOT_SET}}
            endpoints:
              a: {{path: /a, redis_key: "raw:q", {REST}}}
          two:
            base_url: https://x
            endpoints:
              a: {{path: /a, redis_key: "raw:q", {REST}}}
        """
    )
    assert "is written by one.a too" in project.told()[-1]


def test_a_symbol_listed_twice_is_told(project):
    project.endpoint(
        f"""
        a: {{path: "/{{symbol}}", symbols: [SPY, SPY], redis_key: "raw:{{symbol}}", {REST}}}
        """
    )
    assert project.told() == ["data_sources.yaml:5:30: 'SPY' is listed twice"]


def test_a_transform_may_not_overwrite_what_it_reads(project):
    both = "redis_key: quotes, output_key: quotes"
    project.endpoint(f"a: {{path: /a, {both}, transform: t, {REST}}}")
    assert project.told() == [
        (
            "data_sources.yaml:5:21: the transform's value would overwrite the vendor's bytes;"
            " give output_key"
        ),
    ]


def test_what_stays_is_still_checked_against_what_changed(project):
    text = f"""
        a: {{path: /a, redis_key: "raw:a", {REST}}}
        b: {{path: /b, redis_key: "raw:b", {REST}}}
        """
    project.endpoint(text)
    loader = project.loader()
    loader.load()
    project.endpoint(text.replace('"raw:b"', '"raw:a"'))
    with pytest.raises(ConfigError, match=r"is written by uw\.a too"):
        loader.load()


def test_the_moment_of_one_feed_was_written_over_the_value_of_another(project):
    project.endpoint(
        f"""
        a: {{path: "/a/{{symbol}}", symbols: [x, y], redis_key: "raw:a:{{symbol}}",
             timestamp_key: "raw:b:{{symbol}}", {REST}}}
        b: {{path: /b, redis_key: "raw:b:y", {REST}}}
        c: {{path: /c, redis_key: "raw:c", timestamp_key: "raw:c", {REST}}}
        d: {{path: /d, redis_key: "raw:d", timestamp_key: "at:all", {REST}}}
        e: {{path: /e, redis_key: "raw:e", timestamp_key: "at:all", {REST}}}
        """
    )
    first, second = project.told()
    assert "6:12: the key 'raw:b:y' is written by uw.b too (data_sources.yaml:7)" in first
    assert ": the key 'raw:c' is written by uw.c too (data_sources.yaml:8)" in second
