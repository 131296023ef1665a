"""Greek exposure: by minute, by strike, by expiry; from open interest and from volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.clock.calendar import TradingDay
from quanticity.sim.market import Slice, World
from quanticity.sim.market.world import iso
from quanticity.sim.vendors.contract_day import ContractDays
from quanticity.sim.vendors.unusual_whales.asked import (
    DATE,
    PAGE,
    Asked,
    expiry,
    limit,
    page,
    ticker_day,
)
from quanticity.sim.vendors.unusual_whales.minute_texts import MinuteTexts
from quanticity.sim.vendors.unusual_whales.written import decs, trim, trims
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route

Array = npt.NDArray[np.float64]
Row = dict[str, Any]

_FIRST_MINUTE = 150  # minutes after 04:00 Eastern: the series begins at 06:30
_SEEN = 58.0  # seconds into a minute at which its row is true
_GRID = 9
_REACH = 0.07
_NAMES = ("gamma", "delta", "charm", "vanna")
_BAND = (Param("min_strike", "number", minimum=0), Param("max_strike", "number", minimum=0))
_DTE = (Param("min_dte", "int", minimum=0), Param("max_dte", "int", minimum=0))


@dataclass(frozen=True, slots=True)
class ByStrike:
    """Figures for each strike, by their names in a body: `call_gamma_oi`, ..."""

    strikes: Array
    figures: dict[str, Array]


class Exposure:
    """Everything below `spot-exposures`, `greek-exposure` and `gex-levels`."""

    def __init__(self, world: World, days: ContractDays) -> None:
        self._world = world
        self._days = days
        self._past = MinuteTexts()
        self._grid = lru_cache(maxsize=64)(self._make_grid)
        self._summed = lru_cache(maxsize=64)(self._sum_strikes)

    def routes(self) -> Sequence[Route]:
        """Its paths."""
        stock = "/api/stock/{ticker}"
        needs_expiry = Param("expiry", required=True)
        spot, greek = f"{stock}/spot-exposures", f"{stock}/greek-exposure"
        expirations = Param("expirations[]", required=True)
        paged = (limit(500), PAGE, *_BAND, DATE)
        return [
            Route(spot, self.minutes, (DATE,)),
            Route(f"{spot}/strike", self.strike, paged),
            Route(f"{spot}/expiry-strike", self.expiry_strike, (expirations, *_DTE, *paged)),
            Route(f"{greek}/strike", self.static_strike, (DATE,)),
            Route(f"{greek}/strike-expiry", self.static_expiry, (needs_expiry, DATE)),
            Route(f"{stock}/gex-levels", self.levels, (DATE,)),
        ]

    def minutes(self, request: Request) -> Answer:
        """The whole session up to now; the last row is of the minute under way."""
        asked = ticker_day(self._world, request)
        starts = _starts(asked)
        over = int(np.searchsorted(starts + _SEEN, asked.at, side="right"))
        mark = asked.symbol, asked.day.day
        rows = self._past.rows(mark, len(starts), over, partial(self.minute_rows, asked))
        return Answer(b'{"data":[%s]}' % rows)

    def minute_rows(self, asked: Asked, last: int | None = None) -> list[Row]:
        """Rows of the session, or only the `last` ones."""
        starts = _starts(asked)
        if last is not None:
            starts = starts[max(0, len(starts) - last) :]
        if not len(starts):
            return []
        seen = np.minimum(starts + _SEEN, asked.at)
        prices = self._world.prices_at(asked.symbol, seen)
        grid, sums = self._grid(asked.symbol, asked.day)
        turn = self._world.dice("exposure", asked.symbol, asked.day.day)
        first = round((starts[0] - asked.day.pre_market) / 60)
        mood = np.cumsum(turn.standard_normal(1500))[first : first + len(starts)]
        done = np.array([self._world.progress(at, asked.day) for at in seen])
        written: dict[str, list[str]] = {}
        for name, total in sums.items():
            held = np.interp(prices, grid, total)
            written[f"{name}_per_one_percent_move_oi"] = decs(held)
            written[f"{name}_per_one_percent_move_vol"] = decs(held * done * 1.6)
            size = np.abs(total).max()
            written[f"{name}_per_one_percent_move_dir"] = decs(size * 0.002 * mood * (0.2 + done))
        number = 1000 + sum(map(ord, asked.symbol))
        texts = self._shown(asked, prices)
        return [
            {
                "ticker": asked.symbol,
                "ticker_id": number,
                "time": iso(float(seen[index])),
                "start_time": iso(float(start)),
                "price": texts[index],
                **{name: column[index] for name, column in written.items()},
            }
            for index, start in enumerate(starts.tolist())
        ]

    def strike(self, request: Request) -> Answer:
        """Now, at each strike, over all expiries."""
        asked = ticker_day(self._world, request)
        summed = self.by_strike(asked)
        rows = self._rows(asked, summed, {})
        return Answer.json({"data": page(request, _band(request, rows))})

    def by_strike(self, asked: Asked) -> ByStrike:
        """Exposure at each strike over all expiries, at the asked moment."""
        return self._summed(asked.symbol, int(asked.at // 60))

    def expiry_strike(self, request: Request) -> Answer:
        """Now, at each strike of the asked expiries."""
        asked = ticker_day(self._world, request)
        listed = self._world.expiries(asked.symbol, asked.day.day)
        least, most = request.values["min_dte"] or 0, request.values["max_dte"]
        rows: list[Row] = []
        for text in request.values["expirations[]"]:
            wanted = _date(text)
            dte = (wanted - asked.day.day).days if wanted else -1
            if wanted in listed and dte >= least and (most is None or dte <= most):
                found = self._world.slice(asked.symbol, wanted, asked.at)
                summed = ByStrike(found.strikes, self._figures(found, asked.at))
                rows += self._rows(asked, summed, {"expiry": wanted.isoformat()})
        return Answer.json({"data": page(request, _band(request, rows))})

    def static_strike(self, request: Request) -> Answer:
        """From last night's open interest, at each strike."""
        asked = ticker_day(self._world, request)
        chain = self._world.chain(asked.symbol, asked.day.opens)
        summed = _sum([(each.strikes, _static(each)) for each in chain])
        stamp = {"date": asked.day.day.isoformat()}
        return Answer.json({"data": _static_rows(summed, stamp)})

    def static_expiry(self, request: Request) -> Answer:
        """From last night's open interest, at each strike of one expiry."""
        asked = ticker_day(self._world, request)
        wanted = expiry(self._world, asked, request.values["expiry"])
        found = self._world.slice(asked.symbol, wanted, asked.day.opens)
        stamp = {
            "date": asked.day.day.isoformat(),
            "expiry": wanted.isoformat(),
            "dte": found.dte,
        }
        return Answer.json({"data": _static_rows(ByStrike(found.strikes, _static(found)), stamp)})

    def levels(self, request: Request) -> Answer:
        """Walls, flip and magnet. An object, not a list; each may be null."""
        asked = ticker_day(self._world, request)
        summed = self.by_strike(asked)
        calls, puts = summed.figures["call_gamma_oi"], summed.figures["put_gamma_oi"]
        flip = self.flip(asked)
        return Answer.json(
            {
                "data": {
                    "call_wall": trim(summed.strikes[int(np.argmax(calls))]),
                    "put_wall": trim(summed.strikes[int(np.argmin(puts))]),
                    "gamma_flip": None if flip is None else trim(round(flip, 2)),
                    "gamma_magnet": trim(summed.strikes[int(np.argmax(calls - puts))]),
                }
            }
        )

    def flip(self, asked: Asked) -> float | None:
        """The price at which the sum of gamma changes its sign; None where it does not nearby."""
        grid, sums = self._grid(asked.symbol, asked.day)
        gamma = sums["gamma"]
        crossings = np.nonzero(np.sign(gamma[:-1]) != np.sign(gamma[1:]))[0]
        if not len(crossings):
            return None
        spot = self._world.price(asked.symbol, asked.at)
        at = min(crossings.tolist(), key=lambda index: abs(grid[index] - spot))
        share = gamma[at] / (gamma[at] - gamma[at + 1])
        return float(grid[at] + share * (grid[at + 1] - grid[at]))

    def _rows(self, asked: Asked, summed: ByStrike, more: Row) -> list[Row]:
        price = self._shown(asked, np.array([self._world.price(asked.symbol, asked.at)]))[0]
        shared = {"time": iso(asked.at), "price": price, **more}
        columns = {name: decs(figures) for name, figures in summed.figures.items()}
        return [
            {
                "strike": strike,
                **shared,
                **{name: column[index] for name, column in columns.items()},
            }
            for index, strike in enumerate(trims(summed.strikes))
        ]

    @staticmethod
    def _shown(asked: Asked, prices: Array) -> list[str]:
        """The price in a row: for an index the vendor gives the strike at the money."""
        if asked.instrument.kind == "index":
            step = asked.instrument.step
            return trims(np.round(prices / step) * step)
        return trims(np.round(prices, 2))

    def _make_grid(self, symbol: str, day: TradingDay) -> tuple[Array, dict[str, Array]]:
        """Sums of exposure for a range of prices of the underlying, on one day."""
        centre = self._world.close(symbol, self._world.before(day.day))
        grid = np.linspace(centre * (1 - _REACH), centre * (1 + _REACH), _GRID)
        found = [self._world.exposure_sums(symbol, day.opens, float(spot)) for spot in grid]
        return grid, {name: np.array([sums[name] for sums in found]) for name in found[0]}

    def _sum_strikes(self, symbol: str, minute: int) -> ByStrike:
        chain = self._world.chain(symbol, minute * 60.0)
        return _sum([(each.strikes, self._figures(each, minute * 60.0)) for each in chain])

    def _figures(self, found: Slice, at: float) -> dict[str, Array]:
        """USD per move of 1 %: by open interest, volume, and volume at the ask and at the bid."""
        spot = found.spot
        traded = self._days.at(found.symbol, found.expiry, self._world.day(at), at)
        scale = {"gamma": spot * spot * 0.01, "delta": spot, "charm": spot, "vanna": spot}
        figures: dict[str, Array] = {}
        for number, side in enumerate(found.sides):
            for name in _NAMES:
                sign = -1.0 if side.right == "put" and name != "delta" else 1.0
                each = getattr(side, name) * 100 * scale[name] * sign
                figures[f"{side.right}_{name}_oi"] = each * side.oi
                figures[f"{side.right}_{name}_vol"] = each * side.volume
                figures[f"{side.right}_{name}_ask"] = -np.abs(each) * traded.ask[number]
                figures[f"{side.right}_{name}_bid"] = np.abs(each) * traded.bid[number]
        return figures


def _starts(asked: Asked) -> Array:
    """The minutes of the session that have begun."""
    end = min(asked.at, asked.day.closes)
    return np.arange(asked.day.pre_market + 60 * _FIRST_MINUTE, end, 60.0)


def _static(found: Slice) -> dict[str, Array]:
    figures: dict[str, Array] = {}
    for side in found.sides:
        sign = -1.0 if side.right == "put" else 1.0
        shares = side.oi * 100.0
        figures[f"{side.right}_gex"] = side.gamma * shares * sign
        figures[f"{side.right}_delta"] = side.delta * shares
        figures[f"{side.right}_charm"] = side.charm * shares * sign
        figures[f"{side.right}_vanna"] = side.vanna * shares * sign
    return figures


def _static_rows(summed: ByStrike, stamp: Row) -> list[Row]:
    columns = {name: decs(figures, 4) for name, figures in summed.figures.items()}
    return [
        {**stamp, "strike": strike, **{name: column[index] for name, column in columns.items()}}
        for index, strike in enumerate(trims(summed.strikes))
    ]


def _sum(parts: list[tuple[Array, dict[str, Array]]]) -> ByStrike:
    strikes, where = np.unique(np.concatenate([part for part, _ in parts]), return_inverse=True)
    figures: dict[str, Array] = {
        name: np.bincount(
            where,
            weights=np.concatenate([each[name] for _, each in parts]),
            minlength=len(strikes),
        ).astype(np.float64)
        for name in parts[0][1]
    }
    return ByStrike(strikes, figures)


def _band(request: Request, rows: list[Row]) -> list[Row]:
    low, high = request.values["min_strike"], request.values["max_strike"]
    if low is None and high is None:
        return rows
    return [
        row
        for row in rows
        if (low is None or float(row["strike"]) >= low)
        and (high is None or float(row["strike"]) <= high)
    ]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
