"""The composition root: a config goes in, a running system comes out. Wiring only."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from quanticity import words
from quanticity.clock import Calendar, Clock, LiveClock
from quanticity.config.loaded import Loaded
from quanticity.config.loader import Loader
from quanticity.config.location import Location
from quanticity.config.reading import dotenv_files
from quanticity.config.watch import Watcher
from quanticity.errors import (
    ConfigError,
    Problem,
    QuanticityError,
    StoreError,
    StoreInUse,
    errors_of,
)
from quanticity.feeds import morning, publishing
from quanticity.feeds.edge_http import EdgeHttp
from quanticity.feeds.publishing import About
from quanticity.feeds.report import FeedRow, Report, Summary, tell
from quanticity.feeds.runner import FeedRunner
from quanticity.feeds.standin import Rewriter, StandIn
from quanticity.feeds.status import STATUS_KEY
from quanticity.feeds.verdict import Verdict
from quanticity.journal.tap import tapped
from quanticity.runtime.beside import Beside
from quanticity.runtime.host import Host
from quanticity.runtime.process import Post
from quanticity.runtime.recipe import Recipe
from quanticity.runtime.run_recorder import RecorderFor
from quanticity.runtime.stand_ins import GatewayFor
from quanticity.store.alone import Alone
from quanticity.store.anew import begin_anew
from quanticity.store.opening import open_ledger, open_store, store_settings
from quanticity.store.redis_store import RedisStore
from quanticity.store.slots import RedisLedger

_GRACE = 3.0
_NOTHING = Summary(0, 0, 0, 0, 0, 0, 0)

ClockFor = Callable[[Loaded], Clock]
StandInFor = Callable[[Loaded, Clock], StandIn | None]
RecipeFor = Callable[[Loaded], Recipe | None]


class App:
    """One running system: `start`, `run` until told to stop, `stop`."""

    def __init__(
        self,
        location: Location,
        environment: str,
        data: Path,
        report: Report,
        *,
        calendar: Calendar,
        clock_for: ClockFor,
        stand_in_for: StandInFor,
        recipe_for: RecipeFor = lambda loaded: None,
        gateway_for: GatewayFor = lambda loaded, clock: None,
        environ: Mapping[str, str] = os.environ,
        once: bool = False,
        record: Path | None = None,
    ) -> None:
        self.report = report
        self.environment = environment
        self._data = data
        self._alone = Alone(data)
        self._environ = environ
        self._calendar = calendar
        self._clock_for = clock_for
        self._stand_in_for = stand_in_for
        self._recipe_for = recipe_for
        self._gateway_for = gateway_for
        self._once = once
        self._record = record
        self._wall: Clock = LiveClock()
        self._clock: Clock = self._wall
        self._loader = Loader(location.base, environment, environ)
        self._loaded: Loaded | None = None
        self._cleanup = AsyncExitStack()
        self._store: RedisStore | None = None
        self._feeds: FeedRunner | None = None
        self._beside: Beside | None = None
        self._refusal = ""
        self._broken: Sequence[str] = ()
        self._verdict = Verdict(lambda: self.report)
        self._telling: set[asyncio.Task[Any]] = set()

    def now(self) -> float:
        """Epoch seconds of the system's clock."""
        return self._clock.now()

    def when(self) -> str:
        """The system's time as people read it."""
        return morning.time_line(self.now())

    def rows(self) -> Sequence[FeedRow]:
        """Every feed as it stands."""
        return self._feeds.rows() if self._feeds is not None else ()

    def summary(self) -> Summary:
        """The whole in one line."""
        return self._feeds.summary() if self._feeds is not None else _NOTHING

    async def start(self) -> None:
        """Tick down the morning's list. Raises what stops a start, after crossing its line."""
        loaded = self._start_config()
        self._step("calendar", True, morning.calendar_line(self._calendar, self.now()))
        store, ledger = await self._start_store(loaded)
        began = await store.newest_seq()
        rewrite = await self._start_vendors(loaded)
        gateway = self._gateway_for(loaded, self._clock)
        feeds = FeedRunner(
            self._clock, self._calendar, store, ledger, lambda: self.report, rewrite=rewrite
        )
        self._cleanup.push_async_callback(feeds.stop, _GRACE)
        try:
            await feeds.start(loaded)
        except QuanticityError:
            self._step("feeds", False, "the config cannot be brought to life")
            raise
        self._feeds = feeds
        self._step("feeds", True, self.summary().size)
        await self._verdict.first(loaded)
        beside = Beside(self._wall, self._step, lambda: bool(feeds.news.fetched_once))
        self._cleanup.push_async_callback(beside.stop)
        _, environ = store_settings(loaded, self._environ)
        beside.begin(gateway, environ, lambda told: self._host(store, began, told))
        self._beside = beside

    async def run(self, stop: asyncio.Event, duration: float | None = None) -> None:
        """Go on until `stop` is set, `duration` seconds have passed, or (once) all is fetched."""
        feeds, loaded, store = self._feeds, self._loaded, self._store
        if feeds is None or loaded is None or store is None:
            raise QuanticityError("the system was not started")
        watcher = Watcher(
            self._loader,
            loaded,
            self._wall,
            on_loaded=self._reloaded,
            on_problem=self._refused,
        )
        work = [
            asyncio.create_task(feeds.run(), name="feeds"),
            asyncio.create_task(watcher.run(), name="watch"),
            asyncio.create_task(
                publishing.publish(feeds, store, self._wall, self._about), name="status"
            ),
            asyncio.create_task(self._alone.watch(self._wall, self._step, store), name="data"),
        ]
        ends: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait())]
        if duration is not None:
            ends.append(asyncio.create_task(self._wall.sleep(duration)))
        if self._once:
            ends.append(asyncio.create_task(feeds.all_fetched()))
        try:
            done, _ = await asyncio.wait([*work, *ends], return_when=asyncio.FIRST_COMPLETED)
        finally:
            feeds.scheduler.cease()  # to stop the rest takes its time: nothing is fetched meanwhile
            for task in (*work, *ends):
                task.cancel()
            await asyncio.gather(*work, *ends, return_exceptions=True)
            publishing.withdraw(store)
        for task in done:
            if task in work and (error := task.exception()) is not None:
                raise error

    async def stop(self) -> None:
        """Stop everything, last started first; values on their way are written."""
        await self._cleanup.aclose()

    def _start_config(self) -> Loaded:
        try:
            loaded = self._loader.load()
        except ConfigError as error:
            count = len(errors_of(error.problems))
            self._step("config", False, words.count(count, "problem"))
            raise
        self._loaded = loaded
        self._clock = self._clock_for(loaded)
        morning.tell_config(self.report, loaded)
        for source in loaded.effective.sources.values():
            if source.off is not None:
                self._step("source", False, f"{source.name} is off: {source.off}")
        return loaded

    async def _start_store(self, loaded: Loaded) -> tuple[RedisStore, RedisLedger]:
        settings, environ = store_settings(loaded, self._environ)
        only = await self._claim(loaded)
        began = self._wall.monotonic()
        try:
            store = await open_store(settings, self._data, self._wall, environ)
            self._cleanup.push_async_callback(store.close)
            await begin_anew(store, loaded.root.simulation, self._data)
            await self._cleanup.enter_async_context(tapped(store, self._clock, self._record))
            ledger = await open_ledger(store, self._wall)
            self._cleanup.push_async_callback(ledger.close)
        except StoreError:
            self._step("store", False, "cannot be used")
            raise
        self._store, took = store, 1000 * (self._wall.monotonic() - began)
        self._step("store", True, f"{store.address} ({took:.0f} ms)")
        # Others may come to a server of a person's own from anywhere.
        anywhere = settings.url or environ.get("REDIS_URL")
        if not only or (anywhere and await store.get_raw(STATUS_KEY) is not None):
            self._step("alone", False, morning.not_alone(anywhere=bool(anywhere)))
        return store, ledger

    async def _claim(self, loaded: Loaded) -> bool:
        """True where nobody else runs in the data folder; nobody may whose clock is made up."""
        self._cleanup.callback(self._alone.release)
        try:
            return await self._alone.claim(
                self._wall, shared=loaded.root.simulation.clock == "wall"
            )
        except StoreError as error:
            # What it is about: whoever started us is told of the error itself.
            theirs = "another run uses" if isinstance(error, StoreInUse) else "no run can use"
            self._step("alone", False, f"{theirs} the data folder")
            raise

    async def _start_vendors(self, loaded: Loaded) -> Rewriter | None:
        if (stand_in := self._stand_in_for(loaded, self._clock)) is None:
            return None
        address = await stand_in.start()
        self._cleanup.push_async_callback(stand_in.stop)
        self._step("vendors", True, f"simulated, {address}")
        return Rewriter(stand_in.rewrite)

    def _host(self, store: RedisStore, since: str, environ: Mapping[str, str]) -> Host | None:
        """The runtime of the plugins of the config in force; None where there is to be none."""
        if (loaded := self._loaded) is None or (recipe := self._recipe_for(loaded)) is None:
            return None
        settings, _ = store_settings(loaded, self._environ)
        recorder = RecorderFor(self._clock, self._record)
        given = (settings, self._data, self._clock, environ, recorder, EdgeHttp)
        post = Post(*given, dotenv=dotenv_files(self._loader.location), since=since)
        return Host(
            *(post, recipe, store, self._wall),
            on_problems=self._plugin_problems,
            on_live=lambda said: self._step("plugins", True, said),
        )

    def _plugin_problems(self, problems: Sequence[Problem]) -> None:
        tell(self.report, "plugins", problems)

    def _step(self, name: str, good: bool, said: str) -> None:
        self.report.step(name, good, said)

    def _reloaded(self, loaded: Loaded) -> None:
        if self._feeds is None:
            return
        change = self._feeds.apply(loaded)
        before, self._loaded = self._loaded, loaded
        mended, broken = morning.transforms_told(before, loaded)
        if self._refusal or not broken or morning.is_live(before, loaded, change):
            self.report.reloaded(change)
        self._refusal, self._broken = "", broken
        for good, lines in ((True, mended), (False, broken)):
            for said in lines:
                self._step("transform", good, said)
        for said in morning.new_warnings(before, loaded):
            self.report.warned("config", said)
        self._later(self._verdict.after_edit(loaded, lambda: loaded is self._loaded))
        for said in morning.turned_off(loaded, change.removed):
            self._step("source", False, said)
        if self._beside is not None and (recipe := self._recipe_for(loaded)) is not None:
            self._later(self._beside.follow(recipe))

    def _later(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def _refused(self, problems: Sequence[Problem]) -> None:
        if errors := errors_of(problems):
            # Warnings stop no edit; they are told with the one that is taken.
            self._refusal = "; ".join(map(str, errors))
            self.report.rejected(errors)
            return
        tell(self.report, "config", problems)

    def _about(self) -> About:
        loaded = self._loaded
        told = loaded.hash if loaded is not None else ""
        wrong = (self._refusal, self._broken)
        return About(self.environment, self.now(), self.when(), told, *wrong)
