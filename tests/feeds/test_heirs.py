"""Edits that give a source another name or budget: the vendor goes on counting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from quanticity.feeds.runner import FeedRunner
from quanticity.model import Priority
from tests.feeds.test_runner import BASE, at_work

OTHER = """\
  stranger:
    base_url: "http://127.0.0.1:10"
    rate_limits: {requests_per_minute: 60}
    endpoints:
      rates: {path: "/r", interval_seconds: 60, redis_key: "raw:s:rates", ttl_seconds: 180}
"""


def left_after(folder: Path, *texts: str) -> dict[str, int]:
    """Calls left of each budget once twelve were made of `vendor`, and these edits followed."""
    found: dict[str, int] = {}

    async def check(runner: FeedRunner, reload: Callable[[str], object]) -> None:
        running = asyncio.create_task(runner.run())
        await asyncio.sleep(0)
        for _ in range(12):
            slot = await runner.scheduler.extra("vendor", Priority.CRITICAL)
            slot.headers()
            slot.done()
        for text in texts:
            reload(text)
        budgets = runner.scheduler.state().budgets.values()
        found.update({each.name: each.windows[0].left for each in budgets})
        runner.scheduler.cease()
        await running

    at_work(folder, check)
    return found


RENAMED = BASE.replace("  vendor:", "  renamed:")


def test_a_source_that_was_renamed_asked_for_its_whole_limit_once_more(tmp_path: Path) -> None:
    assert left_after(tmp_path, RENAMED)["renamed"] == 48


def test_a_source_that_was_renamed_by_two_edits_did_too(tmp_path: Path) -> None:
    nothing = "data_sources:\n" + OTHER
    assert left_after(tmp_path, nothing, RENAMED)["renamed"] == 48


def test_a_source_that_is_given_a_budget_did_too(tmp_path: Path) -> None:
    text = BASE.replace("requests_per_minute: 60", "requests_per_minute: 60, budget: desk")
    assert left_after(tmp_path, text)["desk"] == 48
    assert left_after(tmp_path / "back", text, BASE)["vendor"] == 48


def test_a_source_of_another_address_or_key_begins_anew(tmp_path: Path) -> None:
    assert left_after(tmp_path, "data_sources:\n" + OTHER)["stranger"] == 60
    keyed = RENAMED.replace("    headers:", "    headers: {X-Desk: two}\n    #")
    assert left_after(tmp_path / "keyed", keyed)["renamed"] == 48  # a header is no key


def test_a_source_beside_the_old_one_begins_anew(tmp_path: Path) -> None:
    both = BASE + RENAMED.partition("\n")[2].replace("raw:v:", "raw:w:")
    assert left_after(tmp_path, both) == {"vendor": 48, "renamed": 60}


def test_a_source_whose_old_name_another_one_took_asked_for_its_whole_limit_once_more(
    tmp_path: Path,
) -> None:
    taken = RENAMED + OTHER.replace("  stranger:", "  vendor:")
    left = left_after(tmp_path, taken)
    assert left == {"renamed": 48, "vendor": 60}
    # Two that change names, and the one who had not been asked yet.
    both = BASE + OTHER
    swapped = both.replace("  vendor:", "  x:").replace("  stranger:", "  vendor:")
    swapped = swapped.replace("  x:", "  stranger:")
    left = left_after(tmp_path / "swapped", both, swapped)
    # Where names go in a circle more is held than was used, and never less.
    assert left["stranger"] == 48
    # And where the one that is taken goes on under a third.
    chain = swapped.replace("  vendor:", "  third:").replace("  stranger:", "  vendor:")
    left = left_after(tmp_path / "chain", both, swapped, chain)
    assert left["vendor"] == 48
    moved = both.replace("  stranger:", "  third:").replace("  vendor:", "  stranger:")
    left = left_after(tmp_path / "moved", both, moved)
    assert (left["stranger"], left["third"]) == (48, 60)
