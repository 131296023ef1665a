"""Hot reload: see an edit, wait until it is whole, check everything, and only then hand it on.

A bad edit changes nothing: it is reported, and the last good generation goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from quanticity.clock import Clock
from quanticity.config.ears import Ears
from quanticity.config.loaded import Loaded
from quanticity.config.loader import Loader
from quanticity.errors import ConfigError, Problem, Severity, errors_of
from quanticity.logs import logger

OnLoaded = Callable[[Loaded], None]
OnProblem = Callable[[tuple[Problem, ...]], None]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the watcher waits, seconds.

    `quiet` without an event make an edit whole; a file that is still open for writing is waited
    for up to `open_file`; an endless stream of events up to `most`. `check` is how often files
    are looked at without being told.
    """

    quiet: float = 0.05
    open_file: float = 1.0
    most: float = 3.0
    check: float = 2.0


class Watcher:
    """Follows one loader's files.

    `current` is the generation in use, `problems` are the last edit's errors. `on_problem` is told
    of edits that changed nothing, with their warnings; it may be warnings alone. What is wrong
    with a generation that is in use all the same stands in its own `problems`.
    """

    def __init__(
        self,
        loader: Loader,
        current: Loaded,
        clock: Clock,
        *,
        on_loaded: OnLoaded,
        on_problem: OnProblem,
        patience: Patience | None = None,
    ) -> None:
        self.current = current
        self.problems: tuple[Problem, ...] = ()
        self._loader = loader
        self._clock = clock
        self._on_loaded = on_loaded
        self._on_problem = on_problem
        self._patience = patience or Patience()
        self._watched = loader.watched
        self._stirred = asyncio.Event()
        self._last = 0.0
        self._open: set[str] = set()
        self._digest = current.seen
        self._overtaken = False
        self.surprises = 0  # exceptions that no edit should bring, the same one too
        self._surprise = ""
        self._deafness = ""
        self._ended = False
        self._stats: dict[str, tuple[int, int, int, int]] = {}

    async def run(self) -> None:
        """Watch until cancelled. Callbacks are called on this loop, one at a time."""
        loop = asyncio.get_running_loop()

        def touched(kind: str, path: str) -> None:
            with contextlib.suppress(RuntimeError):  # the loop ended before the thread did
                loop.call_soon_threadsafe(self._note, kind, path)

        ears = Ears(self._watched, touched)
        try:
            await asyncio.to_thread(self._start, ears)
            missed = True  # what was edited since the load, nobody listened to
            while True:
                try:
                    await (self._settle() if missed else self._wait())
                    await self._reload()
                    missed = await asyncio.to_thread(self._listen, ears)
                except Exception as error:  # noqa: BLE001
                    # The boundary of an edit: whatever it brings to light, what runs goes on.
                    self._surprised(error)
                    missed = False
                    await self._clock.sleep(self._patience.check)
                else:
                    self._surprise = ""
                self._last = self._clock.monotonic()
        finally:
            self._ended = True
            ears.stop()

    def _start(self, ears: Ears) -> None:
        try:
            ears.start()
        except OSError as error:
            self._deaf(error)

    def _listen(self, ears: Ears) -> bool:
        """Listen where the folders are now; True where something changed while it did not."""
        try:
            moved = ears.move()
        except OSError as error:
            self._deaf(error)
            return False
        self._deafness = ""
        return moved and self._watched.stats() != self._stats

    def _deaf(self, error: OSError) -> None:
        if self._ended:
            return  # stopped while its thread still began to listen: nothing is wrong
        said = f"the config folder cannot be watched: {error.strerror or error}"
        if said == self._deafness:
            return  # it is tried anew with each reload
        self._deafness = said
        hint = f"edits are seen within {self._patience.check:g} s all the same"
        self._on_problem((Problem("", 0, 0, said, hint, Severity.WARNING),))

    def _surprised(self, error: Exception) -> None:
        """Tell of what no edit should do, once for as long as it is the same."""
        self.surprises += 1
        said = f"{type(error).__name__}: {error}"
        if said == self._surprise:
            return
        self._surprise = said
        logger.opt(exception=error).error("hot reload: {}", said)
        hint = "quanticity.log says where it came from"
        self.problems = (Problem("", 0, 0, f"an edit could not be taken up: {said}", hint),)
        self._on_problem(self.problems)

    def _note(self, kind: str, path: str) -> None:
        """An event, on the loop."""
        self._last = self._clock.monotonic()
        if kind == "modified":
            # Written to, and not closed since: what is told comes in order, and what is there by
            # now may be of the save after it. (A change of owner or times is not told.)
            self._open.add(path)
        else:
            self._open.discard(path)
        self._stirred.set()

    async def _wait(self) -> None:
        """Until something changed and is whole."""
        while True:
            try:
                async with asyncio.timeout(self._patience.check):
                    await self._stirred.wait()
            except TimeoutError:
                if await asyncio.to_thread(self._watched.stats) != self._stats:
                    return
                continue
            await self._settle()
            return

    async def _settle(self) -> None:
        began = self._clock.monotonic()
        while (now := self._clock.monotonic()) - began < self._patience.most:
            left = self._patience.quiet - (now - self._last)
            if left <= 0 and (not self._open or now - self._last > self._patience.open_file):
                break
            await self._clock.sleep(max(left, 0.01))
        self._stirred.clear()
        self._open.clear()

    async def _reload(self) -> None:
        loaded: Loaded | None = None
        problems: tuple[Problem, ...] = ()
        try:
            loaded = await asyncio.to_thread(self._load)
        except ConfigError as error:
            problems = error.problems
            # Of an empty file this was quick: a save that left it may still be to be told.
            await self._clock.sleep(self._patience.quiet)
        if self._is_overtaken():
            return
        if problems:
            self.problems = errors_of(problems)
            self._on_problem(problems)
        if loaded is None:
            return
        try:
            self._on_loaded(loaded)
        except ConfigError as error:
            self.problems = error.problems
            self._on_problem(error.problems)
        else:
            # A transform that broke holds up nothing: whoever takes the generation tells of it.
            self.current = loaded
            self.problems = errors_of(loaded.problems)

    def _is_overtaken(self) -> bool:
        """Whether a save began while files were read: then half of it may be what was read.

        It is waited for, once: of saves without end every second one is taken.
        """
        self._overtaken = bool(self._open) and not self._overtaken
        if self._overtaken:
            self._digest = ""
        return self._overtaken

    def _load(self) -> Loaded | None:
        """In a thread: nothing where no byte changed."""
        stats, digest = self._watched.stats(), self._watched.digest()
        self._stats = stats
        if digest == self._digest:
            return None
        self._digest = digest
        return self._loader.load(digest)
