"""How much the symbols of the focus universe move together: now, and over the last months."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from quanticity.api import (
    Analytic,
    Bars,
    Every,
    Inputs,
    Key,
    OnChange,
    Rows,
    Spec,
    Value,
    field,
    quant,
    trading,
)

# Here, so that what has to be compiled is when this file is loaded, and not in a run.
_correlation, _volatility = quant.correlation, quant.volatility
_MINUTE, _DAY = 60.0, 86_400.0


class CorrelationMatrixParams(Spec):
    """Which symbols, and how much of the past."""

    symbols: tuple[str, ...] = field(
        ("SPX", "SPY", "QQQ", "IWM", "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA"),
        help="symbols of the matrix, in this order",
        example=["SPY", "QQQ"],
        min_length=2,
    )
    minutes: int = field(100, help="minutes that count", unit="minutes", ge=10, le=1000)
    days: int = field(60, help="days that count", unit="days", ge=10, le=250)
    least: int = field(20, help="returns that two symbols must share", ge=5)
    high: float = field(0.7, help="correlation above which a pair is told", ge=0, le=1)


class CorrelationMatrix(Analytic):
    """Pearson's correlation of log returns, positive semidefinite whatever is missing.

    `matrix` is of one-minute returns: of the session where it has enough of them, of all hours
    before. `daily` is of daily closes, and steadier. Rows of symbols that have too little in
    common with the others are null, each with its reason in `left_out`. `held` picks out the
    symbols that positions are in, and waits for them until there is trading.
    """

    name = "correlation_matrix"
    Params = CorrelationMatrixParams
    reads = {
        "bars": Key("feed:av:bars:{symbol}", 300, view=Bars, optional=True, over="symbols"),
        "daily": Key("raw:uw:iv_rank:{symbol}", 5 * _DAY, view=Rows, optional=True, over="symbols"),
        "positions": replace(trading.POSITIONS, optional=True),
    }
    writes = {"matrix": Key("analytics:correlation_matrix", ttl=900)}
    # Not on a change of `daily`: what it makes would be as old as the last day is.
    trigger = (OnChange("bars", at_most_every=60), Every(300))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Both matrices."""
        found: dict[str, Any] = {
            "symbols": list(self.params.symbols),
            "unit": "-1 to 1",
            "convention": "log returns; null where it cannot be known",
            "method": (
                "Pearson over the moments that two share; where those are no matrix, "
                "the nearest one (Higham 2002)"
            ),
            **self._intraday(inputs.bars, now),
            "daily": self._daily(inputs.daily),
        }
        found["held"] = self._held(inputs.positions, found["matrix"])
        return {"matrix": found}, state

    def _held(self, positions: Value | None, matrix: list[list[float | None]]) -> dict[str, Any]:
        """The part of the matrix that positions are in."""
        given = positions.data if positions is not None else None
        rows = given.get("positions") if isinstance(given, Mapping) else None
        if not isinstance(rows, tuple):
            waiting = f"waiting for {trading.POSITIONS.name}"
            return {"symbols": None, "pairs": None, "reason": waiting}
        held = {_underlying(row) for row in rows}
        which = [at for at, symbol in enumerate(self.params.symbols) if symbol in held]
        pairs = [
            {
                "pair": [self.params.symbols[one], self.params.symbols[two]],
                "value": matrix[one][two],
            }
            for place, one in enumerate(which)
            for two in which[place + 1 :]
        ]
        outside = sorted(one for one in held if one is not None and one not in self.params.symbols)
        told = [f"{', '.join(outside)}: not among the symbols"] if outside else []
        told += ["a position without a symbol"] if None in held else []
        return {
            "symbols": [self.params.symbols[at] for at in which],
            "pairs": pairs,
            "reason": "; ".join(told) or None,
        }

    def _intraday(self, bars: Mapping[str, Bars | None], now: float) -> dict[str, Any]:
        views = [bars.get(symbol) for symbol in self.params.symbols]
        missing = {
            symbol: "no fresh bars"
            for symbol, view in zip(self.params.symbols, views, strict=True)
            if view is None
        }
        hours, returns = "regular session", self._minutes(views, now, session=True)
        # As many as half of the symbols would have enough of: one that is halted decides nothing.
        enough = np.count_nonzero(np.isfinite(returns), axis=1) >= self.params.least
        if 2 * np.count_nonzero(enough) < len(views) - len(missing):
            hours, returns = "all hours", self._minutes(views, now, session=False)
        window = f"one-minute returns of the last {self.params.minutes} minutes, {hours}"
        return self._told(returns, missing, "minutes") | {"window": window}

    def _minutes(self, views: list[Bars | None], now: float, *, session: bool) -> Any:
        times, closes = [], []
        for view in views:
            if view is None:
                which = np.empty(0, dtype=np.int64)
            elif session:
                which = view.session(now)
            else:
                which = np.flatnonzero(view.complete(now))
            times.append(np.empty(0) if view is None else view.times[which])
            closes.append(np.empty(0) if view is None else view.closes[which])
        returns = _correlation.on_one_clock(times, closes, _MINUTE)
        return returns[:, -self.params.minutes :]

    def _daily(self, rows: Mapping[str, Rows | None]) -> dict[str, Any]:
        closes: dict[str, dict[str, float]] = {}
        missing: dict[str, str] = {}
        for symbol in self.params.symbols:
            view = rows.get(symbol)
            if view is None:
                missing[symbol] = "no daily closes"
                continue
            days, (known,) = view.by_day("close")
            closes[symbol] = dict(zip(days, known.tolist(), strict=True))
        # Days on which anybody has a close: what one lacks is a gap in its own returns.
        days_known = sorted({day for each in closes.values() for day in each})
        days_known = days_known[-self.params.days - 1 :]
        prices = np.array(
            [[closes.get(one, {}).get(day, np.nan) for day in days_known]
             for one in self.params.symbols],
            dtype=np.float64,
        ).reshape(len(self.params.symbols), len(days_known))  # fmt: skip
        returns = np.array([_volatility.log_returns(row) for row in prices])
        window = f"daily returns of the last {self.params.days} days"
        return self._told(returns, missing, "days") | {"window": window}

    def _told(self, returns: Any, missing: Mapping[str, str], unit: str) -> dict[str, Any]:
        matrix, shared = _correlation.pairwise(returns, self.params.least)
        which = _together(matrix)
        inside = np.ascontiguousarray(matrix[np.ix_(which, which)])
        nearest = _correlation.nearest_correlation(inside)
        moved = float(np.max(np.abs(nearest - inside), initial=0.0))
        count = len(self.params.symbols)
        whole = np.full((count, count), np.nan)
        whole[np.ix_(which, which)] = nearest
        observed = np.diagonal(shared).tolist()
        left_out = {
            symbol: missing.get(symbol) or self._why(float(matrix[at, at]), observed[at], unit)
            for at, symbol in enumerate(self.params.symbols)
            if at not in which
        }
        some = shared[np.ix_(which, which)]
        return {
            "matrix": [
                [one if np.isfinite(one) else None for one in row] for row in whole.tolist()
            ],
            "least_shared": int(some.min()) if some.size else 0,
            "smallest_eigenvalue": _correlation.smallest_eigenvalue(nearest)
            if len(which)
            else None,
            "repaired_by": moved if moved > 0 else None,
            "mean": _mean(nearest),
            "high": self._high(whole),
            "left_out": left_out,
            "reason": None if len(which) >= 2 else "fewer than two symbols have returns in common",
        }

    def _why(self, own: float, count: int, unit: str) -> str:
        if count < self.params.least:
            return f"returns of {count} {unit}, {self.params.least} are needed"
        return "the price did not move" if np.isnan(own) else "too little in common with others"

    def _high(self, whole: Any) -> list[dict[str, Any]]:
        """Pairs above the limit, the highest first."""
        names = self.params.symbols
        with np.errstate(invalid="ignore"):
            pairs = np.argwhere(np.triu(whole > self.params.high, 1)).tolist()
        found = [
            {"pair": [names[one], names[two]], "value": float(whole[one, two])}
            for one, two in pairs
        ]
        return sorted(found, key=lambda pair: -pair["value"])


def _underlying(row: Any) -> str | None:
    """Of what a position is, or is an option of."""
    instrument = row.get("instrument") if isinstance(row, Mapping) else None
    symbol = instrument.get("symbol") if isinstance(instrument, Mapping) else None
    return symbol if isinstance(symbol, str) else None


def _together(matrix: Any) -> list[int]:
    """The series that have a figure with each other: whoever lacks most goes first."""
    which = [at for at in range(len(matrix)) if np.isfinite(matrix[at, at])]
    while which:
        lacking = np.isnan(matrix[np.ix_(which, which)]).sum(axis=1)
        worst = int(np.argmax(lacking))
        if not lacking[worst]:
            break
        del which[worst]
    return which


def _mean(matrix: Any) -> float | None:
    """The mean correlation of two different ones."""
    count = len(matrix)
    if count < 2:
        return None
    return float((matrix.sum() - count) / (count * (count - 1)))
