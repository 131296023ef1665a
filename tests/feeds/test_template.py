"""Text and trees with placeholders."""

from __future__ import annotations

from quanticity.feeds.template import Template, Tree
from tests.feeds.loopback import CALENDAR
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW


def test_values_and_dates_are_filled_in_and_other_braces_stay() -> None:
    template = Template("/v{version}/{today:%Y%m%d}/{not a name}/{}")
    assert template.names == {"version"}
    assert template.dated
    assert template.render({"version": "2"}, NOW, CALENDAR) == "/v2/20260105/{not a name}/{}"


def test_what_is_filled_in_is_quoted_and_the_rest_is_not() -> None:
    template = Template("/stock/{symbol}/a/b")
    quoted = template.render({"symbol": "BRK/B"}, NOW, CALENDAR, lambda text: f"<{text}>")
    assert quoted == "/stock/<BRK/B>/a/b"


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert Template("{a}").render({"a": "{b}", "b": "x"}, NOW, CALENDAR) == "{b}"


def test_a_tree_is_filled_in_everywhere_and_stays_whole() -> None:
    written = {"fields": ["{symbol}", 1, None], "filter": {"day": "today", "deep": True}}
    tree = Tree(written)
    assert tree.names == {"symbol"}
    assert tree.dated
    assert tree.render({"symbol": "SPY"}, NOW, CALENDAR) == {
        "fields": ["SPY", 1, None],
        "filter": {"day": "2026-01-05", "deep": True},
    }
    assert written["fields"] == ["{symbol}", 1, None]
