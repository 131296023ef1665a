"""What the parts of the market ask of one another; `World` has it all."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt

from quanticity.clock.calendar import TradingDay
from quanticity.sim.market.sessions import Sessions
from quanticity.sim.market.staged import Staged

Array = npt.NDArray[np.float64]


class Ground(Protocol):
    """Days, sessions, chance and prices."""

    @property
    def sessions(self) -> Sessions:
        """When everything trades."""
        ...

    @property
    def scenario(self) -> Staged:
        """What kind of day it is."""
        ...

    def dice(self, *about: object) -> np.random.Generator:
        """Random numbers that belong to `about` and come the same every time."""
        ...

    def day(self, at: float) -> TradingDay:
        """The day now trading in New York, or the last one that did."""
        ...

    def day_of(self, day: date) -> TradingDay:
        """The boundaries of a trading day; of the last one before it, for any other date."""
        ...

    def price(self, symbol: str, at: float) -> float:
        """The mid at a moment."""
        ...

    def prices_at(self, symbol: str, at: Array) -> Array:
        """The same at several moments, in order."""
        ...
