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
