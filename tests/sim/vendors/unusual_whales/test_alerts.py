"""How far flow alerts are looked for, and what that costs whoever asks anything else."""

from typing import Any

import orjson
import pytest

from quanticity.sim.market import World
from quanticity.sim.vendors.unusual_whales.alerts import Alerts
from quanticity.sim.vendors.vendor import Request
from tests.sim.vendors.unusual_whales.ask import CALENDAR, MORNING, rows

PATH = "/api/option-trades/flow-alerts"


def asked(now: float) -> Request:
    values: dict[str, Any] = {"older_than": None, "newer_than": None, "limit": 200}
    return Request("GET", "", PATH, "", {}, {}, b"", now, values)


@pytest.mark.parametrize("hours", [0, 0.5, 4, 14])
def test_a_filter_that_let_nothing_through_held_up_all_vendors_for_half_a_minute(hours):
    walked: list[int] = []

    def none(minute: int) -> list[Any]:
        walked.append(minute)
        return []

    alerts = Alerts(World(7, CALENDAR, contracts=None))
    alerts.minute = none  # type: ignore[assignment]
    assert orjson.loads(alerts.alerts(asked(MORNING + hours * 3600)).body) == {"data": []}
    assert len(walked) == len(set(walked)) == 120
    assert walked == sorted(walked, reverse=True)


def test_two_pages_as_the_shipped_feed_asks_for_them_are_full():
    first = rows(PATH, {"limit": 200})
    assert len(rows(PATH, {"limit": 200, "older_than": first[-1]["created_at"]})) == 200
