"""Keeps a worker alive, and sees to it that one component costs nobody else more than a second.

A run that takes longer than its component may, or a process that outgrows its memory: the worker
is killed, whoever was at it is held in quarantine, and a new worker goes on with the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from quanticity.clock import Clock
from quanticity.errors import Problem, QuanticityError
from quanticity.logs import logger
from quanticity.runtime.forks import DEAF, WARM, begun
from quanticity.runtime.plugin_watch import Signature, signature
from quanticity.runtime.process import Post, end_group
from quanticity.runtime.pulse import LOADING, NOBODY, SIZE, Pulse, resident
from quanticity.runtime.quarantine import Held, Quarantine
from quanticity.runtime.recipe import Recipe
from quanticity.runtime.shunned import Shunned, shunned
from quanticity.runtime.stack import of_plugin, places_of
from quanticity.runtime.worker_process import main

_LOOK_EVERY = 0.05
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 5.0
# A worker that lived for so long started well: the next one starts at once.
_WELL = 10.0
_STOP_PATIENCE = 3.0
_REPLACE_PATIENCE = 60.0
MEMORY = 1 << 30


@dataclass(frozen=True, slots=True)
class Lost:
    """A worker ended that should not have. `component` is whose run it was, or empty.

    `where` is the `file:line` of a plugin that it hung in, where that is known.
    """

    why: str
    component: str
    where: str = ""


OnLost = Callable[[Lost], None]
OnTroubles = Callable[[Mapping[str, str | None]], None]


class Supervisor:
    """One worker process, started again whenever it ends."""

    def __init__(
        self,
        post: Post,
        recipe: Recipe,
        clock: Clock,
        *,
        memory: int = MEMORY,
        on_lost: OnLost = lambda lost: None,
        on_troubles: OnTroubles = lambda given: None,
        target: Callable[..., None] = main,
    ) -> None:
        """`memory` is the most bytes that the worker may hold; `target` is what it runs."""
        self._target = target
        self.restarts = 0
        self.pid: int | None = None
        self.problems: tuple[Problem, ...] = ()
        self.started = asyncio.Event()
        self._post = post
        self._recipe = recipe
        self._clock = clock
        self._memory = memory
        self._on_lost = on_lost
        self._on_troubles = on_troubles
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([DEAF, "__main__", target.__module__, WARM])
        self._cells: Any = self._context.RawArray("d", SIZE)
        self._pulse = Pulse(self._cells)
        self._quarantine = Quarantine()
        self._names: tuple[str, ...] = ()
        self._folders: Signature = frozenset()
        self._shunned: dict[Path, Shunned] = {}
        self._line: Any = None
        self._process: Any = None
        self._answer: asyncio.Future[tuple[Problem, ...]] | None = None
        self._said = ""

    @property
    def held(self) -> Mapping[str, Held]:
        """Who is in quarantine, as far as is known."""
        return self._quarantine.all

    async def run(self) -> None:
        """Go on until cancelled; the worker then ends too."""
        pause = 0.0
        try:
            while True:
                began = self._clock.monotonic()
                await self._start()
                lost = await self._watch()
                self._bury(lost)
                lived = self._clock.monotonic() - began
                pause = 0.0 if lived > _WELL or lost.component else self._longer(pause)
                if pause:
                    await self._clock.sleep(pause)
        finally:
            await self._stop()

    async def replace(self, recipe: Recipe, since: str = "") -> Sequence[Problem]:
        """Let the worker go on with other bindings; returns what was wrong with them.

        Those that are new read events after the seq `since`; empty: after the newest there is
        when they are taken over.
        """
        self._recipe = recipe
        await self.started.wait()
        if self._answer is not None:
            await asyncio.wait([self._answer])
        answer: asyncio.Future[tuple[Problem, ...]]
        answer = self._answer = asyncio.get_running_loop().create_future()
        try:
            # In a thread: a config may be large, and a worker at work reads it a little later.
            packed = await asyncio.to_thread(ForkingPickler.dumps, ("replace", (recipe, since)))
            line = self._line
            # One that just ended is followed by one that begins with this very recipe.
            with contextlib.suppress(OSError):
                if line is not None:
                    await asyncio.to_thread(line.send_bytes, packed)
            async with asyncio.timeout(_REPLACE_PATIENCE):
                return await answer
        except TimeoutError:
            raise QuanticityError("the worker ended before it took the change over") from None
        finally:
            if self._answer is answer:
                self._answer = None

    @staticmethod
    def _longer(pause: float) -> float:
        return min(_LONGEST_PAUSE, max(_FIRST_PAUSE, 2 * pause))

    async def _start(self) -> None:
        self._pulse.reset()
        self._said = ""
        self._folders = signature(self._recipe.folders)
        post = replace(self._post, shunned=tuple(self._shunned.values()))
        here, there = self._context.Pipe()
        arguments = (post, self._recipe, self._quarantine.all, self._cells, there)
        process = self._context.Process(target=self._target, args=arguments)
        # The first one waits until the server that forks them has loaded its modules.
        starting = asyncio.ensure_future(asyncio.to_thread(begun, process))
        try:
            await asyncio.shield(starting)
        finally:
            await starting  # told to stop meanwhile: what is started has to be known, to be ended
            there.close()
            self._process, self._line, self.pid = process, here, process.pid

    async def _watch(self) -> Lost:
        """Look after the worker until it has ended, or has to."""
        process, pulse = self._process, self._pulse
        while True:
            self._hear()
            if not process.is_alive():
                self._hear()
                return self._ended(process.exitcode)
            took = pulse.over(self._clock.monotonic())
            if took is not None:
                return await self._hung(pulse.running, took)
            held = resident(process.pid)
            if held is not None and held > self._memory:
                who = pulse.suspected if pulse.suspected != NOBODY else pulse.running
                allowed = f"{self._memory / 1e6:,.0f} MB"
                return self._blamed(who, f"the worker held {held / 1e6:,.0f} MB of {allowed}")
            await self._clock.sleep(_LOOK_EVERY)

    async def _hung(self, who: int, took: float) -> Lost:
        places = await places_of(self._process.pid, self._post.stack)
        folders = self._recipe.folders
        found = of_plugin(places, folders)
        where = f"{found[1]}:{found[2]}" if found is not None else ""
        if who == LOADING:
            why = f"it took more than {took:.1f} s"
            bad = shunned(places, folders, self._folders, why)
            if bad is not None:
                self._shunned[bad.path] = bad
            return Lost(f"plugins do not load: {why}", "", where)
        return replace(self._blamed(who, f"a run took more than {took:.1f} s"), where=where)

    def _ended(self, status: int | None) -> Lost:
        said = self._said or (
            f"it was ended by signal {-status}" if status and status < 0 else f"status {status}"
        )
        # From outside (a person, the kernel out of memory) is nobody's fault here.
        outside = status in (-9, -15)
        who = NOBODY if outside or self._said else self._pulse.running
        return self._blamed(who, f"the worker ended: {said}")

    def _blamed(self, who: int, why: str) -> Lost:
        if who == LOADING:
            return Lost(f"{why} while plugins were loaded", "")
        if not 0 <= who < len(self._names):
            return Lost(why, "")
        return Lost(why, self._names[who])

    def _bury(self, lost: Lost) -> None:
        process, line = self._process, self._line
        self._process = self._line = self.pid = None
        self.started.clear()
        process.kill()
        end_group(process.pid)
        process.join()
        process.close()
        line.close()
        self.restarts += 1
        at = f" ({lost.where})" if lost.where else ""
        if lost.component:
            now = self._post.clock.now()
            held = self._quarantine.failed(lost.component, lost.why, lost.where, now)
            pause = held.until - now
            said = f"{lost.component}: {lost.why}{at}; it is held for {pause:.0f} s"
            logger.warning("{}, all others go on", said)
        else:
            logger.warning("{}{}; it is started again", lost.why, at)
        self._on_lost(lost)

    def _hear(self) -> None:
        line = self._line
        with contextlib.suppress(EOFError, OSError):
            while line.poll():
                kind, given = line.recv()
                if kind == "names":
                    self._names = given
                elif kind == "held":
                    self._quarantine = Quarantine(given)
                elif kind == "troubles":
                    self._on_troubles(given)
                elif kind == "shunned":
                    self._shunned[given.path] = given
                elif kind in ("started", "replaced"):
                    # One that was lost over a change begins anew with what was to be.
                    self.problems = given
                    self.started.set()
                    if self._answer is not None and not self._answer.done():
                        self._answer.set_result(given)
                else:
                    self._said = given

    async def _stop(self) -> None:
        process, line = self._process, self._line
        if process is None:
            return
        self._process = None
        with contextlib.suppress(OSError):
            line.send(("stop", None))
        # One that still loads has nothing to bring to an end.
        waited = 0.0 if self.started.is_set() else _STOP_PATIENCE
        while process.is_alive() and waited < _STOP_PATIENCE:
            await asyncio.sleep(_LOOK_EVERY)
            waited += _LOOK_EVERY
        process.kill()
        end_group(process.pid)
        process.join()
        process.close()
        line.close()
