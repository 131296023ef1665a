"""The recorded SPX chain: Cboe's delayed quotes after the close of Friday 5 January 2024."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from quanticity.quant.exposure import Bools, Floats

FILE = Path(__file__).parents[3] / "shared" / "data" / "cboe_spx_2024-01-07.csv"
WRITTEN = date(2024, 1, 7)


@dataclass(frozen=True)
class Recorded:
    """One element a contract; `years` as the publisher counts: business days / 262."""

    spot: float
    symbols: list[str]
    strike: Floats
    is_call: Bools
    open_interest: Floats
    gamma: Floats
    delta: Floats
    iv: Floats
    years: Floats


def recorded_spx() -> Recorded:
    """Read it, where the recordings are beside the repository."""
    if not FILE.exists():
        pytest.skip(f"no recorded chain here ({FILE.name}); it is not part of the repository")
    with FILE.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row]
    columns: dict[str, list[float]] = {
        name: [] for name in ("strike", "call", "iv", "delta", "gamma", "oi", "years")
    }
    symbols: list[str] = []
    for row in rows[3:]:
        expiry = datetime.strptime(row[0], "%a %b %d %Y").date()
        left = max(1, int(np.busday_count(WRITTEN, expiry))) / 262
        for call, side in ((1, row[1:11]), (0, row[12:22])):
            symbols.append(side[0])
            figures = (float(row[11]), call, *(float(side[at]) for at in (6, 7, 8, 9)), left)
            for name, figure in zip(columns, figures, strict=True):
                columns[name].append(figure)
    arrays = {name: np.array(values) for name, values in columns.items()}
    return Recorded(
        spot=float(rows[0][1].split(":")[1]),
        symbols=symbols,
        strike=arrays["strike"],
        is_call=arrays["call"] == 1,
        open_interest=arrays["oi"],
        gamma=arrays["gamma"],
        delta=arrays["delta"],
        iv=arrays["iv"],
        years=arrays["years"],
    )
