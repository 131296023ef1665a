"""Reloads of all feeds at once: what changed restarts, and nothing else does."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import pytest

from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.loader import Loader
from quanticity.errors import ConfigError
from quanticity.feeds.events import SeenRows
from quanticity.feeds.runner import FeedRunner
from quanticity.store.memory import MemoryStore
from tests.feeds.loopback import until
from tests.feeds.socket_vendor import SocketVendor

BASE = """\
data_sources:
  vendor:
    base_url: "http://127.0.0.1:9"
    headers: {X-Desk: one}
    rate_limits: {requests_per_minute: 60}
    endpoints:
      quote:
        path: "/quote/{symbol}"
        symbols: [SPY, QQQ]
        interval_seconds: 60
        redis_key: "raw:v:quote:{symbol}"
        ttl_seconds: 180
      news:
        path: "/news"
        interval_seconds: 60
        redis_key: "raw:v:news"
        ttl_seconds: 180
"""


class Told:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def step(self, name, ok, detail):
        self.lines.append(f"{name} {ok} {detail}")

    def warned(self, name, detail):
        self.lines.append(f"{name} warned {detail}")

    def first_value(self, feed, key, age):
        self.lines.append(f"first {feed}")

    def problem(self, feed, text):
        self.lines.append(f"problem {feed}")

    def recovered(self, feed, text):
        self.lines.append(f"again {feed}")

    def reloaded(self, change):
        self.lines.append("reloaded")

    def rejected(self, problems):
        self.lines.append("rejected")


def at_work(
    folder: Path, check: Callable[[FeedRunner, Callable[[str], object]], Awaitable[None]]
) -> None:
    """A runner on the base config, and a way to reload it with another text."""
    config = folder / "config"
    (config / "env").mkdir(parents=True)
    (config / "env" / "live.yaml").write_text("environment: live\n")
    file = config / "data_sources.yaml"
    file.write_text(BASE)

    async def main() -> None:
        clock, told = LiveClock(), Told()
        loader = Loader(config, "live", {})
        runner = FeedRunner(clock, MarketCalendar(), MemoryStore(clock), None, lambda: told)
        await runner.start(loader.load())

        def reload(text: str) -> object:
            file.write_text(text)
            return runner.apply(loader.load())

        try:
            await check(runner, reload)
        finally:
            await runner.stop(0)

    asyncio.run(main())


def changed(change) -> tuple[list[str], list[str], list[str], int]:
    return list(change.added), list(change.removed), list(change.changed), change.kept


def test_a_symbol_more_adds_one_feed_and_touches_no_other(tmp_path: Path) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        before = dict(runner.roster.feeds)
        change = reload(BASE.replace("[SPY, QQQ]", "[SPY, QQQ, IWM]"))
        assert changed(change) == (["vendor.quote:IWM"], [], [], 3)
        assert all(runner.roster.feeds[name] is feed for name, feed in before.items())
        recipes = {id(feed.recipe) for name, feed in runner.roster.feeds.items() if "quote" in name}
        assert len(recipes) == 1, "one breaker for the endpoint"

    at_work(tmp_path, check)


def test_a_symbol_less_removes_its_feed_alone(tmp_path: Path) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        assert changed(reload(BASE.replace("[SPY, QQQ]", "[QQQ]"))) == (
            [],
            ["vendor.quote:SPY"],
            [],
            2,
        )

    at_work(tmp_path, check)


def test_another_interval_changes_the_feeds_of_that_endpoint(tmp_path: Path) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        change = reload(BASE.replace("interval_seconds: 60", "interval_seconds: 30", 1))
        assert changed(change) == ([], [], ["vendor.quote:SPY", "vendor.quote:QQQ"], 1)

    at_work(tmp_path, check)


def test_an_edit_took_what_its_feeds_had_fetched_and_failed_out_of_the_totals(
    tmp_path: Path,
) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        for name, feed in runner.roster.feeds.items():
            feed.stats.fetches, feed.stats.failures = (3, 1) if "news" in name else (5, 2)
        reload(BASE.replace("interval_seconds: 60", "interval_seconds: 30", 1))
        told = runner.summary()
        assert (told.fetches, told.failures) == (13, 5)
        reload(BASE.replace("[SPY, QQQ]", "[QQQ]"))
        told = runner.summary()
        assert (told.fetches, told.failures) == (13, 5)

    at_work(tmp_path, check)


def test_another_header_of_the_source_changes_all_its_feeds(tmp_path: Path) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        vendor = runner.roster.vendors["vendor"]
        change = reload(BASE.replace("X-Desk: one", "X-Desk: two"))
        assert changed(change)[3] == 0
        assert runner.roster.vendors["vendor"] is not vendor

    at_work(tmp_path, check)


def test_new_words_and_new_limits_restart_nothing(tmp_path: Path) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        before = dict(runner.roster.feeds)
        text = BASE.replace("requests_per_minute: 60", "requests_per_minute: 30")
        change = reload(text.replace('path: "/news"', 'path: "/news"\n        description: "x"'))
        assert changed(change) == ([], [], [], 3)
        assert dict(runner.roster.feeds) == before
        assert runner.scheduler.budgets["vendor"].gate.spec.windows[0].limit == 30

    at_work(tmp_path, check)


def test_an_edit_of_a_limit_message_was_not_heeded_before_a_restart(tmp_path: Path) -> None:
    limit = '60, body_limits: [{path: Note, matches: "slow down"}]'

    async def check(runner: FeedRunner, reload) -> None:
        reload(BASE.replace("requests_per_minute: 60", f"requests_per_minute: {limit}"))
        classifier = runner.roster.recipes["vendor.news"].classifier
        assert classifier.of_body({"Note": "please slow down"}) is not None

    at_work(tmp_path, check)


def test_a_config_that_cannot_be_brought_to_life_changes_nothing(tmp_path: Path) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        before = runner.roster
        with pytest.raises(ConfigError):
            reload(BASE.replace("/quote/{symbol}", "/quote/{symbl}"))
        assert runner.roster is before

    at_work(tmp_path, check)


def test_a_source_that_is_edited_has_spent_what_it_spent(tmp_path: Path) -> None:
    """The old one, let go half a minute later, wrote its own figures over the new one's."""

    async def check(runner: FeedRunner, reload) -> None:
        now = runner._clock.now()
        old = runner.roster.vendors["vendor"]
        old.cost.spend("quote", 1.0, now)
        reload(BASE.replace("X-Desk: one", "X-Desk: two"))
        await asyncio.sleep(0)
        new = runner.roster.vendors["vendor"]
        assert new is not old
        # A request that was under way, and one after the edit.
        old.cost.spend("quote", 2.0, now)
        new.cost.spend("quote", 4.0, now)
        await new.close()
        await old.close()
        saved = await runner._store.state("cost:vendor")
        assert saved is not None
        assert sum(orjson.loads(saved).popitem()[1].values()) == 7.0
        assert runner.costs()[0]["today"] == 7.0

    at_work(tmp_path, check)


def test_an_unreachable_vendor_is_told_once_and_shown_in_its_row(tmp_path: Path) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        running = asyncio.create_task(runner.run())
        await asyncio.wait_for(runner.all_fetched(), 30)
        running.cancel()
        rows = {row.feed: row for row in runner.rows()}
        assert {row.status for row in rows.values()} == {"error"}
        assert "no connection to 127.0.0.1:9" in rows["vendor.news"].reason
        assert runner.summary().failing == 3
        alerts = [event.data for _, event in await runner._store.events("monitors:data")]
        assert sorted(alert["feed"] for alert in alerts) == sorted(rows)
        assert {alert["kind"] for alert in alerts} == {"failed"}

    at_work(tmp_path, check)


def test_the_last_problem_of_a_feed_goes_with_the_feed(tmp_path: Path) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        runner.news.failed("vendor.news", "404 from the vendor")
        runner.news.failed("vendor.quote:QQQ", "500 from the vendor")
        assert runner.summary().last_error == "vendor.quote:QQQ: 500 from the vendor"
        reload(BASE.replace("[SPY, QQQ]", "[SPY]"))
        assert runner.summary().last_error == "vendor.news: 404 from the vendor"
        runner.news.failed("vendor.quote:QQQ", "what was under way when it was removed")
        assert runner.summary().last_error == "vendor.news: 404 from the vendor"
        reload(BASE.replace("[SPY, QQQ]", "[SPY]").replace('"/news"', '"/newer"'))
        assert runner.summary().last_error == "", "an edited feed is judged anew"

    at_work(tmp_path, check)


def test_an_edit_of_a_transform_or_a_contract_was_taken_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "transforms").mkdir()
    transform = tmp_path / "transforms" / "double.py"
    text = "def transform(payload, config, state):\n    return 2, state\n"
    transform.write_text(text)
    base = BASE.replace('path: "/quote', 'transform: double\n        path: "/quote')
    base = base.replace('path: "/news', 'contract: news.json\n        path: "/news')

    async def check(runner: FeedRunner, reload) -> None:
        contract = tmp_path / "config" / "news.json"
        contract.write_text("{}")
        assert reload(base).anew == (), "its feeds are what changed"
        transform.write_text(text.replace("2", "3"))
        change = reload(base)
        assert changed(change) == ([], [], [], 3)
        assert change.anew == ("transform double for 2 feeds",)
        contract.write_text('{"type": "object"}')
        assert reload(base).anew == ("contract news.json for 1 feed",)
        assert reload(base).anew == ()

    at_work(tmp_path, check)


STREAM = """\
      ticks:
        transport: websocket
        url: "ws://127.0.0.1:9/socket"
        join: [{channel: ticks}]
        frame: {channel: "0", payload: "1"}
        redis_key: "raw:v:ticks"
        ttl_seconds: 60
"""


def test_a_stream_that_an_edit_adds_or_takes_away_is_told_as_feeds_are(tmp_path: Path) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        assert changed(reload(BASE + STREAM)) == (["vendor.ticks"], [], [], 3)
        assert (runner.summary().feeds, runner.summary().endpoints) == (4, 3)
        runner.news.failed("vendor.ticks", "no")
        assert changed(reload(BASE)) == ([], ["vendor.ticks"], [], 3)
        assert runner.summary().last_error == ""

    at_work(tmp_path, check)


def test_the_summary_after_the_stop_left_the_streams_out(tmp_path: Path) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        async with SocketVendor().serve() as vendor:
            reload(BASE + STREAM.replace("ws://127.0.0.1:9/socket", vendor.url))
            running = asyncio.create_task(runner.run())
            await until(lambda: vendor.joined == ["ticks"])
            await vendor.say(["ticks", {"id": 1}])
            await until(lambda: runner.summary().messages == 2)  # the answer to the join is one
            before = runner.summary()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await runner.stop(0)
            after = runner.summary()
        assert (after.feeds, after.endpoints) == (before.feeds, before.endpoints) == (4, 3)
        assert after.messages == 2
        (row,) = (row for row in runner.rows() if row.feed == "vendor.ticks")
        assert row.status == "ok", "what ended by itself is no failure and waits for nothing"

    at_work(tmp_path, check)


def test_messages_of_a_stream_that_an_edit_took_away_left_the_totals(tmp_path: Path) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        async with SocketVendor().serve() as vendor:
            stream = STREAM.replace("ws://127.0.0.1:9/socket", vendor.url)
            reload(BASE + stream)
            running = asyncio.create_task(runner.run())
            await until(lambda: runner.summary().messages == 1)  # the answer to the join
            reload(BASE + stream.replace("ttl_seconds: 60", "ttl_seconds: 61"))
            await vendor.say(["ticks", {"id": 1}])
            await until(lambda: runner.summary().messages == 2)
            reload(BASE)
            assert runner.summary().messages == 2
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await runner.stop(0)

    at_work(tmp_path, check)


def test_a_stop_soon_after_an_edit_of_a_source_left_its_connections_open(tmp_path: Path) -> None:
    unclosed: list[str] = []

    async def check(runner: FeedRunner, reload) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: unclosed.append(context["message"]))
        running = asyncio.create_task(runner.run())
        feeds = runner.roster.feeds.values()
        await until(lambda: all(feed.stats.failures for feed in feeds))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        reload(BASE.replace("X-Desk: one", "X-Desk: two"))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        at_work(tmp_path, check)
        gc.collect()
    assert unclosed == []


EVENTS = BASE.replace('        path: "/news"', '        path: "/news"\n        kind: events')


def seen_of(runner: FeedRunner, feed: str) -> SeenRows:
    seen = runner.roster.feeds[feed]._seen
    assert seen is not None
    return seen.of({})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (EVENTS.replace("      news:", "      headlines:"), "vendor.headlines"),
        (EVENTS.replace("  vendor:", "  renamed:"), "renamed.news"),
    ],
    ids=["feed", "source"],
)
def test_a_polled_event_feed_that_was_renamed_wrote_all_its_rows_again(
    tmp_path: Path, text: str, name: str
) -> None:
    row = {"id": 1}

    async def check(runner: FeedRunner, reload) -> None:
        reload(EVENTS)
        store = runner._store
        store.put_state("seen:vendor.news", orjson.dumps([]))
        before = seen_of(runner, "vendor.news")
        await before.restore()
        assert before.enter(row)
        reload(text)
        after = seen_of(runner, name)
        await after.restore()
        assert not after.enter(row)
        # A run of the old one that the edit met ends after it.
        assert before.enter({"id": 2})
        assert not after.enter({"id": 2})
        after.save()
        assert len(orjson.loads(await store.state("seen:raw:v:news") or b"")) == 2

    at_work(tmp_path, check)


def test_a_feed_that_was_renamed_before_it_was_polled_knows_what_an_earlier_run_wrote(
    tmp_path: Path,
) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        reload(EVENTS)
        mark = seen_of(runner, "vendor.news").mark({"id": 1})
        runner._store.put_state("seen:vendor.news", orjson.dumps([mark]))
        reload(EVENTS.replace("      news:", "      headlines:"))
        seen = seen_of(runner, "vendor.headlines")
        await seen.restore()
        assert seen.known({"id": 1})

    at_work(tmp_path, check)


@pytest.mark.parametrize("names", [["headlines"], ["headlines", "stories"]])
def test_a_feed_renamed_before_anybody_looked_at_it_wrote_all_its_rows_again(
    tmp_path: Path, names: list[str]
) -> None:
    """A daily feed, after a restart: nothing of what it wrote is in memory, all is in the store."""

    async def check(runner: FeedRunner, reload) -> None:
        mark = SeenRows("", None, runner._store).mark({"id": 1})
        runner._store.put_state("seen:vendor.news", orjson.dumps([mark]))
        reload(EVENTS)
        for name in names:
            reload(EVENTS.replace("      news:", f"      {name}:"))
        seen = seen_of(runner, f"vendor.{names[-1]}")
        await seen.restore()
        assert seen.known({"id": 1})

    at_work(tmp_path, check)


def test_a_feed_that_was_renamed_twice_before_it_was_polled_wrote_all_its_rows_again(
    tmp_path: Path,
) -> None:
    async def check(runner: FeedRunner, reload) -> None:
        reload(EVENTS)
        mark = seen_of(runner, "vendor.news").mark({"id": 1})
        runner._store.put_state("seen:vendor.news", orjson.dumps([mark]))
        for name in ("headlines", "stories", "articles"):
            reload(EVENTS.replace("      news:", f"      {name}:"))
        seen = seen_of(runner, "vendor.articles")
        await seen.restore()
        assert seen.known({"id": 1})

    at_work(tmp_path, check)


def test_a_feed_that_was_taken_out_and_came_under_another_name_wrote_all_its_rows_again(
    tmp_path: Path,
) -> None:
    renamed = EVENTS.replace("      news:", "      headlines:")
    without = BASE[: BASE.index("      news:")]

    async def check(runner: FeedRunner, reload) -> None:
        for number, (text, name) in enumerate(
            [(EVENTS, "vendor.news"), (renamed, "vendor.headlines"), (EVENTS, "vendor.news")]
        ):
            reload(text)
            seen = seen_of(runner, name)
            await seen.restore()
            assert all(seen.known({"id": before}) for before in range(number))
            assert seen.enter({"id": number})
            seen.save()
            reload(without)

    at_work(tmp_path, check)


def test_an_edit_of_where_the_rows_of_a_lender_stand_reached_no_borrower(tmp_path: Path) -> None:
    borrower = """\
      detail:
        path: "/detail/{id}"
        expand: {id: {from: news, select: "first:2"}}
        interval_seconds: 60
        max_calls: 2
        redis_key: "raw:v:detail:{id}"
        ttl_seconds: 180
"""

    async def check(runner: FeedRunner, reload) -> None:
        reload(BASE + borrower)
        reload(BASE.replace('path: "/news"', 'path: "/news"\n        rows: items') + borrower)
        lender = runner.roster.feeds["vendor.detail"].recipe.lenders["id"]
        assert lender.endpoint.rows == "items"

    at_work(tmp_path, check)


def test_a_feed_that_depends_on_a_stream_waited_for_ever(tmp_path: Path) -> None:
    dependent = BASE + STREAM.replace("redis_key", "max_age_seconds: 60\n        redis_key")
    text = dependent.replace('path: "/news"', 'path: "/news"\n        depends_on: [ticks]')

    async def check(runner: FeedRunner, reload) -> None:
        reload(text)
        news, ticks = runner.roster.feeds["vendor.news"], runner.switchboard.feeds["vendor.ticks"]
        now = runner._clock.now()
        assert news.ready(now) == ("waits for the first value of ticks", 1.0)
        ticks.stats.arrived(now, now, runner._clock.monotonic())
        assert news.ready(now) is None
        reload(text.replace("channel: ticks", "channel: trades"))
        assert news.ready(now) == ("waits for the first value of ticks", 1.0)

    at_work(tmp_path, check)
