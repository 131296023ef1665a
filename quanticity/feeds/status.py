"""What a running system publishes of itself, for `status`, and for whoever watches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from quanticity.feeds.report import FeedRow, Summary
from quanticity.logs import redact

STATUS_KEY = "quanticity:status"


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
        "feeds": [_shown(row) for row in rows],
    }
    return orjson.dumps(told).decode()


def _shown(row: FeedRow) -> dict[str, Any]:
    told = asdict(row)
    if row.reason:
        told["reason"] = redact(row.reason)
    return told
