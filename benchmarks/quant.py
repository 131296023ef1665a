"""Greeks, implied volatility and the gamma profile, beside what can be installed and plain numpy.

`python -m benchmarks.run quant`. The peer runs in an environment of its own, made the first time;
where it cannot be (no network), its rows are left out. Times are the least of many passes, taken
in turns: what else the machine does then falls on both.
"""

from __future__ import annotations

import itertools
import json
import math
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np

from benchmarks.measure import Row, milliseconds
from benchmarks.peers import environment
from quanticity.quant import greeks, implied_vol
from quanticity.quant.gamma_profile import GammaProfile
from tests.quant import bsm_at_50_digits

ROOT = Path(__file__).parents[1]
# It wants both pinned: with newer ones its own functions no longer compile.
PEER = ("py_vollib_vectorized", "py_vollib==1.0.1", "py_lets_be_rational==1.0.1")
COUNT, ROUNDS, TURNS = 10_000, 60, 3
MINUTE = 1 / (365 * 24 * 60)
RATE = 0.04


def measure() -> list[Row]:
    """Milliseconds of wall time of one thread, ratios, and errors."""
    options = _options()
    ours, theirs = _in_turns(options)
    return [
        Row("price and 5 Greeks, 10,000 options", ours["greeks"], "ms"),
        Row("implied volatility, 10,000 options", ours["vol"], "ms"),
        *(_beside(ours, theirs) if theirs else ()),
        *_profiles(),
        *_errors(),
        *(_their_errors(options, theirs[-1]) if theirs else ()),
    ]


def _options() -> dict[str, Any]:
    """Out of the money within two standard deviations: where a peer that has faults works well."""
    dice = np.random.default_rng(7)
    vol, years = dice.uniform(0.1, 0.8, COUNT), dice.uniform(0.02, 2, COUNT)
    strike = 100 * np.exp(dice.uniform(-2, 2, COUNT) * vol * np.sqrt(years))
    found = {"spot": np.full(COUNT, 100.0), "strike": strike, "years": years, "vol": vol}
    found |= {"rate": np.full(COUNT, RATE), "is_call": strike > 100}
    return found | {"price": greeks.price(**found)}


def _in_turns(options: dict[str, Any]) -> tuple[dict[str, float], list[dict[str, Any]]]:
    priced = {name: options[name] for name in ("spot", "strike", "years", "is_call", "rate")}
    work: dict[str, Callable[[], object]] = {
        "greeks": lambda: greeks.first_order(**priced, vol=options["vol"]),
        "vol": lambda: implied_vol.implied_vol(options["price"], **priced),
    }
    taken: dict[str, list[float]] = {name: [] for name in work}
    theirs = []
    python = _peer()
    for _ in range(TURNS):
        for name, one in work.items():
            taken[name].append(_least(one))
        if python:
            theirs.append(_asked(python, options))
    return {name: statistics.median(each) for name, each in taken.items()}, theirs


def _peer() -> Path | None:
    try:
        return environment(*PEER)
    except subprocess.CalledProcessError:
        print(f"  {PEER[0]} cannot be installed here: its rows are left out", file=sys.stderr)
        return None


def _asked(python: Path, options: dict[str, Any]) -> dict[str, Any]:
    told = {
        name: options[name].tolist() for name in ("spot", "strike", "years", "vol", "rate", "price")
    }
    told |= {"flag": ["c" if call else "p" for call in options["is_call"].tolist()]}
    done = subprocess.run(
        [python, ROOT / "benchmarks" / "peer_py_vollib_vectorized.py"],
        input=json.dumps(told | {"rounds": ROUNDS}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _beside(ours: dict[str, float], theirs: list[dict[str, Any]]) -> list[Row]:
    rows = []
    for name, what, target in (("greeks", "price and 5 Greeks", 80), ("vol", "implied vol", 12)):
        peer = statistics.median(each[f"{name}_ms"] for each in theirs)
        rows.append(Row(f"{what} by py_vollib_vectorized", peer, "ms"))
        rows.append(Row(f"{what}, times faster", peer / ours[name], "x", target, higher=True))
    return rows


def _profiles() -> list[Row]:
    count, dice = 15_000, np.random.default_rng(7)
    strikes, years = dice.uniform(3000, 7000, count).round(), dice.uniform(0.001, 2, count)
    vol, held = dice.uniform(0.08, 0.8, count), dice.integers(0, 5000, count).astype(float)
    calls, spots = dice.random(count) < 0.5, np.linspace(4000, 6000, 60)
    profile = GammaProfile(strikes, years, vol, held, calls)

    def by_numpy() -> Any:
        width = vol * np.sqrt(years)
        d1 = np.log(spots[:, None] / strikes) / width + width / 2
        gamma = np.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi) / (spots[:, None] * width)
        side = np.where(calls, 1, -1) * held * 100
        return (gamma * side * spots[:, None] ** 2 * 0.01).sum(axis=1)

    off = np.abs(profile.over(spots) - by_numpy()).max() / np.abs(by_numpy()).max()
    assert off < 1e-12, off
    plain = _least(by_numpy, 10)
    own = _least(lambda: profile.over(spots))
    return [
        Row("gamma of 15,000 contracts at 60 spots", own, "ms", 1.5),
        Row("the same as one writes it in numpy", plain, "ms"),
    ]


def _errors() -> list[Row]:
    """Against 50 digits: 8 standard deviations either way, from five minutes on."""
    cases, exact = [], []
    for years, vol, carry, sigmas in itertools.product(
        (5 * MINUTE, 60 * MINUTE, 1 / 365, 30 / 365, 1.0, 5.0),
        (0.05, 0.2, 0.8, 3.0),
        ((0.0, 0.0), (0.05, 0.02)),
        np.linspace(-8, 8, 9),
    ):
        strike = 5000 * math.exp(sigmas * vol * math.sqrt(years))
        case = (5000.0, strike, years, vol, bool(sigmas > 0), *carry)
        cases.append(case)
        exact.append(bsm_at_50_digits.greeks(*case))
    s, k, t, v, call, r, q = (np.array(each) for each in zip(*cases, strict=True))
    found = greeks.first_order(s, k, t, v, call, rate=r, dividend=q)
    worst = {}
    for name in ("price", "delta", "gamma", "vega", "theta", "rho"):
        pairs = zip(getattr(found, name).tolist(), exact, strict=True)
        worst[name] = max(_off(mp.mpf(one), each[name].value) for one, each in pairs)
    prices = np.array([float(each["price"].value) for each in exact])
    back = implied_vol.implied_vol(prices, s, k, t, call, rate=r, dividend=q)
    within = v * np.sqrt(t) < 2
    vol_error = float(np.abs(back.vol / v - 1)[within].max())
    greek = max(worst[name] for name in ("delta", "gamma", "vega", "rho"))
    where = "8 sigma, five minutes and more"
    return [
        Row("worst error of delta, gamma, vega, rho", greek * 1e12, "e-12", 1, note=where),
        Row(
            "worst error of price and theta", max(worst["price"], worst["theta"]) * 1e12, "e-12", 10
        ),
        Row("worst error of vol, out of the money", vol_error * 1e12, "e-12", 10),
    ]


def _their_errors(options: dict[str, Any], theirs: dict[str, Any]) -> list[Row]:
    given = {name: each for name, each in options.items() if name != "price"}
    found = greeks.first_order(**given)
    rows = []
    for name in ("delta", "gamma", "vega", "theta", "rho"):
        own = getattr(found, name)
        off = float(np.abs(np.array(theirs[name]) / own - 1).max())
        rows.append(Row(f"{name} of py_vollib_vectorized, worst error", 100 * off, "%"))
    return rows


def _off(found: mp.mpf, exact: mp.mpf) -> float:
    with mp.workdps(50):
        return float(abs(found / exact - 1)) if exact else float(found != 0)


def _least(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    return min(milliseconds(work, rounds))
