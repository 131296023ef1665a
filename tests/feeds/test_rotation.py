"""A new key waits for the close of the market where a source says so, and the old one serves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import web

from quanticity.clock import EASTERN, LiveClock, MarketCalendar
from quanticity.config.loader import Loader
from quanticity.errors import FetchError, RateLimited, VendorRefused
from quanticity.feeds.rotation import refuses_key
from quanticity.feeds.runner import FeedRunner
from quanticity.store.memory import MemoryStore
from tests.feeds.loopback import serving, until
from tests.feeds.test_runner import Told

BASE = """\
data_sources:
  vendor:
    base_url: "{base}"
    auth: {{type: query, name: apikey, token_env: VENDOR_KEY, rotate: {rotate}}}
    endpoints:
      quote:
        path: "/quote"
        interval_seconds: 0.2
        redis_key: "raw:v:quote"
        ttl_seconds: 180
        retry_policy: {{attempts: 1}}
"""
OPEN, HALF_DAY, NIGHT = "2026-01-05 12:00", "2026-11-27 12:00", "2026-01-05 22:00"
OLD, NEW, NEWEST = "old-key-0001", "new-key-0002", "newest-key-0003"


class ToldClock(LiveClock):
    """A wall clock that is told the time, and goes on from there."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self._ahead = 0.0
        self.tell(at)

    def tell(self, at: str) -> None:
        wanted = datetime.fromisoformat(at).replace(tzinfo=EASTERN).timestamp()
        self._ahead += wanted - self.now()

    def now(self) -> float:
        return super().now() + self._ahead


class Desk:
    """A runner with a key in `.env`, and a vendor that says which keys it was shown."""

    def __init__(self, folder: Path, base: str, at: str, rotate: str, key: str) -> None:
        self.config = folder / "config"
        (self.config / "env").mkdir(parents=True)
        (self.config / "env" / "live.yaml").write_text("environment: live\n")
        text = BASE.format(base=base, rotate=rotate)
        (self.config / "data_sources.yaml").write_text(text)
        self.clock, self.told = ToldClock(at), Told()
        self.runner = FeedRunner(
            self.clock, MarketCalendar(), MemoryStore(self.clock), None, lambda: self.told
        )
        self.loader = Loader(self.config, "live", {})
        self.write(key)

    def write(self, key: str) -> None:
        (self.config.parent / ".env").write_text(f"VENDOR_KEY={key}\n" if key else "")

    def reload(self, key: str) -> list[str]:
        """Edit `.env`; what is told of keys."""
        before = len(self.told.lines)
        self.write(key)
        self.runner.apply(self.loader.load())
        return self.keys_told(before)

    def keys_told(self, since: int = 0) -> list[str]:
        return [line for line in self.told.lines[since:] if line.startswith("key ")]

    @property
    def key(self) -> str:
        return self.runner.roster.vendors["vendor"].credentials.query[0][1]


def at_desk(
    folder: Path,
    check: Callable[[Desk, list[str], set[str]], Awaitable[None]],
    *,
    at: str = OPEN,
    rotate: str = "closed",
    key: str = OLD,
) -> None:
    """`check` gets the desk, the keys that the vendor was shown, and those that it refuses."""

    async def main() -> None:
        shown: list[str] = []
        refused: set[str] = set()

        async def answer(request: web.Request) -> web.Response:
            shown.append(request.query["apikey"])
            return web.json_response({}, status=401 if shown[-1] in refused else 200)

        async with serving(answer) as (base, _):
            desk = Desk(folder, base, at, rotate, key)
            await desk.runner.start(desk.loader.load())
            running = asyncio.create_task(desk.runner.run())
            try:
                await check(desk, shown, refused)
                told = "\n".join(desk.told.lines)
                assert not any(one in told for one in (OLD, NEW, NEWEST))
            finally:
                running.cancel()
                await desk.runner.stop(0)

    asyncio.run(main())


def test_a_new_key_waits_for_the_close_and_the_old_one_serves_until_then(tmp_path: Path) -> None:
    async def check(desk: Desk, shown: list[str], _: set[str]) -> None:
        vendor = desk.runner.roster.vendors["vendor"]
        assert desk.reload(NEW) == [
            "key True vendor: a new key waits until 16:00 ET; the one in use serves until then"
        ]
        assert desk.runner.roster.vendors["vendor"] is vendor, "nothing was restarted"
        moment = datetime(2026, 1, 5, 16, tzinfo=EASTERN).timestamp()
        assert desk.runner.keys() == [{"source": "vendor", "waits_until": moment}]
        # Another edit tells it no second time; one more key takes its place.
        assert desk.reload(NEW) == []
        desk.reload(NEWEST)
        asked = len(shown)
        await until(lambda: len(shown) > asked + 2)
        assert set(shown) == {OLD}
        before = len(desk.told.lines)
        desk.clock.tell("2026-01-05 16:00")
        await until(lambda: desk.key == NEWEST)
        assert desk.keys_told(before) == ["key True vendor: the new key is in use"]
        assert desk.runner.keys() == []
        await until(lambda: shown[-1] == NEWEST)

    at_desk(tmp_path, check)


def test_on_a_half_day_it_waits_until_one(tmp_path: Path) -> None:
    async def check(desk: Desk, _shown: list[str], _: set[str]) -> None:
        assert "waits until 13:00 ET" in desk.reload(NEW)[0]

    at_desk(tmp_path, check, at=HALF_DAY)


def test_while_the_market_is_closed_it_is_taken_up_at_once(tmp_path: Path) -> None:
    async def check(desk: Desk, _shown: list[str], _: set[str]) -> None:
        assert desk.reload(NEW) == ["key True vendor: the new key is in use"]
        assert desk.key == NEW

    at_desk(tmp_path, check, at=NIGHT)


def test_a_source_that_does_not_say_so_takes_a_key_up_at_once(tmp_path: Path) -> None:
    async def check(desk: Desk, _shown: list[str], _: set[str]) -> None:
        assert desk.reload(NEW) == []
        assert desk.key == NEW

    at_desk(tmp_path, check, rotate="at_once")


def test_a_first_key_is_taken_up_at_once(tmp_path: Path) -> None:
    async def check(desk: Desk, shown: list[str], _: set[str]) -> None:
        assert "vendor" not in desk.runner.roster.vendors
        assert desk.reload(NEW) == []
        assert desk.key == NEW
        await until(lambda: shown[-1:] == [NEW])

    at_desk(tmp_path, check, key="")


def test_a_key_that_is_put_back_waits_no_more(tmp_path: Path) -> None:
    async def check(desk: Desk, _shown: list[str], _: set[str]) -> None:
        desk.reload(NEW)
        assert desk.reload(OLD) == [
            "key True vendor: no new key waits any more; the one in use stays"
        ]
        assert desk.runner.keys() == []

    at_desk(tmp_path, check)


def test_a_key_that_is_refused_while_another_waits_is_replaced_at_once(tmp_path: Path) -> None:
    async def check(desk: Desk, _shown: list[str], refused: set[str]) -> None:
        desk.reload(NEW)
        refused.add(OLD)
        await until(lambda: desk.key == NEW)
        said = "key True vendor: the new key is in use: the vendor refused the one before"
        assert desk.keys_told()[-1] == said

    at_desk(tmp_path, check)


def test_a_key_that_was_refused_before_is_replaced_at_once(tmp_path: Path) -> None:
    async def check(desk: Desk, _shown: list[str], refused: set[str]) -> None:
        refused.add(OLD)
        await until(lambda: desk.runner.roster.vendors["vendor"].key_refused)
        assert "the vendor refused the one before" in desk.reload(NEW)[0]
        assert desk.key == NEW

    at_desk(tmp_path, check)


def test_a_stream_that_is_refused_for_its_key_takes_up_the_one_that_waits(tmp_path: Path) -> None:
    async def check(desk: Desk, shown: list[str], refused: set[str]) -> None:
        file = desk.config / "data_sources.yaml"
        polled = 'path: "/quote"\n        interval_seconds: 0.2'
        streamed = 'path: "/quote"\n        transport: websocket'
        refused.add(OLD)
        text = file.read_text().replace(polled, streamed)
        file.write_text(text.replace("        retry_policy: {attempts: 1}\n", ""))
        desk.reload(OLD)
        await until(lambda: desk.runner.roster.vendors["vendor"].key_refused)
        assert "the vendor refused the one before" in desk.reload(NEW)[0]
        await until(lambda: shown[-1] == NEW)

    at_desk(tmp_path, check)


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (VendorRefused("the vendor does not know us (401)", status=401), True),
        (VendorRefused("the vendor refuses (403): invalid API key", status=403), True),
        (VendorRefused("the vendor refuses (403): not in your plan", status=403), False),
        (VendorRefused("the parameter apikey is invalid or missing", status=200), True),
        (VendorRefused("invalid call", status=200), False),
        (VendorRefused("not found (404)", status=404), False),
        (RateLimited("too many requests (429): API key abc", status=429), False),
    ],
)
def test_which_errors_are_about_the_key(error: FetchError, refused: bool) -> None:
    assert refuses_key(error) is refused
