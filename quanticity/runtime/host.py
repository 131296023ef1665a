"""The runtime as the process of the feeds sees it: two processes that it starts and looks after.

One computes, the other holds the edges. Plugins are loaded in them and never here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from quanticity import words
from quanticity.background import started
from quanticity.clock import Clock
from quanticity.errors import Problem, QuanticityError, Severity, StoreUnavailable, errors_of
from quanticity.logs import logger
from quanticity.quant.kernels import uncompiled
from quanticity.runtime import edge_process, worker_process
from quanticity.runtime.compiling import compile_kernels
from quanticity.runtime.health import alert
from quanticity.runtime.plugin_watch import watch
from quanticity.runtime.process import Post
from quanticity.runtime.recipe import Recipe
from quanticity.runtime.supervisor import MEMORY, Lost, Supervisor
from quanticity.runtime.troubles import Troubles
from quanticity.store.ports import Store

OnProblems = Callable[[Sequence[Problem]], None]
OnLive = Callable[[str], None]
# A burst of edits is taken over once. An edit by hand is live here within a second all the same.
_SETTLE = 0.6
_START_PATIENCE = 60.0
_TRIES = 3
_LOOK_EVERY = 0.02
_NAMED = 3


class Host:
    """Starts, replaces and stops what runs the plugins."""

    def __init__(
        self,
        post: Post,
        recipe: Recipe,
        store: Store,
        wall: Clock,
        *,
        memory: int = MEMORY,
        on_problems: OnProblems = lambda problems: None,
        on_live: OnLive = lambda said: None,
    ) -> None:
        """`wall` is the clock of this process; `on_problems` is told what a plugin did wrong.

        `on_live` is told in one line that an edit of plugins is live, or one that mends them.
        """
        self._post = post
        self._recipe = recipe
        self._wall = wall
        self._store = store
        self._on_problems = on_problems
        self._on_live = on_live
        self._troubled = False
        # Files of plugins whose edit nobody was told of yet.
        self._edited: dict[str, None] = {}
        self._troubles = Troubles()
        self._turn = asyncio.Lock()
        self._stopped = False
        self._refused: tuple[Problem, ...] = ()
        self._supervisors: list[Supervisor] = []
        roles = (("worker", worker_process.main), ("edges", edge_process.main))
        for role, target in roles:
            if role == "edges" and post.http_for is None:
                continue
            place = replace(post, log=post.data / f"{role}.log", most_data=2 * memory)
            self._supervisors.append(
                Supervisor(
                    *(place, recipe, wall),
                    memory=memory,
                    on_lost=self._lost,
                    on_troubles=self._troubles.heard,
                    target=target,
                )
            )
        self._running: list[asyncio.Task[None]] = []

    @property
    def restarts(self) -> int:
        """How often a process had to be started again."""
        return sum(one.restarts for one in self._supervisors)

    async def begin(self, step: Callable[[str, bool, str], None]) -> None:
        """Start, and say how that went as a step of the whole system's start.

        `step` is also told of edges that can do nothing though they run, and that they can again.
        """
        self._troubles.tell = step
        if uncompiled():
            step("kernels", True, "compiled for this machine, once: plugins begin within a minute")
        problems = await self.start()
        self._troubled = bool(problems)
        if not self._stopped:
            errors = errors_of(problems)
            step("plugins", not errors, "; ".join(map(str, errors)) or "at work")
            if warnings := [one for one in problems if one not in errors]:
                self._on_problems(warnings)

    async def start(self) -> tuple[Problem, ...]:
        """Start, and wait until all are at work; returns what is wrong with plugins.

        Where they do not come up, that is told, and they are tried again and again.
        """
        loop = asyncio.get_running_loop()
        if uncompiled():
            self._running = [loop.create_task(compile_kernels())]
            await asyncio.wait(self._running)
            if self._stopped:
                return ()
        self._running = [started(one.run(), "a supervisor of plugins") for one in self._supervisors]
        looking = watch(lambda: self._recipe.folders, self._changed, self._wall)
        self._running.append(started(looking, "the look at edits of plugins"))
        coming = loop.create_task(self._all_started())
        ends: list[asyncio.Task[None]] = [coming, *self._running]
        try:
            async with asyncio.timeout(_START_PATIENCE):
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                coming.result()
        except TimeoutError:
            log = self._post.data / "worker.log"
            said = f"their processes do not start; see {log}"
            return (Problem("", 0, 0, said),)
        finally:
            coming.cancel()
        for task in self._running:
            if task.done() and not task.cancelled():
                task.result()
        return _once(one.problems for one in self._supervisors)

    async def replace(self, recipe: Recipe, edited: Sequence[str] = ()) -> tuple[Problem, ...]:
        """Let other plugins, or other parameters, take over; what fails stays as it was.

        While one change is taken over only the newest of those that came waits for its turn.
        `edited` are the files of plugins that it is for; those of one that gave way are told with
        the one that came after it.
        """
        self._recipe, began = recipe, self._wall.monotonic()
        self._edited.update(dict.fromkeys(edited))
        async with self._turn:
            if self._recipe is not recipe:
                return ()
            live, self._edited = tuple(self._edited), {}
            # Asked for once: a new source may be at work before the worker knows its readers.
            since = await self._newest_seq()
            answers = await asyncio.gather(
                *(one.replace(recipe, since) for one in self._supervisors), return_exceptions=True
            )
        told = [answer for answer in answers if not isinstance(answer, BaseException)]
        for answer in answers:
            if isinstance(answer, QuanticityError):
                told.append((Problem("", 0, 0, str(answer)),))
            elif isinstance(answer, BaseException):
                raise answer
        problems = _once(told)
        self._tell_live(live, problems, self._wall.monotonic() - began)
        if problems:
            self._on_problems(problems)
        if problems and problems != self._refused:
            said = "; ".join(map(str, problems))
            alert(self._store, "reload", "runtime", said, self._post.clock.now())
        self._refused = problems
        return problems

    async def follow(self, recipe: Recipe) -> None:
        """Take over an edit of the config, once nobody has edited for a moment: feeds first."""
        self._recipe = recipe
        await self._wall.sleep(_SETTLE)
        if self._recipe is recipe:
            await self.replace(recipe)

    async def stop(self) -> None:
        """Stop all; nothing is left running."""
        self._stopped = True
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _newest_seq(self) -> str:
        try:
            return await self._store.newest_seq()
        except StoreUnavailable:
            return ""  # the worker asks for it, once it is back

    async def _changed(self, files: Sequence[str]) -> None:
        """Files of plugins changed: whoever loads them looks at them again."""
        await self.replace(self._recipe, files)

    def _tell_live(self, edited: Sequence[str], problems: Sequence[Problem], took: float) -> None:
        # What names no file may be about any of them.
        lost = {one.file for one in problems if one.severity is Severity.ERROR}
        live = [file for file in edited if file not in lost and "" not in lost]
        if live:
            verb = "is" if len(live) == 1 else "are"
            took_ms = f"({1000 * took:.0f} ms)"
            self._on_live(f"{words.some(live, _NAMED)} {verb} live {took_ms}")
        elif self._troubled and not problems:
            self._on_live("all are good again, and at work")
        self._troubled = bool(problems)

    async def _all_started(self) -> None:
        while not all(one.started.is_set() for one in self._supervisors):
            if any(one.restarts > _TRIES and not one.started.is_set() for one in self._supervisors):
                raise TimeoutError
            await asyncio.sleep(_LOOK_EVERY)

    def _lost(self, lost: Lost) -> None:
        now = self._post.clock.now()
        who = lost.component or "runtime"
        kind = "failed" if lost.component else "restarted"
        more = {"where": lost.where} if lost.where else {}
        alert(self._store, kind, who, lost.why, now, **more)
        said = f"{lost.component}: {lost.why}; it is held" if lost.component else lost.why
        logger.debug("host: {}", said)
        file, _, line = lost.where.rpartition(":")
        at = (file, int(line), 1) if file else ("", 0, 0)
        self._on_problems((Problem(*at, said),))


def _once(listed: Iterable[Iterable[Problem]]) -> tuple[Problem, ...]:
    """Each problem once, for both processes load the same plugins; notes are for `check`."""
    found = (problem for problems in listed for problem in problems)
    told = (problem for problem in found if problem.severity is not Severity.NOTE)
    return tuple(dict.fromkeys(told))
