"""Limits, shares and schedules that cannot be kept."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from quanticity.config.lint.context import Checked
from quanticity.config.lint.patterns import check_pattern
from quanticity.config.lint.zones import is_zone
from quanticity.config.notes_limits import candidates, shared_window
from quanticity.config.schema import RateLimits
from quanticity.config.schema.limits import RateLimitConfig
from quanticity.errors import Problem
from quanticity.spec import Path, near


def check_limits(config: Checked) -> Iterator[Problem]:
    """Shares beyond the limit, contradicting budgets, resets that no zone has."""
    budgets: dict[str, tuple[str, RateLimits]] = {}
    for name, source in config.root.data_sources.items():
        limits = source.rate_limits
        at: Path = ("data_sources", name, "rate_limits")
        yield from _shares(config, name, at)
        for index, window in enumerate(limits.windows):
            if window.reset is not None and not is_zone(window.reset.partition(" ")[2]):
                yield config.error((*at, "windows", index, "reset"), f"no zone in '{window.reset}'")
        for index, limit in enumerate(limits.body_limits):
            yield from check_pattern(config, (*at, "body_limits", index, "matches"), limit.matches)
        if limits.budget is not None and limits.all_windows():
            first, known = budgets.setdefault(limits.budget, (name, limits))
            if known.all_windows() != limits.all_windows():
                said = f"the budget '{limits.budget}' has other limits in source '{first}'"
                yield config.error((*at, "budget"), said, "give its limits in one source only")


def check_one_key(config: Checked) -> Iterator[Problem]:
    """Sources that ask one host with one key, each within limits that it has to itself."""
    known: dict[tuple[str, tuple[str, ...]], tuple[str, str]] = {}
    for name, source in config.root.data_sources.items():
        host = _host(source.base_url)
        doubtful = not config.clear((name, ""), {"base_url", "auth", "rate_limits"})
        if not source.enabled or not source.auth.variables or not host or doubtful:
            continue
        budget = source.rate_limits.budget or name
        first, shared = known.setdefault((host, source.auth.variables), (name, budget))
        limits = (source.rate_limits, config.root.data_sources[first].rate_limits)
        if budget != shared and any(each.all_windows() or each.max_in_flight for each in limits):
            key = " and ".join(source.auth.variables)
            said = f"{host} counts its requests with those of '{first}', whose key is {key} too"
            hint = f"write 'budget: {shared}' here, and both keep to the same limits together"
            yield config.warning(("data_sources", name, "rate_limits"), said, hint)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _shares(config: Checked, name: str, at: Path) -> Iterator[Problem]:
    written = config.root.data_sources[name].rate_limits
    limits = config.effective.sources[name].limits
    if not limits.shares:
        return
    path: Path = (*at, "shares") if written.shares else ("rate_limit_config", "priority_groups")
    window = shared_window(limits)
    if window is None:
        yield config.error(path, "shares need a window of up to a minute")
        return
    total = sum(limits.shares.values())
    if total > window.usable:
        said = f"the shares add up to {total}, and {window.usable} of {window.limit} can be used"
        yield config.error(path, said)


def check_notes(config: Checked) -> Iterator[Problem]:
    """`rate_limit_config`: which source it means, and members that are no feeds of it."""
    sources = config.root.data_sources
    notes = config.root.rate_limit_config
    # Limits that could not be read would make it mean another source.
    if notes is not None and all(
        config.clear((name, ""), {"rate_limits", "endpoints"}) for name in sources
    ):
        yield from _notes(config, notes)


def _notes(config: Checked, notes: RateLimitConfig) -> Iterator[Problem]:
    at: Path = ("rate_limit_config",)
    sources = config.root.data_sources
    found = candidates(config.root)
    if notes.source is not None and notes.source not in sources:
        if (notes.source, "") not in config.broken:
            hint = near(notes.source, sources) or f"there is {', '.join(sources) or 'none'}"
            yield config.error((*at, "source"), f"there is no source '{notes.source}'", hint)
        return
    if len(found) > 1:
        said = f"it may mean {', '.join(found[:-1])} or {found[-1]}"
        yield config.error(at, said, "say which: 'source: NAME'")
        return
    if not found:
        said = "no source is without shares of its own, so the limits apply to none"
        yield config.warning(at, said, "give 'source: NAME'")
    of = found or list(sources)
    known = {name for source, name in config.places() if source in of}
    where: dict[str, str] = {}
    for group, members in notes.priority_groups.items():
        for index, name in enumerate(() if isinstance(members, int) else members):
            path: Path = (*at, "priority_groups", group.value, index)
            if name not in known:
                said = f"there is no feed '{name}' in {' or '.join(of) or 'the config'}"
                yield config.error(path, said, near(name, known))
            elif where.setdefault(name, group.value) != group.value:
                yield config.error(path, f"'{name}' is in group {where[name]} too")
