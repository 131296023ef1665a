"""Macro series, newest first; Alpha Vantage takes them from FRED, and so do we."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from quanticity.clock import EASTERN
from quanticity.sim.market import World
from quanticity.sim.vendors.alpha_vantage.asked import Asked
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.economy import SERIES, observation, observation_days, published

_FIRST = date(2014, 1, 1)


def real_gdp(world: World, asked: Asked) -> dict[str, Any]:
    """REAL_GDP, annual unless quarterly is asked for."""
    interval = asked.choice("interval", ("annual", "quarterly"), "annual")
    rows = _rows(world, asked, "GDPC1")
    if interval == "annual":
        rows = [row for row in rows if row["date"][5:] == "01-01"]
    return _body("Real Gross Domestic Product", interval, "billions of dollars", rows)


def cpi(world: World, asked: Asked) -> dict[str, Any]:
    """CPI, monthly or semiannual."""
    interval = asked.choice("interval", ("monthly", "semiannual"), "monthly")
    rows = _rows(world, asked, "CPIAUCSL")
    if interval == "semiannual":
        rows = [row for row in rows if row["date"][5:7] in ("01", "07")]
    name = "Consumer Price Index for all Urban Consumers"
    return _body(name, interval, "index 1982-1984=100", rows)


def federal_funds_rate(world: World, asked: Asked) -> dict[str, Any]:
    """FEDERAL_FUNDS_RATE, monthly unless daily or weekly is asked for."""
    interval = asked.choice("interval", ("daily", "weekly", "monthly"), "monthly")
    rows = _rows(world, asked, "FEDFUNDS" if interval == "monthly" else "DFF")
    if interval == "weekly":
        rows = [row for row in rows if date.fromisoformat(row["date"]).weekday() == 2]
    return _body("Effective Federal Funds Rate", interval, "percent", rows)


def _rows(world: World, asked: Asked, name: str) -> list[dict[str, str]]:
    series, draw = SERIES[name], Draw(world.seed)
    today = datetime.fromtimestamp(asked.now, EASTERN).date()
    found = []
    for day in observation_days(series, _FIRST, published(series, today)):
        value = observation(draw, series, day)
        text = "." if value is None else f"{value:.{series.decimals}f}"
        found.append({"date": day.isoformat(), "value": text})
    return found[::-1]


def _body(name: str, interval: str, unit: str, rows: list[dict[str, str]]) -> dict[str, Any]:
    return {"name": name, "interval": interval, "unit": unit, "data": rows}
