"""`plan` in short: one line a source, told once, and nothing of the verdict lost."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from quanticity.cli.plan_summary import summary, verdict
from quanticity.cli.plan_tables import tables
from quanticity.config.schema import Root
from quanticity.pace.plan import plan
from quanticity.pace.planned import planned_feeds


def config(every: float, group: str = "critical") -> Root:
    quote = {
        "path": "/quote/{symbol}",
        "symbols": ["SPY", "QQQ"],
        "interval_seconds": every,
        "redis_key": "raw:vendor:quote:{symbol}",
        "ttl_seconds": 60,
        "priority": group,
    }
    limits = {"requests_per_minute": 120, "buffer": 20, "requests_per_day": 100_000}
    source = {"base_url": "https://x", "rate_limits": limits, "endpoints": {"quote": quote}}
    return Root.model_validate({"data_sources": {"a_vendor": source, "b_vendor": source}})


def shown(root: Root, width: int = 160, *, whole: bool = False) -> list[str]:
    made, out = plan(root, planned_feeds(root)), io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    for part in (*(tables(made) if whole else summary(made, width)), *verdict(made)):
        console.print(part)
    return out.getvalue().splitlines()


def line_of(name: str, lines: list[str]) -> str:
    (line,) = [line for line in lines if line.startswith(f"{name} ")]
    return line


def test_each_source_is_told_once_with_every_session_and_its_verdict() -> None:
    lines = shown(config(every=4))
    line = line_of("a_vendor", lines)
    # Two feeds every 4 s are 30 a minute of 100, in market hours.
    assert line.split()[:2] == ["a_vendor", "2"]
    assert "30%" in line
    assert line.rstrip().endswith("✓ fits")
    assert len(lines) < 12 < len(shown(config(every=4), whole=True))
    assert lines[-1] == "✓ fits"


@pytest.mark.parametrize("width", [40, 60])
def test_in_a_very_narrow_terminal_figures_and_headings_were_cut_to_a_letter(width: int) -> None:
    lines = shown(config(every=4), width)
    assert line_of("a_vendor", lines).split() == ["a_vendor", "2", "43%", "✓", "fits"]
    head = next(line for line in lines if line.startswith("budget"))
    assert head.split() == ["budget", "feeds", "fullest", "verdict"]


@pytest.mark.parametrize("width", [80, 160])
def test_what_is_short_is_told_in_its_line_and_in_words(width: int) -> None:
    lines = shown(config(every=1), width)
    assert "120%" in line_of("a_vendor", lines)
    assert "✗ critical" in line_of("a_vendor", lines)
    text = " ".join(lines)
    assert "a_vendor: critical wants 120 calls a minute in market_hours" in text
    assert lines[-1] == "✗ critical short"


def test_a_lower_group_that_is_short_is_named_and_no_error() -> None:
    lines = shown(config(every=1, group="background"))
    assert line_of("a_vendor", lines).rstrip().endswith("! background short")
    assert lines[-1] == "! short"


@pytest.mark.parametrize("width", [80, 100])
def test_a_narrow_terminal_still_has_every_column(width: int) -> None:
    head = " ".join(shown(config(every=4), width)[1:3])
    for word in ("budget", "feeds", "market", "weekend", "holiday", "whole", "verdict"):
        assert word in head


def test_a_price_of_what_does_not_run_was_told_as_none_at_all() -> None:
    root = config(every=4)
    assert "calls a trading day; nothing that runs has a price (cost_per_call)" in "\n".join(
        shown(root)
    )
    tree = root.model_dump(exclude_unset=True)
    tree["data_sources"]["a_vendor"]["endpoints"]["quote"]["cost_per_call"] = 0.001
    text = "\n".join(shown(Root.model_validate(tree)))
    assert "has a price" not in text
    assert "calls a trading day; cost " in text
