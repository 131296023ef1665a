"""A survey of one window: what will be freed and what will be needed, few events or many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quanticity.pace.agenda import Agenda
from quanticity.pace.bounds import BURST
from quanticity.pace.following import Following, Needs, coming, coming_arrays
from quanticity.pace.lookahead import Horizon
from quanticity.pace.others import Others
from quanticity.pace.strides import Strides
from quanticity.pace.table import GROUPS, Table
from quanticity.pace.tally import Tally
from quanticity.pace.views import View

NEVER = float("inf")
# So many events are counted in steps of time.
MANY = 300


def releases_of(view: View, tally: Tally, now: float) -> list[list[float]]:
    """When the slots that a view looks at come free: by group in the main window, then others'."""
    if view.index == BURST:
        return [tally.burst_releases(now)]
    if view.near:
        return [tally.window_releases(view.index, now)]
    return [*(tally.releases(rank, now) for rank in range(GROUPS)), tally.unknown_releases(now)]


def survey(
    now: float,
    valid_until: float,
    back: float,
    releases: Sequence[Sequence[float]],
    agendas: Sequence[Agenda],
    backlog: Sequence[int],
    under_way: Following,
    strides: Sequence[Strides],
    others: Others | None = None,
    needed: int = GROUPS,
    changes_at: float = NEVER,
) -> Horizon:
    """The horizon of a window whose slots are held for `back` seconds once they are needed.

    `releases` are the moments at which slots of each group, and of other processes, come free;
    `backlog` is what each group needs now, and `others` what other processes do. Runs `under_way`,
    and those of several requests, need one slot after another, at the `strides` of their group.
    What the groups from `needed` on need is left out: nobody looks at it. From `changes_at` on
    other limits hold.
    """
    until = valid_until + back
    events = sum(map(len, releases)) + sum(map(len, agendas))
    if others is not None:
        events += sum(len(others.dues(rank)[0]) for rank in range(len(agendas)))
    if events >= MANY or until > changes_at:
        table = Table(now, until)
        for group, moments in enumerate(releases):
            table.releases(group, moments)
        for rank, agenda in enumerate(agendas):
            soon = _soon(rank, now, backlog, under_way, strides[rank])
            table.needs(rank, *coming_arrays(agenda, until, strides[rank]), back)
            at, calls = np.array(soon).reshape(-1, 2).T
            table.needs(rank, at, calls, back)
            if others is not None:
                table.needs(rank, *others.upcoming_arrays(rank, now, until), back)
        return Horizon.of_many(now, valid_until, table)
    dues = []
    for rank, agenda in enumerate(agendas[:needed]):
        wanted = coming(agenda, until, strides[rank])
        if others is not None:
            wanted.extend(others.upcoming(rank, now, until))
        wanted.extend(_soon(rank, now, backlog, under_way, strides[rank]))
        wanted += [(at + back, -calls) for at, calls in wanted if at + back <= until]
        dues.append(wanted)
    return Horizon(now, valid_until, releases, dues)


def _soon(
    rank: int, now: float, backlog: Sequence[int], under_way: Following, strides: Strides
) -> Needs:
    """What a group needs for what waits, and for its runs under way."""
    found = under_way.needs(rank, now, strides)
    if backlog[rank]:
        found.append((now, backlog[rank]))
    return found
