"""Shipped feeds, at every kind of moment: what the simulation sends keeps its contract.

Unusual Whales has a folder of its own and is looked at here in the long version only.
"""

import os

import pytest

from tests.sim.vendors.asking import eastern
from tests.sim.vendors.engine import Engine, shipped, with_engine

SOAK = bool(os.environ.get("QUANTICITY_SOAK"))
OFTEN = ("a morning", "a Saturday", "the evening of a half day")
MOMENTS = {
    "a morning": "2026-01-05 10:00",
    "before the open": "2026-01-05 05:00",
    "the last minute of a session": "2026-03-20 15:59",
    "an evening": "2026-09-15 21:30",
    "a Saturday": "2026-02-28 12:00",
    "a holiday": "2026-01-01 11:00",
    "the evening of a half day": "2026-11-27 18:30",
}


@pytest.fixture(scope="module")
def loaded():
    return shipped()


@pytest.mark.parametrize("moment", MOMENTS if SOAK else OFTEN)
def test_every_feed_of_the_demo_flows_through_the_engine_and_keeps_its_contract(moment, loaded):
    async def talk(engine: Engine) -> list[str]:
        wrong = []
        endpoints = {
            feed.endpoint_id: feed
            for feed in engine.feeds.values()
            if SOAK or not feed.endpoint_id.startswith("unusual_whales.")
        }
        for name, feed in endpoints.items():
            if feed.recipe.borrowed:
                for lender in feed.recipe.lenders.values():
                    for each in engine.of(lender.id):
                        if set(each.values.items()) <= set(feed.values.items()):
                            await engine.run(each)
            drifts = await engine.run(feed)
            if feed.stats.error or drifts:
                wrong.append(f"{name}: {feed.stats.error} {[str(drift) for drift in drifts]}")
            written = {write.source for write in engine.store.writes}
            if name not in written and not feed.stats.note:
                wrong.append(f"{name}: nothing was written")
        return wrong

    wrong = with_engine(talk, loaded, at=eastern(MOMENTS[moment]))
    assert not wrong, "\n".join(wrong)
