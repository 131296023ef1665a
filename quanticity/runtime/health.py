"""The health of each binding, for whoever looks and for what depends on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from quanticity.model import Kind, Write
from quanticity.runtime.binding import Binding
from quanticity.runtime.declared import kind_of
from quanticity.runtime.engine import Engine
from quanticity.runtime.execute import Result
from quanticity.runtime.job import Job
from quanticity.store.ports import Store

COMPONENTS_KEY = "runtime:components"
EDGES_KEY = "runtime:edges"
STATUS_KEY = "analytics:STATUS"
ALERTS_KEY = "analytics:alerts"
_LIFE = 15.0
_ALERTS_LIFE = 7 * 86_400.0
_ALERTS_CAP = 5000
_DURATIONS = 128
_BEGINNING = "0-0"


@dataclass(frozen=True, slots=True)
class Row:
    """One binding. Times are epoch seconds, durations and ages seconds.

    `status` is `ok`, `first` (it never ran), `waiting` (for an input: `reason` says which) or
    `held` (it failed: why, where, and `until` when it is left alone).
    """

    id: str
    component: str
    kind: str
    plugin: str
    status: str
    reason: str
    where: str
    until: float | None
    last_run: float | None
    runs: int
    failures: int
    p50: float | None
    p95: float | None
    total: float
    ages: Mapping[str, float | None]
    writes: tuple[str, ...]
    digest: str


class _Count:
    __slots__ = ("durations", "failures", "last_error", "runs", "total")

    def __init__(self) -> None:
        self.runs = self.failures = 0
        self.durations: deque[float] = deque(maxlen=_DURATIONS)
        self.last_error = ""
        self.total = 0.0


class Health:
    """Counts of one worker. `generation` is that of the bindings in force."""

    def __init__(self) -> None:
        self.generation = 1
        self.last_error = ""
        self._counts: dict[str, _Count] = {}

    def ran(self, job: Job, result: Result) -> bool:
        """Count a run; True where it ended otherwise than the one before: that is news."""
        count = self._counts.setdefault(job.binding.id, _Count())
        count.runs += 1
        count.durations.append(result.seconds)
        count.total += result.seconds
        if result.error:
            count.failures += 1
        news = result.error != count.last_error
        count.last_error = result.error
        return news

    def rows(self, engine: Engine, now: float) -> list[Row]:
        """Every binding as it stands."""
        return [self._row(engine, name, now) for name in engine.bindings]

    def _row(self, engine: Engine, name: str, now: float) -> Row:
        standing = engine.standing(name)
        binding = standing.binding
        count = self._counts.get(name) or _Count()
        held = engine.quarantine.of(name)
        status, reason, where, until = "ok", "", "", None
        if held is not None:
            status, reason, where, until = "held", held.reason, held.where, held.until
        elif standing.skip is not None:
            status, reason = "waiting", str(standing.skip)
        elif wrong := _wrong(binding, engine):
            status, reason = "waiting", wrong
        elif standing.saved.ran is None:
            lacking = _lacking(binding, engine)
            status = "waiting" if lacking else "first"
            reason = f"no value yet of {', '.join(lacking)}" if lacking else ""
        durations = sorted(count.durations)
        return Row(
            id=name,
            component=binding.component.name,
            kind=kind_of(binding.component),
            plugin=binding.plugin,
            status=status,
            reason=reason,
            where=where,
            until=until,
            last_run=standing.saved.ran,
            runs=count.runs,
            failures=count.failures,
            p50=durations[len(durations) // 2] if durations else None,
            p95=durations[len(durations) * 95 // 100] if durations else None,
            total=count.total,
            ages={key: engine.shelf.age(key, now) for key in binding.latest},
            writes=tuple(write.key for write in binding.writes.values()),
            digest=binding.digest,
        )

    def publish(self, store: Store, engine: Engine, now: float) -> None:
        """Write the rows for `status` and `components`, and the heartbeats that others watch."""
        rows = self.rows(engine, now)
        told = {
            "at": now,
            "generation": self.generation,
            "last_error": self.last_error,
            "components": [asdict(row) for row in rows],
        }
        store.put_plain(COMPONENTS_KEY, orjson.dumps(told).decode(), _LIFE)
        store.put_plain(STATUS_KEY, orjson.dumps(_status(rows, now)).decode(), _LIFE)
        for component in {row.component for row in rows}:
            store.put_plain(f"module:heartbeat:{component}", repr(now), _LIFE)


def alert(store: Store, kind: str, component: str, message: str, now: float, **more: Any) -> None:
    """One event at `analytics:alerts`; docs/keys.md has the kinds."""
    told = {"kind": kind, "component": component, "message": message, **more}
    data = orjson.dumps(told)
    life, cap = _ALERTS_LIFE, _ALERTS_CAP
    store.put(Write(ALERTS_KEY, data, "runtime", now, now, life, Kind.EVENTS, None, cap))


def _wrong(binding: Binding, engine: Engine) -> str:
    """The first key it cannot do without whose newest text cannot be read, and why."""
    needed = (
        key for read in binding.reads.values() if not read.optional for key in read.keys.values()
    )
    told = ((key, engine.shelf.wrong(key)) for key in needed)
    return next((f"{key} cannot be read: {why}" for key, why in told if why), "")


def _lacking(binding: Binding, engine: Engine) -> list[str]:
    """What one that never ran cannot run without, else what alone would make it run."""
    shelf = engine.shelf
    needed = [
        key
        for read in binding.reads.values()
        for key in read.keys.values()
        if not read.optional and read.kind is Kind.LATEST and shelf.last(key) is None
    ]
    timed = len(binding.changes) < len(binding.triggers)
    makes = () if timed or needed else sorted(binding.watched)
    return needed or [key for key in makes if shelf.last(key) in (None, _BEGINNING)]


def _status(rows: Iterable[Row], now: float) -> dict[str, Any]:
    jobs = {
        row.id: {
            "heartbeat": now,
            "last_run": row.last_run,
            "status": row.status,
            **({"reason": row.reason} if row.reason else {}),
        }
        for row in rows
    }
    well = sum(job["status"] == "ok" for job in jobs.values())
    return {"timestamp": now, "ok": well, "of": len(jobs), "jobs": jobs}
