"""An endpoint that is indented too little was told as nine mistakes; it is one."""

from __future__ import annotations

from textwrap import indent

import pytest

QUOTE = """\
quote:
  path: "/quote/{symbol}"
  params: {adjusted: "true"}
  symbols: [SPY]
  interval_seconds: 60
  redis_key: "raw:uw:quote:{symbol}"
  ttl_seconds: 300
  priority: critical
"""
BASE = """\
data_sources:
  uw:
    base_url: "https://api.example.com"
    endpoints:
      state: {path: /state, interval_seconds: 5, redis_key: "raw:state", ttl_seconds: 9}
"""


AMONG_SOURCES = (
    "data_sources.yaml:6:3: 'quote' stands among the sources, and looks like an endpoint; "
    "indent it below the 'endpoints' of its source"
)
AMONG_FIELDS = (
    "data_sources.yaml:6:5: unknown field 'quote'; "
    "it looks like an endpoint: indent it below 'endpoints'"
)


@pytest.mark.parametrize(("spaces", "said"), [(2, AMONG_SOURCES), (4, AMONG_FIELDS)])
def test_an_endpoint_too_far_left_is_one_mistake(project, spaces: int, said: str):
    project.base(BASE + indent(QUOTE, " " * spaces))
    assert project.told() == [said]


def test_where_it_belongs_it_is_none(project):
    project.base(BASE + indent(QUOTE, " " * 6))
    assert project.told() == []


def test_a_source_without_an_address_is_a_source(project):
    project.base("data_sources:\n  uw: {description: Quotes, priority: critical}\n")
    assert any("'base_url' is missing" in line for line in project.told())


def test_fields_beside_the_name_of_their_endpoint_were_a_mistake_each(project):
    fields = [line.strip() for line in QUOTE.splitlines()[1:]]
    project.base(BASE + "".join(f"      {line}\n" for line in ("quote:", *fields)))
    (said,) = project.told()
    assert said == (
        "data_sources.yaml:7:7: 'path' and 6 more fields stand among the endpoints, and look like "
        "fields of one; indent them below 'quote' (line 6)"
    )


@pytest.mark.parametrize("first", ["params: {a: b}", "body: {a: b}"])
def test_a_mapping_may_be_the_first_of_the_fields_beside_their_name(project, first: str):
    fields = (first, 'redis_key: "raw:uw:quote"', "columns:", "ttl_seconds: 60")
    project.base(BASE + "".join(f"      {line}\n" for line in ("quote:", *fields)))
    (said,) = project.told()
    assert "and 3 more fields stand among the endpoints" in said


def test_a_single_field_beside_the_name_of_its_endpoint(project):
    project.base(BASE + "      quote:\n      path: /q\n      other: {path: /o}\n")
    said = project.told()
    assert said[0] == (
        "data_sources.yaml:7:7: 'path' stands among the endpoints, and looks like a field of one; "
        "indent it below 'quote' (line 6)"
    )
    assert all(line.startswith("data_sources.yaml:8:") for line in said[1:]), said


def test_a_field_among_endpoints_without_a_name_before_it(project):
    project.base(BASE + "      priority: critical\n")
    (said,) = project.told()
    assert said.endswith("indent it below the name of its endpoint")


def test_an_endpoint_may_be_named_as_a_field_is(project):
    project.base(BASE + indent(QUOTE.replace("quote:", "body:", 1), " " * 6))
    assert project.told() == []
