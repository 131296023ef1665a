"""The whole demo, for real: every key of docs/analytics/keys.md is alive for the whole universe.

It takes the better part of a minute, and longer on a machine that does not come to fetch all that
is looked at by then. Not every feed has its turn so early: what waits for those may be null, with
its reason. The soak gives it three minutes, and leaves nothing out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from quanticity.clock import LiveClock
from quanticity.component import Analytic
from quanticity.config.schema.root import StoreSettings
from quanticity.store.opening import open_store
from tests.cli.asked import environment, running
from tests.cli.whole_demo import (
    MOST_NULL,
    Finding,
    Row,
    Sample,
    bindings,
    look,
    rows,
    sample,
    stuck,
    written,
)
from tests.conftest import SOAK

FIRST, PATIENCE, BETWEEN = (165.0, 0.0, 30.0) if SOAK else (40.0, 80.0, 15.0)
GROUPS = {
    "focus": {"SPX", "SPY", "QQQ", "IWM", "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA"},
    "dailies": {"SPX", "SPY", "QQQ", "IWM"},
    "once": {""},
}
GROUPS["shares"] = GROUPS["focus"] - {"SPX"}
# Their feeds are of the lower groups, which have no turn in the first minute of a day: until then
# they are null, with that reason. The soak waits for them, and in every run
# tests/plugins/test_the_universe_in_the_afternoon.py has nine of ten from the same vendors.
LATER = {
    "analytics:discovery",
    "analytics:iv_rank:{symbol}",
    "analytics:smart_divergence:{symbol}",
    "analytics:vol_forecast",
    "analytics:vol_forecast:metrics",
    "analytics:vol_forecast:{symbol}",
    "analytics:expected_move_calibration:{symbol}",
}
# Lists that may stay empty, classes and levels that may well be the same half a minute later, and
# what is judged of whole days.
STEADY = {
    "options:{symbol}:unusual",
    "analytics:pulse",
    "analytics:regime",
    "analytics:vol_forecast:metrics",
}
LISTED = [row for row in rows() if row.id]


async def looked(data: Path, began: float) -> tuple[Sample, Sample]:
    """Two looks at a demo, once its feeds have had their turn: so many seconds after it began."""
    mine = bindings()
    store = await open_store(
        StoreSettings(), data / "demo", LiveClock(), environment(), attach_only=True
    )
    try:
        await asyncio.sleep(max(0.0, began + FIRST - time.monotonic()))
        one = await sample(store, mine)
        while _null_rows(one) and time.monotonic() < began + FIRST + PATIENCE:
            await asyncio.sleep(5.0)
            one = await sample(store, mine)
        await asyncio.sleep(BETWEEN)
        return one, await sample(store, mine)
    finally:
        await store.close()


def findings(row: Row, one: Sample, other: Sample) -> list[Finding]:
    """Of each symbol that the row is for."""
    there = {mine.values.get("symbol", ""): mine for mine in written(bindings()).get(row.key, ())}
    found = []
    for symbol in sorted(GROUPS[row.of]):
        key = row.key.replace("{symbol}", symbol)
        if symbol in there:
            found.append(look(row, there[symbol], key, one, other))
        else:
            found.append(Finding(key, "nobody writes it"))
    return found


def verdict(row: Row, found: Sequence[Finding], one: Sample, other: Sample) -> str:
    """What is wrong with a row; empty where nothing is."""
    said = [f"{each.key} {each.wrong}" for each in found if each.wrong]
    said += [f"{each.key} is null: {each.null}" for each in _null(row, found)]
    if (
        row.key not in STEADY
        and not row.null
        and (same := stuck(row, written(bindings()).get(row.key, ()), one, other))
    ):
        said.append(same)
    return "; ".join(said[:4]) + (f" and {len(said) - 4} more" if len(said) > 4 else "")


def _null(row: Row, found: Sequence[Finding]) -> list[Finding]:
    """What is null of a row, where that is too much of it."""
    null = [each for each in found if each.null]
    too_many = len(null) > MOST_NULL * len(found) and (SOAK or row.key not in LATER)
    return null if too_many else []


def _null_rows(one: Sample) -> bool:
    return any(_null(row, findings(row, one, one)) for row in LISTED)


@pytest.mark.timeout(400)
@pytest.mark.slow
def test_every_key_of_the_analytics_is_alive_for_the_whole_universe(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running("--data", str(data), cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:spot_gex:SPY")
        one, other = asyncio.run(looked(data, time.monotonic()))
        assert system.stop() == 0
    assert "Traceback" not in system.said()
    table = {row.key: findings(row, one, other) for row in LISTED}
    bad = {row.key: verdict(row, table[row.key], one, other) for row in LISTED}
    lines = [_line(row, table[row.key], bad[row.key]) for row in LISTED]
    failed = [row for row in other.health.values() if row["status"] == "held"]
    lines += [f"✗ {row['id']} is held: {row['reason']}" for row in failed]
    print("\n".join(lines))
    assert not [line for line in lines if line.startswith("✗")], "\n".join(["", *lines])


def _line(row: Row, found: Sequence[Finding], bad: str) -> str:
    alive = sum(not each.wrong and not each.null for each in found)
    mark = "✗" if bad else "✓"
    null = next((f"; {each.key} is null: {each.null}" for each in found if each.null), "")
    return f"{mark} {row.id} {row.key:<46} {alive:>2} of {len(found):>2} {bad or null}"


def test_the_table_names_who_writes_each_key_and_for_whom() -> None:
    """Of each key its component, and that it is bound for all that the table says."""
    there = written(bindings())
    wrong = []
    for row in rows():
        mine = there.get(row.key, [])
        if {one.component.name for one in mine} != {row.writer}:
            wrong.append(f"{row.key}: {row.writer} does not write it")
        elif not GROUPS[row.of] <= {one.values.get("symbol", "") for one in mine}:
            wrong.append(f"{row.key}: {row.writer} is not bound for all of {row.of}")
    assert not wrong, "\n".join(wrong)


def test_every_row_is_for_nine_of_ten_symbols_of_the_universe() -> None:
    """But the one that needs a stream, which is joined for those with options of every day."""
    few = [
        row.key
        for row in LISTED
        if "{symbol}" in row.key and len(GROUPS[row.of]) < (1 - MOST_NULL) * len(GROUPS["focus"])
    ]
    assert few == ["analytics:option_trades:{symbol}"]


def test_every_key_of_an_analytic_is_in_the_table() -> None:
    mine = [one for one in bindings() if issubclass(one.component, Analytic)]
    other = (":delayed", ":night")
    known = {row.key for row in rows()}
    missing = [key for key in written(mine) if key not in known and not key.endswith(other)]
    assert not missing, f"add to docs/analytics/keys.md: {missing}"


def test_the_table_has_every_row_that_was_promised() -> None:
    assert {row.id for row in LISTED} == {f"D{number}" for number in range(37, 52)}


def test_a_figure_that_was_made_before_its_input_changed_was_called_stuck() -> None:
    """The input is not what it was, but the figure was made anew of what it was."""
    row = next(row for row in LISTED if row.key == "analytics:net_gamma:{symbol}")
    mine = written(bindings())[row.key]

    def sampled(of: int, made_of: int) -> Sample:
        values = {}
        for binding in mine:
            (gex,), (net,) = binding.latest, [write.key for write in binding.writes.values()]
            values[gex] = {"seq": str(of), "hash": f"gex {of}", "data": {}}
            inputs = {gex: str(made_of)}
            values[net] = {"seq": str(made_of), "hash": "net", "data": {}, "inputs": inputs}
        return Sample(0.0, values, {}, {})

    assert not stuck(row, mine, sampled(2, 1), sampled(3, 2))
    assert "never changed" in stuck(row, mine, sampled(2, 1), sampled(3, 3))
