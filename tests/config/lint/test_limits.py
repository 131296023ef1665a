import pytest

SOURCE = """\
data_sources:
  uw:
    base_url: https://x
    rate_limits: {limits}
    endpoints:
      spot_gex: {{path: /x, interval_seconds: 5, redis_key: k, ttl_seconds: 9}}
"""


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (
            "{requests_per_minute: 100, buffer: 10, shares: {critical: 60, important: 31}}",
            "4:57: the shares add up to 91, and 90 of 100 can be used",
        ),
        (
            "{requests_per_day: 100, shares: {critical: 6}}",
            "shares need a window of up to a minute",
        ),
        (
            '{windows: [{limit: 5, per: day, reset: "20:00 America/Nowhere"}]}',
            "no zone in '20:00 America/Nowhere'",
        ),
        ('{body_limits: [{path: x, matches: "["}]}', "'[' is no regular expression"),
    ],
)
def test_limits_that_cannot_be_kept_are_told(project, limits, said):
    project.base(SOURCE.format(limits=limits))
    told = project.told()
    assert len(told) == 1
    assert said in told[0]


def test_a_budget_has_one_set_of_limits(project):
    project.base(
        """\
        data_sources:
          a: {base_url: "https://a", rate_limits: {budget: sec, requests_per_second: 10}}
          b: {base_url: "https://b", rate_limits: {budget: sec, requests_per_second: 5}}
          c: {base_url: "https://c", rate_limits: {budget: sec}}
        """
    )
    assert project.told() == [
        (
            "data_sources.yaml:3:44: the budget 'sec' has other limits in source 'a';"
            " give its limits in one source only"
        ),
    ]


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ("{source: uv}", "there is no source 'uv'; there is uw"),
        (
            "{priority_groups: {critical: [spot_gx]}}",
            "there is no feed 'spot_gx' in uw; did you mean 'spot_gex'?",
        ),
        (
            "{priority_groups: {critical: [spot_gex], important: [spot_gex]}}",
            "'spot_gex' is in group critical too",
        ),
        (
            "{max_requests_per_minute: 50, priority_groups: {critical: 60}}",
            "the shares add up to 60, and 50 of 50 can be used",
        ),
    ],
)
def test_the_notes_block_names_what_is_there(project, notes, said):
    limits = "{requests_per_minute: 100}"
    project.base(SOURCE.format(limits=limits) + f"rate_limit_config: {notes}\n")
    told = project.told()
    assert len(told) == 1
    assert said in told[0]


def test_with_several_sources_the_notes_block_must_name_its_own(project):
    project.base(
        """\
        data_sources:
          a: {base_url: "https://a"}
          b: {base_url: "https://b"}
        rate_limit_config: {max_requests_per_minute: 5}
        """
    )
    assert project.told() == [
        "data_sources.yaml:4:1: it may mean a or b; say which: 'source: NAME'"
    ]


def test_limits_that_would_apply_to_nothing_are_a_warning(project):
    project.base(
        SOURCE.format(limits="{requests_per_minute: 9, shares: {critical: 5}}")
        + "rate_limit_config: {max_requests_per_minute: 5}\n"
    )
    (said,) = project.told()
    assert "warning: no source is without shares of its own" in said


def test_yes_was_a_limit_of_one_request(project):
    project.endpoint("a: {path: /a, redis_key: raw:a, interval_seconds: true, ttl_seconds: no}")
    said = project.told()
    assert [line.partition(": ")[2] for line in said] == [
        "'interval_seconds' should be a number, not true; for example 60",
        "'ttl_seconds' should be a number, not false; for example 180",
    ]


SHARED_KEY = """\
data_sources:
  a:
    base_url: https://x.com/v1
    auth: {{type: bearer, token_env: X_TOKEN}}
    rate_limits: {first}
  b:
    base_url: "{other}"
    auth: {{type: query, name: key, token_env: {token}}}
    enabled: {on}
    rate_limits: {second}
"""
TOLD = (
    "warning: x.com counts its requests with those of 'a', whose key is X_TOKEN too; "
    "write 'budget: {}' here, and both keep to the same limits together"
)


@pytest.mark.parametrize(
    ("changed", "budget"),
    [
        ({}, "a"),
        ({"second": "{}"}, "a"),
        ({"first": "{budget: x, requests_per_minute: 60}"}, "x"),
        ({"first": "{max_in_flight: 3}", "second": "{budget: b}"}, "a"),
        ({"second": "{budget: a, requests_per_minute: 60}"}, None),
        ({"first": "{budget: x, requests_per_minute: 60}", "second": "{budget: x}"}, None),
        ({"other": "https://y.com/v1"}, None),
        ({"token": "OTHER"}, None),
        ({"on": "false"}, None),
        ({"first": "{}", "second": "{}"}, None),
    ],
)
def test_two_sources_with_one_key_at_one_host_went_over_its_limit(project, changed, budget):
    """Each kept to it by itself; the vendor counts both."""
    fields = {
        "first": "{requests_per_minute: 60}",
        "second": "{requests_per_minute: 60}",
        "other": "https://X.com/v2",
        "token": "X_TOKEN",
        "on": "true",
        **changed,
    }
    project.base(SHARED_KEY.format(**fields))
    told = [line for line in project.told() if "counts its requests" in line]
    assert told == ([f"data_sources.yaml:10:5: {TOLD.format(budget)}"] if budget else [])
