"""The same options by py_vollib_vectorized: run in its own environment, told by standard input.

Takes the options as lists, gives back its figures and the least milliseconds of one pass.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

warnings.simplefilter("ignore")

from py_vollib_vectorized import (  # noqa: E402
    get_all_greeks,
    vectorized_black_scholes,
    vectorized_implied_volatility,
)


def main() -> None:
    told: dict[str, Any] = json.load(sys.stdin)
    s, k, t, v, r, price = (
        np.array(told[name]) for name in ("spot", "strike", "years", "vol", "rate", "price")
    )
    flag = np.array(told["flag"])

    def greeks() -> dict[str, Any]:
        found: dict[str, Any] = get_all_greeks(
            flag, s, k, t, r, v, model="black_scholes", return_as="dict"
        )
        found["price"] = vectorized_black_scholes(flag, s, k, t, r, v, return_as="numpy")
        return found

    def vol() -> Any:
        return vectorized_implied_volatility(
            price, s, k, t, r, flag,
            q=0, model="black_scholes", on_error="ignore", return_as="numpy",
        )  # fmt: skip

    figures, vols = greeks(), vol()
    answer = {
        "greeks_ms": _least(greeks, told["rounds"]),
        "vol_ms": _least(vol, told["rounds"]),
        "vol": np.ravel(vols).tolist(),
        **{name: np.ravel(each).tolist() for name, each in figures.items()},
    }
    print(json.dumps(answer))


def _least(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken) * 1000


if __name__ == "__main__":
    main()
