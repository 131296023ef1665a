"""Follows the store, runs who is due, writes what they give: the loop of a worker process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

import msgspec

from quanticity.background import started
from quanticity.clock import Calendar, Clock
from quanticity.component import Analytic, Strategy
from quanticity.errors import ConfigError, Problem, StoreUnavailable
from quanticity.runtime.binding import Binding
from quanticity.runtime.engine import Engine
from quanticity.runtime.execute import execute
from quanticity.runtime.health import Health
from quanticity.runtime.job import Job
from quanticity.runtime.news import News
from quanticity.runtime.pulse import LOADING, Growth, Pulse
from quanticity.runtime.quarantine import Held, Quarantine
from quanticity.runtime.recall import Recall
from quanticity.runtime.recipe import Built, Recipe, RunObserver
from quanticity.runtime.rehearsal import accepted_of, first_runs, rehearse, told_once
from quanticity.runtime.shunned import Shunned
from quanticity.runtime.trial import problem_of, tried
from quanticity.store.ports import Store

_PUBLISH_EVERY = 1.0
_AWAY = 0.05
_PAGE = 1000
# Who is behind by more than this looks whether the stream was cut off meanwhile.
_MANY = 100
# So many runs, then it waits until the store has taken what they gave.
_BREATH = 64
# A loop that was held up for so long may have missed changes that the store no longer has.
_HELD_UP = 5.0


class Worker:
    """All bindings of one process at work. Lives on one event loop."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        calendar: Calendar,
        pulse: Pulse,
        *,
        held: Mapping[str, Held] | None = None,
        observer: RunObserver | None = None,
        loading: float = 30.0,
        stack: Path | None = None,
    ) -> None:
        """Plugins may take `loading` seconds to load; `stack` tells what we are stuck in."""
        self.health = Health()
        self.engine: Engine | None = None
        self._store = store
        self._clock = clock
        self._calendar = calendar
        self._pulse = pulse
        self._recall = Recall(store, clock)
        self._quarantine = Quarantine(held)
        self._observer = observer
        self._growth = Growth()
        self._numbers: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._changing = False
        self._woken = asyncio.Event()
        self._following: asyncio.Task[None] | None = None
        self._loading, self._stack = loading, stack
        self._news = News(store, clock, pulse, self._recall, loading)

    @property
    def held(self) -> Mapping[str, Held]:
        """Who is in quarantine."""
        return self._quarantine.all

    def build(self, recipe: Recipe) -> Built:
        """Load and bind, under the eye of the supervisor."""
        self._pulse.begin(LOADING, self._loading, self._clock.monotonic())
        try:
            built = recipe.build(self._calendar)
            self._news.hooks = built.hooks
            pure = [one for one in built.bindings if isinstance(one.instance, Analytic | Strategy)]
            return replace(built, bindings=pure)
        finally:
            self._pulse.end()

    async def start(self, built: Built, since: str = "") -> None:
        """Take up what was left: state, cursors, and the values that are there.

        Who has no cursor yet begins after the seq `since`; empty: after the newest there is.
        """
        store = self._store
        newest = await self._recall.newest_seq()
        saved = await self._recall.saved(built.bindings)
        self.engine = Engine(
            built.bindings,
            built.ages,
            self._calendar,
            now=self._clock.now(),
            saved=saved,
            since=since or newest,
            quarantine=self._quarantine,
        )
        self._in_force(self.engine)
        self._news.states(self.engine, self.engine.bindings)
        self._following = started(self._follow(newest), "what the worker hears of changes")
        await self._news.gaps(self.engine, self.engine.events)
        store.put_together((), self.engine.births())
        # Only what is born for good may be told of: killed now, it begins where it said.
        await store.flush()
        self._news.call("startup", context={"bindings": tuple(self.engine.bindings)})

    async def run(self) -> None:
        """Work until cancelled."""
        engine = self.engine
        assert engine is not None, "start comes first"  # noqa: S101
        published = -inf
        try:
            while True:
                if self._following is not None and self._following.done():
                    self._following.result()  # deaf: better to begin again
                turn = self._clock.monotonic()
                await self._fetch(engine)
                await self._work(engine)
                now = self._clock.monotonic()
                if now - published >= _PUBLISH_EVERY:
                    published = now
                    self.health.publish(self._store, engine, self._clock.now())
                if now - turn > _HELD_UP:
                    self._all_dirty(engine)
                await self._rest(engine, published + _PUBLISH_EVERY - now)
        finally:
            if self._following is not None:
                self._following.cancel()
                await asyncio.gather(self._following, return_exceptions=True)
            self._news.call("shutdown", context={"bindings": tuple(engine.bindings)})

    async def rehearse(self, recipe: Recipe) -> Sequence[Shunned]:
        """Load it in a copy first: see `rehearsal.rehearse`."""
        return await rehearse(recipe, self._calendar, self._loading, self._stack)

    async def replace(
        self, built: Built, folders: Sequence[Path] = (), since: str = ""
    ) -> Sequence[Problem]:
        """Go on with other bindings: those that fail their first run stay as they were.

        Returns what was wrong; nobody else is held up by it. `folders` are those of the plugins,
        `since` is as at the start.
        """
        engine = self.engine
        assert engine is not None, "start comes first"  # noqa: S101
        now = self._clock.now()
        since = since or await self._recall.newest_seq()
        before = engine.bindings
        fresh = [one for one in built.bindings if one.id not in before]
        changed = [
            one
            for one in built.bindings
            if one.id not in before or before[one.id].digest != one.digest
        ]
        saved = await self._recall.saved(fresh)
        shelf = engine.shelf
        unread = (key for one in changed for key in one.latest if shelf.last(key) is None)
        texts = await self._recall.texts(unread)
        problems = list(built.problems)

        def first_run(binding: Binding) -> Problem | None:
            failure = tried(engine, binding, built.ages, texts, saved, since, now)
            return None if failure is None else problem_of(failure)

        wrong = await first_runs(changed, first_run, folders, self._stack)
        problems += told_once(wrong.values())
        accepted = accepted_of(built, before, wrong)
        engine.replace(accepted, built.ages, now=self._clock.now(), saved=saved, since=since)
        self.health.generation += 1
        self._news.states(engine, [one.id for one in changed if one.id in engine.bindings])
        self.health.last_error = "; ".join(str(problem) for problem in problems)
        self._store.put_together((), engine.births())
        # Who came in is ready, and may not run before this is done; the store may be away.
        self._changing = True
        await self._store.flush()
        self._in_force(engine)
        return problems

    def refused(self, error: ConfigError) -> None:
        """New bindings could not be made at all: the old ones go on."""
        self.health.last_error = str(error)

    def _in_force(self, engine: Engine) -> None:
        self._changing = False
        self._numbers = {name: number for number, name in enumerate(engine.bindings)}
        self._all_dirty(engine)
        self._woken.set()
        if self._observer is not None:
            self._observer.bound(list(engine.bindings.values()))

    def _all_dirty(self, engine: Engine) -> None:
        self._dirty.update(engine.latest, engine.events)

    async def _work(self, engine: Engine) -> None:
        engine.advance(self._clock.now())
        for runs, name in enumerate(engine.ready(self._clock.now()), 1):
            self._run_one(engine, name)
            # What it gave goes out before the next one runs.
            await asyncio.sleep(0)
            if runs % _BREATH == 0:
                await self._store.flush()

    def _run_one(self, engine: Engine, name: str) -> None:
        clock, pulse = self._clock, self._pulse
        number = self._numbers.get(name)
        if number is None or name not in engine.bindings:
            return  # taken away since it was ready, if its numbers are not yet
        budget = engine.standing(name).binding.component.time_budget
        began = clock.monotonic()
        # Decoding its inputs counts: a view may be a plugin's own.
        pulse.begin(number, budget, began)
        try:
            job = engine.job(name, clock.now())
            if not isinstance(job, Job):
                return
            result = execute(job.binding, job.views, job.state, job.now)
        finally:
            pulse.end()
        seconds = clock.monotonic() - began
        result = replace(result, seconds=seconds)
        if (suspect := self._growth.ran(number, seconds)) is not None:
            pulse.suspect(suspect)
        if self._observer is not None:
            self._observer.ran(job, result)
        self._news.refused(job.refused)
        commit = engine.finish(job, result, clock.now())
        if commit is not None:
            self._store.put_together(commit.writes, commit.states)
        if self.health.ran(job, result):
            self._news.ended(job, result)

    async def _fetch(self, engine: Engine) -> None:
        while self._dirty:
            dirty, self._dirty = self._dirty, set()
            generation = self.health.generation
            wanted = engine.events
            events = {key: after for key, after in wanted.items() if key in dirty}
            latest = [key for key in dirty if key not in wanted and engine.reads(key)]
            try:
                texts, found = await self._store.fetch(latest, events, _PAGE)
            except StoreUnavailable:
                self._all_dirty(engine)
                await self._clock.sleep(_AWAY)
                continue
            await self._news.gaps(engine, [key for key, rows in found.items() if len(rows) > _MANY])
            if self.health.generation != generation:
                continue  # a new reader may have read less far: all is asked for anew
            now = self._clock.now()
            for key, text in zip(latest, texts, strict=True):
                if text is not None:
                    self._arrived(engine, key, text, now)
            for key, rows in found.items():
                read = sum(self._arrived(engine, key, text, now) for text in rows)
                # Behind a page of which nothing can be read the same page would come again.
                if len(rows) == _PAGE and read:
                    self._dirty.add(key)

    def _arrived(self, engine: Engine, key: str, text: bytes, now: float) -> bool:
        try:
            engine.arrived(key, text, now)
        except msgspec.DecodeError as error:
            self._news.refused({key: f"what is stored is no envelope ({error})"})
            return False
        if self._observer is not None:
            self._observer.arrived(key, text)
        return True

    async def _follow(self, since: str) -> None:
        async for _, key in self._store.changes(since):
            engine = self.engine
            if engine is not None and engine.reads(key):
                self._dirty.add(key)
                self._woken.set()

    async def _rest(self, engine: Engine, most: float) -> None:
        if self._dirty:
            await asyncio.sleep(0)
            return
        wait = min(most, engine.next_at() - self._clock.now())
        if wait <= 0:
            await self._clock.sleep(_AWAY if self._changing else 0)
        else:
            try:
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            except TimeoutError:
                return
        self._woken.clear()
