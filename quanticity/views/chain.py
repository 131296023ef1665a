"""Option chains as arrays, whoever sent them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt

from quanticity.quant.parity import implied_spot
from quanticity.views.base import Stored
from quanticity.views.chain_names import read_names
from quanticity.views.chain_wire import Decoded, FullRow, Row, decode, names_of
from quanticity.views.sealed import Bools, Floats, Sealed, column, still

_SLIP = 0.01
"""How far a delta may be on the wrong side of 0 or 1: vendors' models do that far out."""
# Above these nothing trades: a slip, and one of them would make every sum infinite.
_MOST = {"open_interest": 1e10, "gamma": 1e5, "implied_volatility": 100.0}
_MOST_USD = 1e7
_MOST_PLAIN = 1e12
_LEAST_VOL = 1e-4


class Chain(Sealed):
    """The contracts of one underlying: arrays of one length and order, for reading only.

    Reads what Alpha Vantage (`raw:av:options`), Unusual Whales (`raw:uw:chains`, contracts and
    Greeks of an expiry) and Cboe (`raw:cboe:chain`) send, and the shape of the transforms
    (`feed:...`). A figure that was not given, or is nonsense, is NaN and never zero.

    `symbols`, `strike` (USD), `is_call`, `expires` (epoch seconds), `expiry` (day), `adjusted`
    (does not deliver 100 plain shares); `bid`, `ask` (USD a share), `iv` (fraction), Greeks as the
    vendor counts them (gamma and delta per $1), `open_interest`, `volume`. `spot` is the
    underlying's price where the body has it. `given` is how many contracts were sent, and `bad`
    says by reason how many were dropped or had a figure taken out.
    """

    symbols: tuple[str, ...]
    is_call: Bools
    adjusted: Bools
    strike: Floats
    expires: Floats
    expiry: npt.NDArray[np.datetime64]
    open_interest: Floats
    gamma: Floats
    delta: Floats
    iv: Floats
    bid: Floats
    ask: Floats
    spot: float | None
    given: int
    bad: Mapping[str, int]
    _data: msgspec.Raw
    _kept: Bools

    @classmethod
    def of(cls, one: Stored) -> Self:
        """Decode it. ValueError where it is no chain; an empty one is a chain."""
        view = cls(one)
        view._read(decode(one.data))
        view._data = one.data
        view._seal()
        return view

    @staticmethod
    def first(*chains: Chain | None) -> Chain | None:
        """The first that has contracts, else the first that is there at all."""
        there = [chain for chain in chains if chain is not None]
        return next((chain for chain in there if len(chain)), there[0] if there else None)

    @classmethod
    def of_events(cls, events: Sequence[Stored]) -> Self:
        """ValueError: a chain is a latest value."""
        raise ValueError("a Chain is read from a latest key, not from events")

    def __len__(self) -> int:
        return len(self.symbols)

    @cached_property
    def theta(self) -> Floats:
        """USD a share and day, as a rule negative."""
        return self._plain("theta")

    @cached_property
    def vega(self) -> Floats:
        """USD a share and volatility point."""
        return self._plain("vega")

    @cached_property
    def rho(self) -> Floats:
        """USD a share and point of the interest rate."""
        return self._plain("rho")

    @cached_property
    def vanna(self) -> Floats:
        """As the vendor counts it; Unusual Whales alone gives it."""
        return self._plain("vanna")

    @cached_property
    def charm(self) -> Floats:
        """As the vendor counts it; Unusual Whales alone gives it."""
        return self._plain("charm")

    @cached_property
    def volume(self) -> Floats:
        """Contracts traded today."""
        return self._plain("volume")

    @cached_property
    def mid(self) -> Floats:
        """The middle of bid and ask (USD); NaN where one is missing or they are crossed."""
        mid = (self.bid + self.ask) / 2
        mid[~((self.bid >= 0) & (self.ask > 0) & (self.ask >= self.bid))] = np.nan
        still(mid)
        return mid

    def years(self, now: float) -> Floats:
        """Time left in years of 365 days, to the second; not above zero where expired."""
        return (self.expires - now) / (365 * 86_400)

    def alive(self, now: float) -> Bools:
        """Which contracts have time left and deliver 100 plain shares."""
        return (self.expires > now) & ~self.adjusted

    def price(self, now: float) -> tuple[float | None, str]:
        """The price of the underlying (USD) and where it is from: the body, or its quotes.

        None and `nowhere` where the body has no price and no quotes imply one.
        """
        if self.spot is not None:
            return self.spot, "chain"
        alive = self.alive(now)
        found = implied_spot(
            self.expires[alive],
            self.strike[alive],
            self.is_call[alive],
            self.bid[alive],
            self.ask[alive],
        )
        if found is None:
            return None, "nowhere"
        return found, "put-call parity of the nearest expiry"

    @cached_property
    def _rows(self) -> list[Row]:
        """The rows again, with all their figures."""
        rows = decode(self._data, FullRow).rows
        return [rows[at] for at in np.flatnonzero(self._kept).tolist()]

    def _plain(self, name: str) -> Floats:
        array = column(self._rows, name)
        array[np.abs(array) >= _MOST_PLAIN] = np.nan
        still(array)
        return array

    def _read(self, found: Decoded) -> None:
        bad, rows = found.bad, found.rows
        texts = names_of(rows)
        names = read_names(texts)
        kept = names.good & ~names.repeated
        if not kept.all():
            which = np.flatnonzero(kept).tolist()
            rows, texts = [rows[at] for at in which], tuple(texts[at] for at in which)
            bad["no option symbol"] += int(np.count_nonzero(~names.good))
            bad["repeated"] += int(np.count_nonzero(names.good & names.repeated))
        self._kept = kept
        self.symbols = texts
        self.is_call = still(names.is_call[kept])
        self.adjusted = still(names.adjusted[kept])
        self.strike = still(names.strike[kept])
        self.expires = still(names.expires[kept])
        self.expiry = still(names.expiry[kept].astype("datetime64[D]"))
        self.spot, self.given = found.spot, found.given
        self._figures(rows, bad)
        self.bad = MappingProxyType({why: bad[why] for why in sorted(bad) if bad[why]})

    def _figures(self, rows: list[Row], bad: Counter[str]) -> None:
        def possible(*names: str, least: float = 0.0) -> Floats:
            """The column without what is below `least` or beyond all that trades."""
            array = column(rows, *names)
            wrong = (array >= _MOST.get(names[0], _MOST_USD)) | (array < least)
            if wrong.any():
                bad[f"{names[0]} impossible"] += int(np.count_nonzero(wrong))
                array[wrong] = np.nan
            return array

        self.open_interest = still(possible("open_interest"))
        self.gamma = still(possible("gamma"))
        delta = possible("delta", least=-1 - _SLIP)
        side = np.where(self.is_call, delta, -delta)
        wrong = (side < -_SLIP) | (side > 1 + _SLIP)
        if wrong.any():
            bad["delta impossible"] += int(np.count_nonzero(wrong))
            delta[wrong] = np.nan
        self.delta = still(delta)
        iv = possible("implied_volatility", "iv")
        # Zero is how vendors write that they computed none.
        iv[iv < _LEAST_VOL] = np.nan
        self.iv = still(iv)
        self.bid, self.ask = still(possible("bid", "nbbo_bid")), still(possible("ask", "nbbo_ask"))
        if crossed := int(np.count_nonzero((self.bid > self.ask) & (self.ask > 0))):
            bad["quote crossed"] += crossed
