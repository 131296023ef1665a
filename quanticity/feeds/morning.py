"""What the morning's list says of the config, the calendar, and of a second run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from quanticity import words
from quanticity.clock import EASTERN, Calendar, Session
from quanticity.config.loaded import Loaded
from quanticity.errors import Severity, errors_of
from quanticity.feeds.report import Change, Report

_QUIET = (Session.WEEKEND, Session.HOLIDAY, Session.OVERNIGHT)
# More than the longest closure has.
_MOST_CHANGES = 30
_NAMED = 3


def not_alone(*, anywhere: bool) -> str:
    """What a second run means; on a server of a person's own it may have come from `anywhere`."""
    killed, own = (" (or was killed seconds ago)", "") if anywhere else ("", " with --data DIR")
    return (
        f"another run writes to this store{killed}. Both go on: they share the limits, so each "
        "value is fetched twice and less often. Stop one of them, or give this one a store of its "
        f"own{own}"
    )


def config_line(loaded: Loaded) -> str:
    """The environment, how many sources and endpoints are on, and which of theirs are off."""
    effective = loaded.effective
    on = [source for source in effective.sources.values() if source.off is None]
    endpoints = sum(1 for _ in effective.running())
    off = [one.id for source in on for one in source.endpoints.values() if one.off is not None]
    named = f" (off: {words.some(off, _NAMED)})" if off else ""
    warned = len(new_warnings(None, loaded))
    warnings = f"; {words.count(warned, 'warning')}, see check" if warned else ""
    return (
        f"{loaded.environment}: {len(on)} of {words.count(len(effective.sources), 'source')} on, "
        f"{words.count(endpoints, 'endpoint')}{named}{warnings}"
    )


def tell_config(report: Report, loaded: Loaded) -> None:
    """The line of the config in the start's list; one with warnings is not ticked."""
    line = config_line(loaded)
    if new_warnings(None, loaded):
        report.warned("config", line)
    else:
        report.step("config", True, line)


def new_warnings(before: Loaded | None, loaded: Loaded) -> list[str]:
    """What a config is warned of that the one before was not, wherever in its file that stood."""
    known = {(one.file, one.message) for one in before.problems} if before is not None else set()
    return [
        str(one)
        for one in loaded.problems
        if one.severity is Severity.WARNING and (one.file, one.message) not in known
    ]


def transforms_told(before: Loaded | None, loaded: Loaded) -> tuple[list[str], list[str]]:
    """Of files of `transforms/` those that load again, and those that do not, each in a line."""
    was, broken = _broken(before) if before is not None else {}, _broken(loaded)
    mended = [f"{Path(file).stem} loads again" for file in was if file not in broken]
    used: dict[str, list[str]] = {}
    for name, path in loaded.modules.files.items():
        used.setdefault(f"{path.parent.name}/{path.name}", []).append(name)
    return mended, [_stands(file, used.get(file, ()), told) for file, told in broken.items()]


def _broken(loaded: Loaded) -> dict[str, list[str]]:
    """What is wrong, by file, though the generation is in use: nothing but `transforms/` may be."""
    found: dict[str, list[str]] = {}
    for one in errors_of(loaded.problems):
        found.setdefault(one.file, []).append(str(one))
    return found


def _stands(file: str, names: Sequence[str], told: Sequence[str]) -> str:
    """What runs in place of a file that does not load."""
    why = "; ".join(told)
    if not names:
        return f"{Path(file).stem}: is not in use ({why})"
    runs = "its last good version runs" if len(names) == 1 else "their last good versions run"
    return f"{', '.join(names)}: {runs} on ({why})"


def is_live(before: Loaded | None, loaded: Loaded, change: Change) -> bool:
    """Whether anything of an edit went live: where it only broke a transform, nothing did."""
    same = before is not None and before.hash == loaded.hash
    return not same or any((change.added, change.removed, change.changed, change.anew))


def time_line(now: float) -> str:
    """An epoch second as people read it."""
    return f"{datetime.fromtimestamp(now, EASTERN):%Y-%m-%d %H:%M:%S} ET"


def calendar_line(calendar: Calendar, now: float) -> str:
    """The time, the session, and until when it lasts; of a closed market, until it is not."""
    session, ends = calendar.session(now), calendar.next_change(now)
    quiet = session in _QUIET
    if quiet:
        # Nights, weekends and holidays meet at midnights, which are no news to anybody.
        for _ in range(_MOST_CHANGES):
            if calendar.session(ends) not in _QUIET:
                break
            ends = calendar.next_change(ends)
    until = datetime.fromtimestamp(ends, EASTERN)
    detail = f"{time_line(now)}, {session.value} until {until:%a %H:%M}"
    return detail + (", the market is closed" if quiet else "")


def turned_off(loaded: Loaded, removed: Iterable[str]) -> Iterator[str]:
    """A line for each source that is off by now, of the feeds (by id) that an edit removed."""
    for name in sorted({feed.partition(".")[0] for feed in removed}):
        source = loaded.effective.sources.get(name)
        if source is not None and source.off is not None:
            yield f"{name} is off: {source.off}"
