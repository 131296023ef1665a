"""Secrets of plugins that stand in `.env`."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from quanticity.app import App
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.location import find_config
from quanticity.runtime.config_recipe import recipe_of
from tests.runtime.crew import becomes
from tests.runtime.project import project
from tests.runtime.test_host import data
from tests.store.running import directory, environment, opened
from tests.test_app import Told

PLUGIN = """
from quanticity.api import Key, Source


class Asks(Source):
    name = "asks"
    reads = {}
    writes = {"length": Key("raw:asks")}

    async def run(self, context):
        while True:
            context.put("length", len(context.secret("ASKS_URL") or ""), timestamp=context.now())
            await context.sleep(0.1)
"""


def test_a_plugins_secret_in_dotenv_was_not_set_and_a_saved_one_needed_a_restart(
    tmp_path: Path,
) -> None:
    text = "data_sources: {}\ncomponents: {asks: {enabled: true}}\n"
    project(tmp_path, text, {"asks": PLUGIN})
    (tmp_path / ".env").write_text("ASKS_URL=twelve-chars\n")

    async def test() -> None:
        with directory() as state:
            told = Told()
            app = App(
                find_config(tmp_path / "config"),
                "dev",
                state,
                told,
                calendar=MarketCalendar(),
                clock_for=lambda loaded: LiveClock(),
                stand_in_for=lambda loaded, clock: None,
                recipe_for=recipe_of,
                environ={**os.environ, **environment()},
            )
            await app.start()
            try:
                await becomes(lambda: asyncio.sleep(0, "plugins" in told.steps), 30)
                async with opened(state, attach_only=True) as store:

                    async def says(length: int) -> bool:
                        return bool(await data(store, "raw:asks") == length)

                    await becomes(lambda: says(12))
                    (tmp_path / ".env").write_text("ASKS_URL=four\n")
                    await becomes(lambda: says(4))
            finally:
                await app.stop()

    asyncio.run(test())
