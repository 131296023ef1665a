"""`rate_limit_config`: the notes' block of limits and groups, as limits of one source."""

from __future__ import annotations

from typing import Any

from quanticity.config.schema import RateLimits, Root, Window
from quanticity.config.schema.limits import RateLimitConfig
from quanticity.model import Priority

# The notes' own shares of 110 usable requests a minute; what is left is spare.
DEFAULT_SHARES = {Priority.CRITICAL: 60, Priority.IMPORTANT: 40, Priority.NICE_TO_HAVE: 10}
_OF = 110
_LONGEST_SHARED = 60.0


def candidates(root: Root) -> list[str]:
    """Sources that the block may mean: the one it names, else those without shares of their own."""
    notes = root.rate_limit_config
    if notes is None:
        return []
    if notes.source is not None:
        return [notes.source] if notes.source in root.data_sources else []
    return [name for name, source in root.data_sources.items() if not source.rate_limits.shares]


def target_of(root: Root) -> str | None:
    """The source that the block applies to, None where that is not clear."""
    found = candidates(root)
    return found[0] if len(found) == 1 else None


def shared_window(limits: RateLimits) -> Window | None:
    """The window that shares are counted in: the longest of up to a minute."""
    always = [window for window in limits.all_windows() if window.market_state is None]
    short = [window for window in always if window.length <= _LONGEST_SHARED]
    return short[-1] if short else None


def limits_of(notes: RateLimitConfig, limits: RateLimits) -> RateLimits:
    """`limits` with the block applied: the tighter limit of the two, and shares where none are."""
    changed: dict[str, Any] = {"buffer": max(notes.buffer, limits.buffer)}
    if notes.max_requests_per_minute is not None:
        given = limits.requests_per_minute or notes.max_requests_per_minute
        changed["requests_per_minute"] = min(given, notes.max_requests_per_minute)
    merged = limits.model_copy(update=changed)
    if limits.shares:
        return merged
    return merged.model_copy(update={"shares": _shares(notes, merged)})


def _shares(notes: RateLimitConfig, limits: RateLimits) -> dict[Priority, int]:
    if not notes.priority_groups:
        return {}
    given = {group: n for group, n in notes.priority_groups.items() if isinstance(n, int)}
    if given:
        return given
    window = shared_window(limits)
    if window is None:
        return {}
    return {group: share * window.usable // _OF for group, share in DEFAULT_SHARES.items()}
