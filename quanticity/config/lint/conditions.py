"""Conditions that never hold together: the endpoint would wait for ever, and say for what."""

from __future__ import annotations

from collections.abc import Iterator

from quanticity.config.lint.context import Checked, Place, endpoint_path
from quanticity.config.schema import Endpoint
from quanticity.errors import Problem

# Eastern minutes of a trading day; what is `closed` may be at any time.
_OPEN = (9 * 60 + 30, 16 * 60)
_SPANS = {
    "open": _OPEN,
    "market_hours": _OPEN,
    "pre_market": (4 * 60, _OPEN[0]),
    "after_hours": (_OPEN[1], 20 * 60),
    "extended": (4 * 60, 20 * 60),
}
_WEEKEND = {"sat", "sun"}
_DAY = 24 * 60


def check_conditions(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    """A session against another, a time of day, or days of the week; a time against itself."""
    given = endpoint.conditions
    begins, _, ends = (given.time_range or "").partition("-")
    if given.time_range and begins == ends:
        said = f"time_range: {given.time_range} ends where it begins: it holds all day"
        hint = f"to run at that time only, write 'at: [\"{begins}\"]' in place of interval_seconds"
        yield config.warning(endpoint_path(*place, "conditions", "time_range"), said, hint)
    of_params = any(
        "market_hours" in (item if isinstance(item, list | tuple) else (item,))
        for item in endpoint.params.values()
    )
    states = [given.market_state] if given.market_state else []
    states += ["market_hours"] if of_params else []
    spans = [_SPANS[state] for state in states if state in _SPANS]
    if not spans:
        return
    begin, end = max(span[0] for span in spans), min(span[1] for span in spans)
    against = ""
    if begin >= end or (of_params and given.market_state == "closed"):
        against = f"market_state: {given.market_state}"
    elif given.days and _WEEKEND.issuperset(given.days):
        against = f"days: [{', '.join(given.days)}]"
    elif given.time_range and not _meets(given.time_range, begin, end):
        against = f"time_range: {given.time_range}"
    if against:
        session = "market_hours in params" if of_params else f"market_state: {given.market_state}"
        said = f"{session} and {against} never hold together"
        field = "conditions" if "conditions" in endpoint.model_fields_set else "params"
        yield config.warning(endpoint_path(*place, field), said, "it will never run")


def _meets(time_range: str, begin: int, end: int) -> bool:
    first, last = (_minute(text) for text in time_range.split("-"))
    stretches = [(first, last)] if first < last else [(first, _DAY), (0, last)]
    return any(begin < until and since < end for since, until in stretches)


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
