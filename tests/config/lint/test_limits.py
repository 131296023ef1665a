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
