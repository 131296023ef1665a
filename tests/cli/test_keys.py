"""What `get` says where there is nothing to show."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import orjson

from quanticity.cli.keys import why_nothing
from quanticity.cli.options import Place
from quanticity.clock import LiveClock
from quanticity.config.location import find_config
from quanticity.feeds.status import STATUS_KEY
from quanticity.store.memory import MemoryStore
from quanticity.store.redis_store import RedisStore
from tests.config.project import ENDPOINT, Project

ROW = {"key": "raw:uw:quote:SPY", "feed": "uw.quote:SPY", "status": "held", "reason": "for Monday"}


def test_while_an_edit_does_not_load_a_key_of_a_feed_was_said_to_be_nobodys(tmp_path: Path) -> None:
    """And it asked whether the very same key was meant."""
    project = Project(tmp_path)
    project.base(ENDPOINT.replace("interval_seconds", "interval_second"))
    place = Place("live", find_config(project.folder), tmp_path, "")

    async def main() -> str:
        store = MemoryStore(LiveClock())
        status: dict[str, Any] = {"now": 0.0, "feeds": [ROW]}
        store.put_plain(STATUS_KEY, orjson.dumps(status).decode(), 60)
        return await why_nothing(cast(RedisStore, store), place, "raw:uw:quote:SPY")

    assert asyncio.run(main()) == (
        "no value yet under 'raw:uw:quote:SPY': the feed uw.quote:SPY fills it; held: for Monday"
    )
