"""How a feed stands, in the words of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quanticity import words
from quanticity.feeds.feed import Feed
from quanticity.feeds.past import Past
from quanticity.feeds.report import FeedRow, Summary
from quanticity.feeds.stream_feed import StreamFeed
from quanticity.feeds.stream_stats import StreamStats
from quanticity.logs import redact
from quanticity.pace.state import BudgetState, JobState, State
from quanticity.store.ports import Store


def row_of(feed: Feed, state: State, *, drift: str, now: float) -> FeedRow:
    """One line of the table."""
    stats = feed.stats
    job = state.jobs.get(feed.id)
    budget = state.budgets.get(feed.recipe.vendor.source.budget)
    age = feed.age(now)
    status, reason = _status(feed, job, age, drift=drift, now=now)
    return FeedRow(
        feed=feed.id,
        source=feed.recipe.vendor.name,
        endpoint=feed.recipe.given.name,
        group=feed.recipe.group,
        key=feed.key,
        status=status,
        reason=reason,
        age=age,
        next_due=job.next_due if job is not None else None,
        latency=stats.latency,
        calls_left=budget.calls_left if budget is not None else None,
        fetches=stats.fetches,
        failures=stats.failures,
        skipped=job.skipped if job is not None else 0,
    )


def stream_row(feed: StreamFeed, stream: StreamStats, *, drift: str, now: float) -> FeedRow:
    """One line of the table for a channel of a websocket."""
    stats = feed.stats
    status, reason = "ok", stats.note
    if stats.error or stream.error:
        status, reason = "error", stats.error or stream.error
    elif stream.state not in ("open", "off"):  # one that was ended is as it was
        status, reason = "first", stream.state
    elif drift:
        status, reason = "drift", drift.removeprefix(f"{feed.id}: ")
    elif stats.received is None:
        status, reason = "first", stats.note or _nothing_yet(stream)
    elif (age := feed.age(now)) is not None and age > feed.limit(now):
        status, reason = "stale", f"older than {feed.limit(now):g} s"
    return FeedRow(
        feed=feed.id,
        source=feed.vendor.name,
        endpoint=feed.given.name,
        group=feed.given.group,
        key=feed.key,
        status=status,
        reason=reason,
        age=feed.age(now),
        failures=stats.failures,
        messages=stats.fetches,
    )


def _nothing_yet(stream: StreamStats) -> str:
    if not stream.unrouted:
        return "no message yet"
    stray = f"{words.count(stream.unrouted, 'frame')} came for no feed; the latest {stream.stray}"
    return f"no message yet; {redact(stray)}"


def _status(
    feed: Feed, job: JobState | None, age: float | None, *, drift: str, now: float
) -> tuple[str, str]:
    stats = feed.stats
    if stats.error:
        breaker = feed.recipe.breaker
        alone = f" (left alone after {breaker.failures} failures in a row)"
        return "error", stats.error + (alone if breaker.is_open else "")
    waiting = held_by(job) if job is not None else ""
    if age is None:
        if stats.running:
            return "running", "first fetch"
        if stats.note:
            return "ok", stats.note
        return ("held", waiting) if waiting else ("first", "for its first turn")
    if age > feed.limit(now):
        # What its conditions keep from running is not late.
        return ("held", waiting) if waiting else ("stale", f"older than {feed.limit(now):g} s")
    if (old := feed.behind(now)) is not None:
        return "stale", f"the vendor's own time is {old:.0f} s ago"
    if drift:
        return "drift", drift.removeprefix(f"{feed.id}: ")
    return "ok", stats.note


def held_by(job: JobState) -> str:
    """What keeps a run back: its own conditions, or a limit that has no call for it now."""
    return f"no call is free now ({job.reason})" if job.waiting and job.reason else job.reason


def summary_of(
    rows: Sequence[FeedRow], past: Past, store: Store, generation: int, last_error: str
) -> Summary:
    """All lines in one, and what was fetched by those that are gone."""
    kept, _, _ = store.kept
    return Summary(
        feeds=len(rows),
        alive=sum(row.status in ("ok", "running", "drift") and row.age is not None for row in rows),
        stale=sum(row.status == "stale" for row in rows),
        failing=sum(row.status == "error" for row in rows),
        fetches=past.fetches + sum(row.fetches for row in rows),
        failures=past.failures + sum(row.failures for row in rows),
        skipped=sum(row.skipped for row in rows),
        writes_waiting=kept,
        generation=generation,
        last_error=last_error,
        endpoints=len({(row.source, row.endpoint) for row in rows}),
        messages=past.messages + sum(row.messages for row in rows),
    )


def budget_row(budget: BudgetState) -> Mapping[str, Any]:
    """A budget as programs read it; moments are epoch seconds, lengths seconds."""
    return {
        "name": budget.name,
        "windows": [
            {
                "seconds": window.length,
                "limit": window.limit,
                "usable": window.usable,
                "held": window.held,
                "left": window.left,
                "tightened_by": window.tightened_by,
                "resets_at": window.resets_at,
            }
            for window in budget.windows
        ],
        "in_flight": budget.in_flight,
        "max_in_flight": budget.max_in_flight,
        "stopped_until": budget.stopped_until,
        "why": budget.why,
        "waiting": {group.value: count for group, count in budget.waiting.items()},
        "lent": {group.value: count for group, count in budget.lent.items()},
        "mean_round_trip": budget.mean_round_trip,
    }
