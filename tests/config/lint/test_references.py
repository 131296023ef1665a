import re

FEED = "{name}: {{path: /x, interval_seconds: 5, redis_key: 'raw:{name}', ttl_seconds: 9{more}}}"


def feeds(**more):
    return "\n".join(
        FEED.format(name=name, more=f", {text}" if text else "") for name, text in more.items()
    )


def test_a_feed_that_is_not_there_is_named_with_the_near_miss(project):
    project.endpoint(feeds(spot_gex="", flow="depends_on: [spot_gx]"))
    assert project.told() == [
        "data_sources.yaml:6:97: there is no feed 'spot_gx'; did you mean 'spot_gex'?"
    ]


def test_a_circle_is_told_once_with_its_feeds(project):
    project.endpoint(
        feeds(a="depends_on: [b]", b="depends_on: [c]", c="depends_on: [a]", d="depends_on: [a]")
    )
    (said,) = project.told()
    assert re.search(r"these feeds wait for each other: a -> b -> c -> a$", said)


def test_a_feed_that_waits_for_itself_is_a_circle(project):
    project.endpoint(feeds(a="depends_on: [a]"))
    assert project.told()[0].endswith("a -> a")


def test_expansions_are_part_of_circles(project):
    project.endpoint(
        """
        a:
          path: "/x/{e}"
          expand: {e: {from: b}}
          max_calls: 3
          interval_seconds: 5
          redis_key: "raw:a:{e}"
          ttl_seconds: 9
        b: {path: /y, interval_seconds: 5, redis_key: "raw:b", ttl_seconds: 9, depends_on: [a]}
        """
    )
    assert "a -> b -> a" in project.told()[0]


def test_an_expansion_from_nowhere_is_told(project):
    project.endpoint(
        """
        a:
          path: "/x/{e}"
          expand: {e: {from: chains}}
          max_calls: 3
          interval_seconds: 5
          redis_key: "raw:a:{e}"
          ttl_seconds: 9
        """
    )
    assert project.told() == ["data_sources.yaml:7:22: there is no feed 'chains'"]


def test_a_feed_of_another_source_is_named_in_full(project):
    project.base(
        """\
        data_sources:
          a:
            base_url: https://a
            endpoints:
              x: {path: /x, interval_seconds: 5, redis_key: x, ttl_seconds: 9, depends_on: [b.y]}
          b:
            base_url: https://b
            endpoints:
              y: {path: /y, interval_seconds: 5, redis_key: "raw:y", ttl_seconds: 9}
        """
    )
    assert project.told() == []


def test_waiting_for_a_feed_that_is_off_is_a_warning(project):
    project.endpoint(feeds(a="enabled: false", b="depends_on: [a]"))
    assert project.told() == [
        (
            "data_sources.yaml:6:91: warning: 'b' waits for 'a', which is off: disabled in the"
            " config; it will never run"
        ),
    ]


def test_a_feed_with_a_mistake_of_its_own_is_there_all_the_same(project):
    project.endpoint(feeds(a="ttl: 3", b="depends_on: [a]"))
    (said,) = project.told()
    assert "unknown field 'ttl'" in said


def test_a_group_of_symbols_must_be_there(project):
    project.endpoint(
        """
        a: {path: "/{symbol}", symbols: focs, redis_key: "r{symbol}", at: [06:00], ttl_seconds: 3e5}
        b: {path: "/{symbol}", symbols: SPY, redis_key: "s:{symbol}", at: [06:00], ttl_seconds: 3e5}
        """,
        above="symbol_groups: {focus: [SPY]}\n",
    )
    hint = "a single symbol is written [SPY], and the groups are focus"
    assert project.told() == [
        "data_sources.yaml:6:30: there is no symbol group 'focs'; did you mean 'focus'?",
        f"data_sources.yaml:7:30: there is no symbol group 'SPY'; {hint}",
    ]


def test_aggregates_name_feeds(project):
    feed = feeds(greek_flow="")
    project.endpoint(
        feed,
        above="""\
        aggregates:
          one: {sources: [uw.greek_flw, ibkr.trades, greek_flow], redis_key: "agg:1"}
          two: {sources: [uw.greek_flow, uw.greek_flow], redis_key: "agg:2"}
        """,
    )
    assert project.told() == [
        "data_sources.yaml:2:19: there is no feed 'uw.greek_flw'; did you mean 'uw.greek_flow'?",
        "data_sources.yaml:2:33: warning: the config has no source 'ibkr'; a plugin may bring it",
        "data_sources.yaml:2:46: 'greek_flow' names no source; did you mean 'uw.greek_flow'?",
        "data_sources.yaml:3:9: a feed is named twice",
    ]


def test_values_of_a_feed_of_events_failed_at_each_run(project):
    project.endpoint(
        feeds(prints="kind: events")
        + """
        a:
          path: "/x/{id}"
          expand: {id: {from: prints}}
          max_calls: 3
          interval_seconds: 5
          redis_key: "raw:a:{id}"
          ttl_seconds: 9
        """.replace("\n        ", "\n")
    )
    (said,) = project.told()
    assert "'prints' keeps events, and no latest value to take values from" in said


def test_an_aggregate_left_out_what_its_key_does_not_tell_apart(project):
    project.endpoint(
        """
        flow: {path: "/{symbol}", symbols: [SPY], redis_key: "f:{symbol}", at: [06:00],
               ttl_seconds: 3e5}
        gex: {path: "/{symbol}/{day}", symbols: [SPY], expand: {day: ["0", "1"]}, ttl_seconds: 3e5,
              redis_key: "g:{symbol}:{day}", at: [06:00]}
        tide: {path: /tide, redis_key: "t", at: [06:00], ttl_seconds: 3e5}
        """,
        above="""\
        aggregates:
          one: {sources: [uw.flow, uw.gex, uw.tide], redis_key: "agg:1:{symbol}"}
          two: {sources: [uw.tide], redis_key: "agg:2:{symbol}"}
          good: {sources: [uw.flow, uw.tide], redis_key: "agg:3:{symbol}"}
        """,
    )
    first, second = project.told()
    assert first == (
        "data_sources.yaml:2:28: 'uw.gex' has a value for each {day}, which 'redis_key' lacks; "
        "put {day} into the aggregate's key, or leave the feed out"
    )
    assert second == "data_sources.yaml:3:29: {symbol} has no value: no source has it in its key"


def test_a_symbol_group_without_symbols_was_good_to_check_and_stopped_the_run(project):
    project.base("""
        symbol_groups: {focus: []}
        data_sources:
          uw:
            base_url: https://api.example.com
            endpoints:
              a:
                path: /a/{symbol}
                symbols: focus
                redis_key: raw:a:{symbol}
                interval_seconds: 5
                ttl_seconds: 9
              b: {path: /b, redis_key: raw:b, interval_seconds: 5, ttl_seconds: 9}
    """)
    assert project.told() == [
        "data_sources.yaml:7:7: note: feed 'a' is off: the symbol group 'focus' is empty"
    ]
    running = [one.id for one in project.load().effective.running()]
    assert running == ["uw.b"]


def test_an_endpoint_of_no_values_at_all_was_passed_over_without_a_word(project):
    project.endpoint(
        "a: {path: '/a/{c}', expand: {c: []}, redis_key: 'raw:a:{c}', interval_seconds: 5, "
        "ttl_seconds: 9}"
    )
    (said,) = project.told()
    assert "note: no feed comes of 'a': there is no value of {c}" in said
