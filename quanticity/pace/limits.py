"""What a budget allows, as pacing needs it: made from the `rate_limits` of a source.

Several sources may name one budget (one token, one host); its limits are then the tightest of
theirs. Shares are slots of the *main* window: the longest of up to a minute.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from quanticity.clock import Session
from quanticity.config.schema.limits import RateLimitConfig, RateLimits, Window
from quanticity.config.schema.root import Root
from quanticity.model import Priority
from quanticity.pace.hours import STATES

# The notes' own shares, of the 110 requests a minute that they use.
NOTES_SHARES = {Priority.CRITICAL: 60, Priority.IMPORTANT: 40, Priority.NICE_TO_HAVE: 10}
NOTES_USABLE = 110
SHARE_WINDOW = 60.0
EXACT_WINDOW = 600.0
RESERVE_FRACTION = 0.02
SMALLEST_WITH_RESERVE = 5
# A window that holds in other sessions only allows so many: it counts, and limits nothing.
NO_LIMIT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Reset:
    """When a counted day or month starts anew."""

    at: time
    zone: str
    monthly: bool = False

    @classmethod
    def parse(cls, text: str, *, monthly: bool) -> Reset:
        """From `20:00 America/New_York`."""
        clock, zone = text.split(" ", 1)
        hour, minute = clock.split(":")
        return cls(time(int(hour), int(minute)), zone, monthly)

    def around(self, wall: float) -> tuple[float, float, float]:
        """The reset before the last, the last one at or before `wall`, and the next."""
        zone = ZoneInfo(self.zone)
        day = datetime.fromtimestamp(wall, zone).date()
        if self.monthly:
            first = day.replace(day=1)
            months = [first]
            for _ in range(2):
                months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
            for _ in range(2):
                months.append((months[-1] + timedelta(days=32)).replace(day=1))
            days = months
        else:
            days = [day + timedelta(days=shift) for shift in range(-2, 3)]
        moments = [datetime.combine(one, self.at, zone).timestamp() for one in days]
        last = max(index for index, moment in enumerate(moments) if moment <= wall)
        return moments[last - 1], moments[last], moments[last + 1]

    def between(self, moment: float) -> tuple[float, float]:
        """The first and the last moment that a vendor may mean by the reset at `moment`.

        They are one but in nights in which clocks are set: then a time of day comes twice or never.
        """
        zone = ZoneInfo(self.zone)
        day = datetime.fromtimestamp(moment, zone).date()
        told = datetime.combine(day, self.at, zone)
        either = told.timestamp(), told.replace(fold=1).timestamp()
        return min(either), max(either)


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """At most `usable` of the vendor's `limit` in any `length` seconds, or between resets."""

    length: float
    limit: int
    usable: int
    reset: Reset | None = None

    @property
    def limits(self) -> bool:
        """False where it only counts, for a session in which it will hold."""
        return self.usable < NO_LIMIT


@dataclass(frozen=True, slots=True)
class BudgetSpec:
    """All limits of one budget.

    `windows` are shortest first, one for each length. `shares` are slots of the main window by
    rank, clipped so that they and the reserve fit into it, and all zero where none are given.
    `grace` (seconds) is how long a request that was given up may still be on its way.
    `sometimes` are windows that hold in some sessions only: `within` has those of one.
    """

    windows: tuple[WindowSpec, ...] = ()
    burst: int | None = None
    max_in_flight: int | None = None
    shares: tuple[int, int, int, int] = (0, 0, 0, 0)
    reserve: int = 0
    grace: float = 5.0
    sometimes: tuple[tuple[frozenset[Session], WindowSpec], ...] = ()

    def within(self, session: Session) -> BudgetSpec:
        """What is allowed in a session; shares and reserve shrink with the main window."""
        if not self.sometimes:
            return self
        held = [window for sessions, window in self.sometimes if session in sessions]
        windows = _tightest((*self.windows, *held))
        before, main = self.main, main_window(windows)
        if before is None or main is None or main.usable == before.usable:
            return replace(self, windows=windows, sometimes=())
        part = main.usable / before.usable * before.length / main.length
        reserve = min(math.ceil(self.reserve * part), main.usable - 1)
        shares = {group: math.floor(self.shares[group.rank] * part) for group in Priority}
        clipped = _clip(shares, main.usable - reserve)
        return replace(self, windows=windows, shares=clipped, reserve=reserve, sometimes=())

    def counting(self, session: Session) -> BudgetSpec:
        """What is allowed in a session, with windows that only count where they hold in others.

        What was spent before counts in those from the first moment of their session on. They roll,
        and are of up to ten minutes: a config with others does not load.
        """
        if not self.sometimes:
            return self
        within = self.within(session)
        idle = [WindowSpec(one.length, NO_LIMIT, NO_LIMIT) for _, one in self.sometimes]
        return replace(within, windows=_tightest((*within.windows, *idle)))

    @property
    def main(self) -> WindowSpec | None:
        """The window that shares and reserve are slots of."""
        return main_window(self.windows)

    @property
    def has_shares(self) -> bool:
        """False where the groups mean priority order only."""
        return any(self.shares)


def main_window(windows: Iterable[WindowSpec]) -> WindowSpec | None:
    """The longest window of up to a minute, else the shortest of those counted exactly."""
    exact = [one for one in windows if one.reset is None and one.length <= EXACT_WINDOW]
    exact = [one for one in exact if one.limits]
    small = [one for one in exact if one.length <= SHARE_WINDOW]
    return small[-1] if small else (exact[0] if exact else None)


def default_reserve(window: WindowSpec) -> int:
    """2% of the limit and at least one slot; none where that would be a large part of it."""
    if window.usable < SMALLEST_WITH_RESERVE:
        return 0
    return max(1, math.ceil(RESERVE_FRACTION * window.limit))


def budget_spec(limits: RateLimits, notes: RateLimitConfig | None = None) -> BudgetSpec:
    """What `limits` allow; `notes` is the notes' block, where it applies to this source."""
    given = list(limits.all_windows())
    if notes is not None and notes.max_requests_per_minute:
        buffer = min(notes.buffer, notes.max_requests_per_minute - 1)
        given.append(Window(limit=notes.max_requests_per_minute, seconds=60, buffer=buffer))
    windows = _tightest(_window(one) for one in given if one.market_state is None)
    sometimes = tuple(
        (STATES[one.market_state], _window(one)) for one in given if one.market_state is not None
    )
    main = main_window(windows)
    reserve = 0
    shares = (0, 0, 0, 0)
    if main is not None:
        reserve = default_reserve(main) if limits.reserve is None else limits.reserve
        reserve = min(reserve, main.usable - 1)
        shares = _clip(_shares(limits, notes, main), main.usable - reserve)
    return BudgetSpec(
        windows, limits.burst_size, limits.max_in_flight, shares, reserve, sometimes=sometimes
    )


def budgets_of(root: Root) -> dict[str, BudgetSpec]:
    """Every budget that the sources of a config name."""
    found: dict[str, BudgetSpec] = {}
    for name, source in root.data_sources.items():
        spec = budget_spec(source.rate_limits, notes_for(root, name))
        budget = budget_name(root, name)
        found[budget] = _join(found[budget], spec) if budget in found else spec
    return found


def budget_name(root: Root, source: str) -> str:
    """The budget that a source draws on: the one it names, else its own."""
    return root.data_sources[source].rate_limits.budget or source


def notes_for(root: Root, source: str) -> RateLimitConfig | None:
    """The notes' block of limits, where it applies to `source`."""
    notes = root.rate_limit_config
    if notes is None:
        return None
    if notes.source is None:
        return notes if len(root.data_sources) == 1 else None
    return notes if notes.source == source else None


def _window(given: Window) -> WindowSpec:
    reset = None
    if given.reset is not None:
        reset = Reset.parse(given.reset, monthly=given.per == "month")
    return WindowSpec(given.length, given.limit, given.usable, reset)


def _tightest(windows: Iterable[WindowSpec]) -> tuple[WindowSpec, ...]:
    best: dict[tuple[float, Reset | None], WindowSpec] = {}
    for one in windows:
        mark = (one.length, one.reset)
        if mark not in best or one.usable < best[mark].usable:
            best[mark] = one
    return tuple(sorted(best.values(), key=lambda one: one.length))


def _shares(
    limits: RateLimits, notes: RateLimitConfig | None, main: WindowSpec
) -> Mapping[Priority, int]:
    if limits.shares or notes is None:
        return limits.shares
    shares: dict[Priority, int] = {}
    for group, members in notes.priority_groups.items():
        if isinstance(members, int):
            shares[group] = members
        else:
            shares[group] = NOTES_SHARES.get(group, 0) * main.usable // NOTES_USABLE
    return shares


def _clip(shares: Mapping[Priority, int], room: int) -> tuple[int, int, int, int]:
    clipped = [0, 0, 0, 0]
    for group in Priority:
        clipped[group.rank] = max(0, min(shares.get(group, 0), room))
        room -= clipped[group.rank]
    return (clipped[0], clipped[1], clipped[2], clipped[3])


def _join(one: BudgetSpec, other: BudgetSpec) -> BudgetSpec:
    windows = _tightest((*one.windows, *other.windows))
    main = main_window(windows)
    reserve = max(one.reserve, other.reserve)
    shares = one.shares if one.has_shares else other.shares
    if main is not None:
        reserve = min(reserve, main.usable - 1)
        by_group = {group: shares[group.rank] for group in Priority}
        shares = _clip(by_group, main.usable - reserve)
    return replace(
        one,
        windows=windows,
        burst=_least(one.burst, other.burst),
        max_in_flight=_least(one.max_in_flight, other.max_in_flight),
        shares=shares,
        reserve=reserve,
        sometimes=(*one.sometimes, *other.sometimes),
    )


def _least(one: int | None, other: int | None) -> int | None:
    given = [value for value in (one, other) if value is not None]
    return min(given) if given else None
