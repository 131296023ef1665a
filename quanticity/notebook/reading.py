"""Where a notebook's values come from: the running system, or a recording."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec
import orjson
import pandas as pd

from quanticity.cli.attach import with_store
from quanticity.cli.options import resolve
from quanticity.clock import EASTERN, LiveClock
from quanticity.errors import KeyNotFound
from quanticity.journal.reader import Recording, open_recording
from quanticity.journal.records import Value, order
from quanticity.notebook.frames import frame
from quanticity.spec import near
from quanticity.store.redis_store import RedisStore
from quanticity.views import Stored
from quanticity.views.base import stored

T = TypeVar("T")
Moment = str | datetime | pd.Timestamp | float | None

_MOST_EVENTS = 10_000
# A value is written this much later than it was received, at most: merging pages takes time.
_LATE_MS = 600_000


def live(
    key: str,
    *,
    env: str | None = None,
    config: str | Path | None = None,
    data: str | Path | None = None,
) -> pd.DataFrame:
    """A key of the running system: its latest value, or the events it holds.

    What the system tells of itself (`analytics:STATUS`) has the time of the reading.
    `KeyNotFound` where there is none, `StoreUnavailable` where nothing runs.
    """

    async def read(store: RedisStore) -> list[Stored]:
        texts, events = await store.fetch([key], {key: "0-0"}, _MOST_EVENTS)
        found = [text for text in texts if text is not None] or list(events.get(key, ()))
        if not found:
            raise KeyNotFound(_nothing(key, [name for name, _ in await store.keys("*")]))
        return [_stored(text) for text in found]

    return frame(_asked(read, env, config, data))


def keys(
    pattern: str = "*",
    *,
    env: str | None = None,
    config: str | Path | None = None,
    data: str | Path | None = None,
) -> list[str]:
    """Names of the running system's keys, by glob pattern."""

    async def read(store: RedisStore) -> list[str]:
        return [name for name, _ in await store.keys(pattern)]

    return _asked(read, env, config, data)


def recorded(
    key: str, folder: str | Path, *, since: Moment = None, until: Moment = None
) -> pd.DataFrame:
    """Every recorded value of a key that was received from `since` to `until`, both included.

    A moment is a text (`"2026-01-05 10:00"`), a datetime or epoch seconds; without a zone it is
    Eastern. `KeyNotFound` where the key has no value there. Damage is passed over.
    """
    recording = open_recording(Path(folder))
    begin, end = _epoch(since), _epoch(until)
    values = list(_values(recording, key, begin, end))
    if not values:
        names = recorded_keys(folder)
        if key in names:
            raise KeyNotFound(
                f"'{key}' has no value from {since or 'the begin'} to {until or 'now'}"
            )
        raise KeyNotFound(_nothing(key, names))
    return frame(values)


def recorded_keys(folder: str | Path) -> list[str]:
    """Names of the keys that a recording holds."""
    records = open_recording(Path(folder)).records()
    return sorted({record.key for record in records if isinstance(record, Value)})


def _values(
    recording: Recording, key: str, begin: float | None, end: float | None
) -> Iterator[Stored]:
    since, until = _span(recording, begin, end)
    seen: set[str] = set()
    for record in recording.records(since, until):
        if not isinstance(record, Value) or record.key != key or record.seq in seen:
            continue
        one = stored(record.text)
        if (begin is None or one.received >= begin) and (end is None or one.received <= end):
            seen.add(record.seq)
            yield one


def _span(recording: Recording, begin: float | None, end: float | None) -> tuple[int, int | None]:
    """The milliseconds of seqs that a range can lie in: in `demo` the two times are apart."""
    apart = 0.0
    for record in recording.records():
        if isinstance(record, Value) and not record.after:
            apart = order(record.seq)[0] - stored(record.text).received * 1000
            break
    since = 0 if begin is None else max(0, round(begin * 1000 + apart) - _LATE_MS)
    return since, None if end is None else round(end * 1000 + apart) + _LATE_MS


def _epoch(moment: Moment) -> float | None:
    if moment is None or isinstance(moment, int | float):
        return moment
    at = pd.Timestamp(moment)
    return (at.tz_localize(EASTERN) if at.tzinfo is None else at).timestamp()


def _nothing(key: str, names: list[str]) -> str:
    hint = near(key, names)
    return f"there is no value under '{key}'" + (f"; {hint}" if hint else "")


def _stored(text: bytes) -> Stored:
    try:
        return stored(text)
    except msgspec.DecodeError:
        now = LiveClock().now()
        try:
            data = orjson.dumps(orjson.loads(text))
        except orjson.JSONDecodeError:
            data = orjson.dumps(text.decode(errors="replace"))
        return Stored(now, now, "", "", "", msgspec.Raw(data))


def _asked(
    read: Callable[[RedisStore], Awaitable[T]],
    env: str | None,
    config: str | Path | None,
    data: str | Path | None,
) -> T:
    folders = (None if one is None else Path(one) for one in (config, data))
    place = resolve(env, *folders)
    # A notebook has a loop of its own that already runs in this thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(with_store, place, read).result()
