"""Publishes, as long as a system runs, how it stands: the key that `status` reads, and others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from quanticity.clock import Clock
from quanticity.feeds.runner import FeedRunner
from quanticity.feeds.status import STATUS_KEY, by_source, published
from quanticity.logs import logger
from quanticity.store.ports import Store

_EVERY, _SELDOM = 1.0, 5.0
# With ten thousand feeds a table takes a tenth of a second and more, in which no feed starts.
_MOST_OF_THE_TIME = 0.05
_LIFE = 15.0
_GONE = 0.001


@dataclass(frozen=True, slots=True)
class About:
    """What the feeds do not know. Moments are of the system's clock; `refusal` is an edit's.

    `broken` are the transforms whose files do not load, with what runs in their place.
    """

    environment: str
    now: float
    when: str
    hash: str
    refusal: str
    broken: Sequence[str] = ()


async def publish(feeds: FeedRunner, store: Store, wall: Clock, about: Callable[[], About]) -> None:
    """Go on until cancelled: each second, or as seldom as keeps it to a twentieth of the time."""
    failed = 0
    while True:
        began = wall.monotonic()
        try:
            _once(feeds, store, about())
        except Exception as error:  # noqa: BLE001
            # What is told of the feeds must never end them, whatever anybody has put into a text.
            failed += 1
            if failed == 1:
                logger.opt(exception=error).error("how the system stands is not published")
        took = wall.monotonic() - began
        await wall.sleep(min(_SELDOM, max(_EVERY, took / _MOST_OF_THE_TIME)))


def withdraw(store: Store) -> None:
    """Of a run that ended: what is told of it would look like another run to the next one."""
    store.put_plain(STATUS_KEY, "", _GONE)


def _once(feeds: FeedRunner, store: Store, about: About) -> None:
    config = {
        "generation": feeds.generation,
        "hash": about.hash,
        "last_error": about.refusal,
        "transforms": list(about.broken),
    }
    rows = feeds.rows()
    summary = feeds.summary(rows)
    text = published(
        about.environment,
        about.now,
        about.when,
        rows,
        replace(summary, last_error=summary.last_error or about.refusal),
        feeds.budgets(),
        feeds.costs(),
        feeds.keys(),
        feeds.aggregates.failovers(),
        feeds.aggregates.states(),
        config,
    )
    for key, told in ((STATUS_KEY, text), *by_source(rows, about.now)):
        store.put_plain(key, told, _LIFE)
