"""Chains: every contract of an underlying with its quote, Greeks, volume and open interest."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.sim.market import options
from quanticity.sim.market.contracts import CALL, PUT, ContractDays, Listings
from quanticity.sim.market.kept import Kept
from quanticity.sim.market.options import RIGHTS, Side, Slice
from quanticity.sim.market.surface import Surface

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

YEAR = 365.0 * 86_400
LEAST_YEARS = 5 / (365 * 24 * 60)
"""Nothing is priced closer to its end."""


class Chains:
    """The chains of every underlying, at every minute; a pure function of the world."""

    def __init__(self, world: Listings, most: int | None = None) -> None:
        """`most` contracts of an underlying are listed; None: as many as are in earnest."""
        self._world = world
        self.contracts = ContractDays(world, most)
        self.surface = Surface(world)
        self._slices = Kept(self._make_slice, 5)
        self._flat = lru_cache(maxsize=32)(self._make_flat)

    def chain(self, symbol: str, at: float) -> list[Slice]:
        """Every expiry at a moment, nearest first; the same object within a minute."""
        day = self._world.day(at).day
        return [self.slice(symbol, expiry, at) for expiry in self.contracts.expiries(symbol, day)]

    def slice(self, symbol: str, expiry: date, at: float) -> Slice:
        """All strikes of one expiry; the same object within a minute."""
        return self._slices(symbol, expiry, int(at // 60))

    def wide(self, day: date) -> float:
        """Bid to ask of a day's options, in units of a usual day."""
        return self._world.scenario.of(day).spread

    def exposure_sums(self, symbol: str, at: float, spot: float) -> dict[str, float]:
        """Gamma, charm and vanna of all open interest with the underlying at `spot`.

        In USD for a move of 1 %, calls added and puts taken away.
        """
        total = dict.fromkeys(("gamma", "charm", "vanna"), 0.0)
        strikes, years, iv, held = self._flat(symbol, int(at // 60))
        for side, sign in ((CALL, 1.0), (PUT, -1.0)):
            found = options.greeks(spot, strikes, years, iv, RIGHTS[side])
            shares = held[side] * 100 * sign
            total["gamma"] += float((found["gamma"] * shares).sum()) * spot * spot * 0.01
            total["charm"] += float((found["charm"] * shares).sum()) * spot
            total["vanna"] += float((found["vanna"] * shares).sum()) * spot
        return total

    def _make_flat(self, symbol: str, minute: int) -> tuple[Array, Array, Array, Ints]:
        """Strikes, years, volatilities and open interest of all expiries, one after the other."""
        chain = self.chain(symbol, minute * 60.0)
        return (
            np.concatenate([each.strikes for each in chain]),
            np.concatenate([np.full(len(each.strikes), each.years) for each in chain]),
            np.concatenate([each.call.iv for each in chain]),
            np.concatenate([np.stack([side.oi for side in each.sides]) for each in chain], axis=1),
        )

    def _make_slice(self, symbol: str, expiry: date, minute: int) -> Slice:
        at = minute * 60.0
        day = self._world.day(at)
        listed = self.contracts.of(symbol, expiry, day.day)
        spot = self._world.price(symbol, at)
        years = max((listed.expires - at) / YEAR, LEAST_YEARS)
        iv = self.surface.smile(symbol, listed.strikes, spot, years, at)
        volume = listed.traded(self.contracts.past(symbol, at, day), at)
        sides: list[Side] = []
        for side, right in enumerate(RIGHTS):
            found: dict[str, Any] = options.greeks(spot, listed.strikes, years, iv, right)
            bid, ask = options.quotes(found["mid"], self.wide(day.day))
            sides.append(
                Side(
                    right=right,
                    bid=bid,
                    ask=ask,
                    iv=iv,
                    oi=listed.open_interest[side],
                    volume=volume[side],
                    ask_share=listed.ask_share[side],
                    **found,
                )
            )
        return Slice(symbol, expiry, listed.dte, years, spot, listed.strikes, sides[0], sides[1])
