"""What a worker tells people and plugins: failures, recoveries, and events that were lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from quanticity.clock import Clock
from quanticity.logs import logger
from quanticity.runtime.engine import Engine
from quanticity.runtime.execute import Result
from quanticity.runtime.health import alert
from quanticity.runtime.hooks import Hookwork
from quanticity.runtime.job import Job
from quanticity.runtime.pulse import LOADING, Pulse
from quanticity.runtime.recall import Recall
from quanticity.runtime.remembered import given_up
from quanticity.store.ports import Store


class News:
    """Lines, alerts and hooks of one worker. A hook may take `budget` seconds."""

    def __init__(
        self, store: Store, clock: Clock, pulse: Pulse, recall: Recall, budget: float
    ) -> None:
        self.hooks: Hookwork | None = None
        self._store = store
        self._clock = clock
        self._pulse = pulse
        self._recall = recall
        self._budget = budget
        self._refused: set[str] = set()

    def refused(self, given: Mapping[str, str]) -> None:
        """Say why something under a key could not be read: once a key."""
        for key, why in given.items():
            if key not in self._refused:
                self._refused.add(key)
                logger.warning("{}: {}", key, why)

    def ended(self, job: Job, result: Result) -> None:
        """A run ended otherwise than the one before."""
        name, now = job.binding.id, self._clock.now()
        if result.error:
            logger.warning("{} ({})", result.error, result.where)
            alert(self._store, "failed", name, result.error, now, where=result.where)
            failure = {"component": name, "error": result.error, "where": result.where}
            self.call("component_failed", failure=failure)
        else:
            logger.info("{}: it runs again", name)
            alert(self._store, "recovered", name, "it runs again", now)

    def states(self, engine: Engine, names: Iterable[str]) -> None:
        """Say what new versions do not take over of what older ones remembered."""
        for name in names:
            standing = engine.standing(name)
            said = given_up(standing.binding.component.State, standing.saved.state)
            if said:
                logger.warning("{}: {}", name, said)
                alert(self._store, "state", name, said, self._clock.now())

    async def gaps(self, engine: Engine, keys: Iterable[str]) -> None:
        """Say where a stream was cut off beyond what was read of it."""
        for key in await self._recall.gaps({key: engine.read_last(key) for key in keys}):
            said = f"events of {key} were lost: it keeps too few for how far behind we were"
            logger.warning("{}", said)
            for name in engine.readers(key):
                alert(self._store, "lost", name, said, self._clock.now())

    def call(self, hook: str, **given: Any) -> None:
        """Tell the plugins; what is wrong with one of their hooks stops nobody."""
        if self.hooks is None:
            return
        self._pulse.begin(LOADING, self._budget, self._clock.monotonic())
        for _, _, problem in self.hooks.call(hook, **given):
            if problem is not None:
                logger.warning("{}", problem)
        self._pulse.end()
