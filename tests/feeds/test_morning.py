"""What the first lines of a start say of the day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from quanticity.clock import EASTERN, MarketCalendar
from quanticity.feeds.morning import calendar_line, config_line
from tests.config.project import ENDPOINT, Project


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-01-05 03:59", "overnight until Mon 04:00, the market is closed"),
        ("2026-01-05 04:00", "pre_market until Mon 09:30"),
        ("2026-01-05 15:59", "market_hours until Mon 16:00"),
        ("2026-01-05 16:00", "after_hours until Mon 20:00"),
        ("2026-01-05 20:00", "overnight until Tue 04:00, the market is closed"),
        ("2026-11-27 12:59", "market_hours until Fri 13:00"),  # a half day
        ("2026-11-27 13:00", "after_hours until Fri 17:00"),
        ("2026-11-26 10:00", "holiday until Fri 04:00, the market is closed"),
        ("2026-02-28 10:00", "weekend until Mon 04:00, the market is closed"),
    ],
)
def test_a_closed_market_was_said_to_be_so_until_midnight(moment: str, said: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=EASTERN).timestamp()
    assert calendar_line(MarketCalendar(), now) == f"{moment}:00 ET, {said}"


def test_an_endpoint_that_is_off_was_not_named_at_the_start(tmp_path: Path) -> None:
    project = Project(tmp_path)
    quote = ENDPOINT[ENDPOINT.index("      quote:") :]
    others = [quote.replace("quote", f"other{number}") for number in range(5)]
    off = [f"{other}        enabled: false\n" for other in others]
    project.base(ENDPOINT + off[0])
    said = "dev: 1 of 1 source on, 1 endpoint (off: uw.other0)"
    assert config_line(project.load()).partition(";")[0] == said
    project.base(ENDPOINT + "".join(off))
    said = "dev: 1 of 1 source on, 1 endpoint (off: uw.other0, uw.other1, uw.other2 and 2 more)"
    assert config_line(project.load()).partition(";")[0] == said
    project.base(ENDPOINT)
    assert config_line(project.load()).partition(";")[0] == "dev: 1 of 1 source on, 1 endpoint"
