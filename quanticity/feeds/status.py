"""What a running system publishes of itself, for `status`, and for whoever watches it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from statistics import median
from typing import Any

import orjson

from quanticity.feeds.report import FeedRow, Summary
from quanticity.logs import redact
from quanticity.store.names import short_name

STATUS_KEY = "quanticity:status"
_MOST_ERRORS = 100


def published(
    environment: str,
    now: float,
    when: str,
    rows: Sequence[FeedRow],
    summary: Summary,
    budgets: Sequence[Mapping[str, Any]],
    costs: Sequence[Mapping[str, Any]],
    keys: Sequence[Mapping[str, Any]],
    failovers: Sequence[Mapping[str, Any]],
    aggregates: Sequence[Mapping[str, Any]],
    config: Mapping[str, Any],
) -> str:
    """The JSON text under `quanticity:status`. Times are epoch seconds of the system's clock."""
    told = {
        "environment": environment,
        "now": now,
        "when": when,
        "summary": {**asdict(summary), "last_error": redact(summary.last_error)},
        "config": config,
        "budgets": budgets,
        "costs": costs,
        "keys": keys,
        "failovers": failovers,
        "aggregates": aggregates,
        "feeds": [*_shown(rows)],
    }
    return orjson.dumps(told).decode()


def by_source(rows: Iterable[FeedRow], now: float) -> Iterator[tuple[str, str]]:
    """Keys `monitoring:api:av:metrics` and `:errors`, with their JSON texts: how each vendor fares.

    Latency is the median of its feeds' last answers, in seconds; null where none has answered.
    """
    sources: dict[str, list[FeedRow]] = {}
    for row in rows:
        sources.setdefault(short_name(row.key, row.source), []).append(row)
    for short, feeds in sources.items():
        latencies = [row.latency for row in feeds if row.latency is not None]
        left = [row.calls_left for row in feeds if row.calls_left is not None]
        wrong = [row for row in feeds if row.status == "error"]
        metrics = {
            "at": now,
            "feeds": len(feeds),
            "failing": len(wrong),
            "stale": sum(row.status == "stale" for row in feeds),
            "fetches": sum(row.fetches for row in feeds),
            "failures": sum(row.failures for row in feeds),
            "skipped": sum(row.skipped for row in feeds),
            "messages": sum(row.messages for row in feeds),
            "latency": median(latencies) if latencies else None,
            "calls_left": min(left, default=None),
        }
        errors = [{"feed": row.feed, "reason": redact(row.reason)} for row in wrong[:_MOST_ERRORS]]
        told = {"at": now, "count": len(wrong), "errors": errors}
        yield f"monitoring:api:{short}:metrics", orjson.dumps(metrics).decode()
        yield f"monitoring:api:{short}:errors", orjson.dumps(told).decode()


def _shown(rows: Iterable[FeedRow]) -> Iterator[FeedRow]:
    """Rows without secrets, as orjson takes them; what many wait for is looked through once."""
    clean = {"": ""}
    for row in rows:
        reason = clean.get(row.reason)
        if reason is None:
            reason = clean[row.reason] = redact(row.reason)
        yield row if reason == row.reason else replace(row, reason=reason)
