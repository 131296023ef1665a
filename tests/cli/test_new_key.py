"""A key edited in `.env` of a running system that waits: told at the edit, and by `status`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from quanticity.app import App
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.location import find_config
from tests.cli.asked import ask
from tests.feeds.loopback import MONDAY_10_EASTERN, until
from tests.feeds.test_runner import Told

CONFIG = """\
data_sources:
  vendor:
    base_url: "http://127.0.0.1:9"
    auth: {type: query, name: apikey, token_env: VENDOR_KEY, rotate: closed}
    endpoints:
      quote:
        path: /quote
        interval_seconds: 60
        conditions: {market_state: closed}
        redis_key: "raw:v:quote"
        ttl_seconds: 180
"""
OLD, NEW = "old-key-0001", "new-key-0002"
SAID = "vendor: a new key waits until 16:00 ET"


def test_an_edit_of_dotenv_and_status_say_until_when_a_new_key_waits(tmp_path: Path) -> None:
    folder, dotenv = tmp_path / "config", tmp_path / ".env"
    (folder / "env").mkdir(parents=True)
    (folder / "env" / "live.yaml").write_text("environment: live\n")
    (folder / "data_sources.yaml").write_text(CONFIG)
    dotenv.write_text(f"VENDOR_KEY={OLD}\n")
    data = tmp_path / "data"
    where = ("--env", "live", "--config", str(folder), "--data", str(data))

    async def shown(*words: str) -> str:
        said = await asyncio.to_thread(ask, "status", *where, *words, cwd=tmp_path)
        return said.out + said.err

    async def main() -> tuple[list[str], str, str]:
        told = Told()
        app = App(
            find_config(folder),
            "live",
            data / "live",
            told,
            calendar=MarketCalendar(),
            clock_for=lambda loaded: LiveClock(start=MONDAY_10_EASTERN),
            stand_in_for=lambda loaded, clock: None,
            environ={},
        )
        stop = asyncio.Event()
        await app.start()
        running = asyncio.create_task(app.run(stop))
        await asyncio.sleep(0.5)
        dotenv.write_text(f"VENDOR_KEY={NEW}\n")
        await until(lambda: any(line.startswith("key ") for line in told.lines), 30)
        # It is published once a second.
        await asyncio.sleep(1.5)
        texts = await shown(), await shown("--format", "json")
        stop.set()
        await running
        await app.stop()
        return told.lines, *texts

    lines, text, as_json = asyncio.run(main())
    assert f"key True {SAID}; the one in use serves until then" in lines
    assert SAID in text.splitlines()
    assert '"keys":[{"source":"vendor","waits_until":1767646800.0}]' in as_json
    assert not any(key in told for key in (OLD, NEW) for told in (*lines, text, as_json))
