"""Informed bursts in options: somebody who may know buys one contract across exchanges at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from quanticity.sim.market.instruments import Instrument
from quanticity.sim.market.ports import Ground

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_USUAL, _PER_CONTRACTS = 12.0, 700.0  # bursts of a usual day: some, and more of what is busy
_MOST = 60
_KNOWS = 0.68  # share of bursts that are right about the next minutes
_AHEAD = 1500.0  # seconds that they look ahead
_BUYS = 0.88
_NEAREST, _FARTHEST = 1.2, 6  # expiries ahead: on average, and at most
_AWAY = 0.5  # distance of the strike, in deviations to expiry
_SECONDS = 1.5


@dataclass(frozen=True)
class Burst:
    """One burst: when, in which contract, and its prints.

    `side` is 0 for calls and 1 for puts, `strike` the number of a strike, `buys` whether it pays
    the ask.
    """

    time: float
    side: int
    strike: int
    buys: bool
    times: Array
    sizes: Ints


def bursts_of(
    world: Ground,
    instrument: Instrument,
    day: date,
    expiries: Sequence[date],
    strikes: Callable[[date], Array],
) -> tuple[tuple[date, Burst], ...]:
    """A day's bursts, oldest first, each with the expiry it is in."""
    hours = world.day_of(day)
    informed = world.scenario.of(day).flow.informed
    usual = min(_USUAL + instrument.contracts / _PER_CONTRACTS, _MOST)
    dice = world.dice("option bursts", instrument.symbol, day)
    starts = np.sort(dice.random(int(dice.poisson(usual * informed))))
    length = hours.closes - hours.opens
    found = []
    for start in (hours.opens + 30 + starts * (length - 60)).tolist():
        draw = dice.random(4)
        ahead = min(start + _AHEAD, hours.closes)
        spot, later = world.prices_at(instrument.symbol, np.array([start, ahead]))
        rises = (later > spot) == (draw[0] < _KNOWS)
        expiry = expiries[min(int(dice.exponential(_NEAREST)), _FARTHEST, len(expiries) - 1)]
        years = max((expiry - day).days, 0.5) / 365
        away = abs(dice.standard_normal()) * _AWAY * instrument.vol * np.sqrt(years)
        wanted = spot * np.exp(away if rises else -away)
        count = 3 + int(dice.integers(0, 18))
        total = min(count * 2 + int(60 * dice.pareto(1.2)), max(count, instrument.contracts // 3))
        sizes = 1 + dice.multinomial(max(total - count, 0), dice.dirichlet(np.full(count, 0.7)))
        times = np.round(start + np.sort(dice.random(count)) * _SECONDS, 6)
        edges = (float(times[0]), float(times[-1]))
        if any(world.scenario.halted(instrument.symbol, day, at) for at in edges):
            continue
        burst = Burst(
            time=float(times[0]),
            side=0 if rises else 1,
            strike=int(np.abs(strikes(expiry) - wanted).argmin()),
            buys=bool(draw[1] < _BUYS),
            times=times,
            sizes=sizes.astype(np.int64),
        )
        found.append((expiry, burst))
    return tuple(found)
