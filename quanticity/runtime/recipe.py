"""How a worker comes by its bindings: it makes them itself, from what can be sent to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from quanticity.clock import Calendar
from quanticity.errors import Problem
from quanticity.model import Kind
from quanticity.runtime.ages import Ages
from quanticity.runtime.binding import Binding
from quanticity.runtime.execute import Result
from quanticity.runtime.hooks import Hookwork
from quanticity.runtime.job import Job
from quanticity.runtime.patterns import Patterns
from quanticity.runtime.shunned import Shunned
from quanticity.store.redis_store import RedisStore


@dataclass(frozen=True, slots=True)
class Built:
    """Bindings, the limits of age they live by, what was wrong, and the hooks of the plugins.

    `refused` are names of components of which something was wrong: what runs of them goes on.
    `silent` are the patterns of the keys that those write, and `wanted` the names of all that the
    config wants to run: of these go on, too, whoever reads such a key, for it is still written.
    """

    bindings: Sequence[Binding]
    ages: Ages
    problems: Sequence[Problem] = ()
    hooks: Hookwork | None = None
    refused: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()

    def still(self, before: Iterable[Binding]) -> list[Binding]:
        """Of the bindings so far, those that go on because their new version was refused.

        And those that read what these write. Not one that would write what another writes now.
        """
        new = {one.id for one in self.bindings}
        taken = {key for one in self.bindings for key in _latest(one)}
        left = [one for one in before if one.id not in new and taken.isdisjoint(_latest(one))]
        kept = [one for one in left if one.component.name in self.refused]
        left = [one for one in left if one.component.name in self.wanted - self.refused]
        silent = Patterns[str]()
        for pattern in self.silent:
            silent.add(pattern, pattern)
        written = {write.key for one in kept for write in one.writes.values()}
        while more := [
            one
            for one in left
            if any(key in written or silent.find(key) is not None for key in _read(one))
        ]:
            kept += more
            written |= {write.key for one in more for write in one.writes.values()}
            left = [one for one in left if one not in more]
        return kept


def _latest(binding: Binding) -> Iterator[str]:
    return (write.key for write in binding.writes.values() if write.kind is Kind.LATEST)


def _read(binding: Binding) -> Iterator[str]:
    return (key for read in binding.reads.values() for key in read.keys.values())


class Recipe(Protocol):
    """Can be pickled. Plugins are loaded where they run, never in the process of the feeds."""

    @property
    def folders(self) -> Sequence[Path]:
        """Folders of Python files that it loads: a change there is taken over by itself."""
        ...

    def build(self, calendar: Calendar) -> Built:
        """Load and bind. Raises `ConfigError` where nothing can be had."""
        ...

    def shun(self, one: Shunned) -> None:
        """Do not load that version of a file, here and from now on."""
        ...


class RunObserver(Protocol):
    """Who is told of every run: a recorder."""

    def bound(self, bindings: Sequence[Binding]) -> None:
        """These are in force from now on."""
        ...

    def arrived(self, key: str, text: bytes) -> None:
        """A value was read, as it is stored."""
        ...

    def ran(self, job: Job, result: Result) -> None:
        """A run ended, well or not; it is told before its outputs are written."""
        ...

    def close(self) -> None:
        """The worker ends."""
        ...


class ObserverFor(Protocol):
    """Makes the observer in the worker's process. Can be pickled."""

    def __call__(self, store: RedisStore) -> RunObserver:
        """An observer beside this store."""
        ...
