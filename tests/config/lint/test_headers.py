"""A line break in a header was a traceback at every run of the feed."""

import pytest

SOURCE = """\
data_sources:
  v:
    base_url: https://x
    auth: {type: bearer, token_env: V_TOKEN}
    headers: {Accept: "text/csv"}
    endpoints:
      a: {path: /x, interval_seconds: 5, redis_key: "raw:v:a", ttl_seconds: 9, headers: HEADERS}
"""


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ('{"X Y": a}', "'X Y' cannot be the name of a header"),
        ('{X: "a\\nb"}', "the value of 'X' holds a line break"),
        ('{X: "${FROM}"}', "the value of 'X' holds a line break"),
    ],
)
def test_a_header_that_cannot_be_sent_is_told_with_its_line(project, headers, told):
    project.base(SOURCE.replace("HEADERS", headers))
    (said,) = project.told(environ={"V_TOKEN": "t0ken", "FROM": "secret-one\nsecret-two"})
    assert said.startswith("data_sources.yaml:7:")
    assert told in said
    assert "secret" not in said


def test_any_other_text_may_stand_in_a_header(project):
    project.base(SOURCE.replace("HEADERS", '{X-Y_z.1: "ünïcode, quotes \\" and a\\ttab"}'))
    assert project.told(environ={"V_TOKEN": "t0ken"}) == []


def test_a_token_with_a_line_break_turns_its_source_off_and_is_not_shown(project):
    project.base(SOURCE.replace("HEADERS", "{}"))
    environ = {"V_TOKEN": "first-half\nsecond-half"}
    assert project.load(environ=environ).effective.sources["v"].off is not None
    (said,) = project.told(environ=environ)
    assert "source 'v' is off: V_TOKEN holds a line break" in said
    assert "half" not in said


def test_white_space_around_a_token_is_still_an_accident(project):
    project.base(SOURCE.replace("HEADERS", "{}"))
    assert project.told(environ={"V_TOKEN": " t0ken\n"}) == []
