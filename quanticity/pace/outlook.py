"""What a process expects to need of a budget in the coming window, as it tells the others.

A few bytes for each slot: the moments at which the jobs of each group are due, and how many
slots a second each group plans to use in each session. Where there are very many they are
counted in steps of time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quanticity.clock import Session
from quanticity.pace.agenda import Agenda
from quanticity.pace.phases import grid_after
from quanticity.pace.spread import Demand
from quanticity.pace.table import GROUPS
from quanticity.pace.turns import NEVER, Turn

VERSION = 1
# Moments are told in steps of so many seconds; where there are more than so many, in longer ones.
STEP = 1e-6
MANY, STEPS = 1024, 4096
# So many moments of a group are listed at most, that telling costs no more for feeds that are due
# every few milliseconds.
MOST = 32_768
_HEAD = struct.Struct(f"<BIdd{len(Session) * GROUPS}d{GROUPS}I")
# Behind all the rest, where a version that does not know it reads no further.
_STOPPED = struct.Struct("<d")
_MOST_CALLS = 0xFFFF


@dataclass(frozen=True, slots=True)
class Outlook:
    """The slots that the jobs of one process will need.

    `made_at` is the ledger's epoch second from which the moments count. `dues` are, for each
    group, whole `step`s (seconds, rounded down), ascending, and the slots needed then. `stopped`
    is for how long from `made_at` on (seconds) the vendor asked the process to wait.
    """

    number: int
    made_at: float
    step: float
    demand: Demand
    dues: tuple[tuple[Any, Any], ...]
    stopped: float = 0.0

    def pack(self) -> bytes:
        """Its bytes."""
        rates = [self.demand.rate(one, rank) for one in Session for rank in range(GROUPS)]
        sizes = [len(steps) for steps, _ in self.dues]
        parts = [_HEAD.pack(VERSION, self.number, self.made_at, self.step, *rates, *sizes)]
        for steps, calls in self.dues:
            parts.append(steps.astype("<u4").tobytes())
            parts.append(np.minimum(calls, _MOST_CALLS).astype("<u2").tobytes())
        parts.append(_STOPPED.pack(self.stopped))
        return b"".join(parts)

    @classmethod
    def unpack(cls, data: bytes) -> Outlook | None:
        """What was packed; None where another version of the program packed it otherwise."""
        if len(data) < _HEAD.size or data[0] != VERSION:
            return None
        _, number, made_at, step, *rest = _HEAD.unpack_from(data)
        rates = iter(rest)
        demand = Demand(
            {one: (next(rates), next(rates), next(rates), next(rates)) for one in Session}
        )
        place, dues = _HEAD.size, []
        for size in rates:
            steps = np.frombuffer(data, "<u4", size, place).astype(np.int64)
            calls = np.frombuffer(data, "<u2", size, place + 4 * size).astype(np.int64)
            place += 6 * size
            dues.append((steps, calls))
        stopped = _STOPPED.unpack_from(data, place)[0] if len(data) > place else 0.0
        return cls(number, made_at, step, demand, tuple(dues), stopped)


def look_out(
    number: int,
    agendas: Sequence[Agenda],
    waiting: Iterable[Turn],
    *,
    since: float,
    seconds: float,
    made_at: float,
    demand: Demand,
    stopped: float = 0.0,
) -> Outlook:
    """What is due within `seconds` of `since` (steady), `made_at` by the ledger's clock.

    Those that are `waiting` are on no agenda: they are expected on their grids from now on.
    """
    until = since + seconds
    found = [agenda.upcoming_arrays(until, MOST) for agenda in agendas]
    again: list[list[tuple[float, int]]] = [[] for _ in agendas]
    for turn in waiting:
        due = grid_after(since, turn.every, turn.phase) if turn.every is not None else NEVER
        while turn.every is not None and due <= until:
            again[turn.rank].append((due, turn.job.max_calls))
            due += turn.every
    for rank, more in enumerate(again):
        if more:
            dues, calls = np.array(more).T
            known = found[rank]
            found[rank] = np.append(known[0], dues), np.append(known[1], calls)
    many = sum(len(moments) for moments, _ in found) > MANY
    step = seconds / STEPS if many else STEP
    dues = tuple(_steps(*one, since, step) for one in found)
    return Outlook(number, made_at, step, demand, dues, stopped)


def _steps(moments: Any, calls: Any, since: float, step: float) -> tuple[Any, Any]:
    if not len(moments):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    # What is due and was not looked at yet is due now.
    steps = np.maximum(0, np.floor((moments - since) / step)).astype(np.int64)
    which, where = np.unique(steps, return_inverse=True)
    return which, np.bincount(where, weights=calls).astype(np.int64)
