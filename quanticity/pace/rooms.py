"""What limits leave each group: the main window, others, bursts, places in flight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quanticity.pace.limits import EXACT_WINDOW, BudgetSpec
from quanticity.pace.planned import PlacesPlan
from quanticity.pace.shares import can_have, takes
from quanticity.pace.wants import DAY

# The span of a burst, and of what places in flight give, in seconds.
SECOND = 1.0


@dataclass(frozen=True, slots=True)
class Room:
    """So many `calls` in each `span` of seconds; `why`, where that is no window of the vendor's."""

    span: float
    calls: float
    why: str = ""


def a_second(room: Room) -> float:
    """Calls a second."""
    return room.calls / room.span


def rooms_of(spec: BudgetSpec, rates: Sequence[float], trip: float) -> list[Room]:
    """The least that any limit leaves each group, where they want so many calls a second, by rank.

    `trip` is how long a request may take, seconds.
    """
    length = spec.main.length if spec.main is not None else 60.0
    demand = [one * length for one in rates]
    found: list[Room] = []
    got: list[float] = []
    for rank, wanted in enumerate(rates):
        beside = [*_held(spec, rank, got, trip), *rooms_beside(spec, got, trip)]
        found.append(min((Room(length, can_have(spec, rank, demand)), *beside), key=a_second))
        most = (Room(length, takes(spec, rank, demand)), *beside)
        got.append(min(wanted, *map(a_second, most)))
    return found


def _held(spec: BudgetSpec, rank: int, higher: Sequence[float], trip: float) -> list[Room]:
    """What windows leave of which each slot is held for its round trip, too.

    A second with one call lets five in six seconds through where an answer takes 0.2 s. Shares are
    counted elsewhere: critical may have all, the others all but the reserve.
    """
    found = []
    for one in spec.windows:
        if one.length <= EXACT_WINDOW and one.reset is None:
            held = one.length + trip / 2
            most = one.usable - (spec.reserve if rank and one is spec.main else 0)
            left = (most / held - sum(higher)) * one.length
            found.append(Room(one.length, max(0.0, left), f"with each held for {held:g} s"))
    return found


def rooms_beside(spec: BudgetSpec, higher: Sequence[float], trip: float) -> list[Room]:
    """What each limit beside the main window leaves, where higher groups get so many a second.

    Shares mean nothing there: the higher groups come first. `trip` is how long a request may
    take, seconds; half of it on an average.
    """
    main, taken = spec.main, sum(higher)
    limits = [(one.length, one.usable) for one in spec.windows if one is not main]
    if spec.burst is not None:
        limits.append((SECOND, spec.burst))
    found = [Room(span, max(0.0, most - taken * span)) for span, most in limits if span < DAY]
    places = spec.max_in_flight
    if places is not None and trip > 0:
        each = trip / 2
        left = places / each - taken
        if places > 1 and higher and higher[0] > 0:
            # One of several is kept for critical.
            left = min(left, (places - 1) / each)
        why = f"with {places} in flight, at {each:g} s a request"
        found.append(Room(SECOND, max(0.0, left), why))
    return found


def places_of(spec: BudgetSpec, calls: float, trip: float) -> PlacesPlan | None:
    """What is planned of the places in flight, where so many calls a second are."""
    places = spec.max_in_flight
    if places is None:
        return None
    return PlacesPlan(places, trip / 2, calls * trip / 2, places / calls if calls else None)
