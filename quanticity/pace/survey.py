"""A survey of one window: what will be freed and what will be needed, few events or many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quanticity.pace.agenda import Agenda
from quanticity.pace.lookahead import Horizon
from quanticity.pace.table import Table

# So many events are counted in steps of time.
MANY = 300


def survey(
    now: float,
    valid_until: float,
    back: float,
    releases: Sequence[Sequence[float]],
    agendas: Sequence[Agenda],
    backlog: Sequence[int],
) -> Horizon:
    """The horizon of a window whose slots are held for `back` seconds once they are needed.

    `releases` are the moments at which slots of each group, and of other processes, come free;
    `backlog` is what each group needs now.
    """
    until = valid_until + back
    if sum(map(len, releases)) + sum(map(len, agendas)) >= MANY:
        table = Table(now, until)
        for group, moments in enumerate(releases):
            table.releases(group, moments)
        for rank, agenda in enumerate(agendas):
            table.needs(rank, *agenda.upcoming_arrays(until), back)
            table.needs(rank, np.array([now]), np.array([backlog[rank]]), back)
        return Horizon.of_many(now, valid_until, table)
    dues = [agenda.upcoming(until) for agenda in agendas]
    for rank, wanted in enumerate(dues):
        if backlog[rank]:
            wanted.append((now, backlog[rank]))
        wanted += [(at + back, -calls) for at, calls in wanted if at + back <= until]
    return Horizon(now, valid_until, releases, dues)
