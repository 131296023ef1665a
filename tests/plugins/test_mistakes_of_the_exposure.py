"""What the design notes had wrong about exposure, once: none of it may come back.

Each test is a row of the requirements (F27 to F31, X25, X27, X28), named after what went wrong, and
runs the component, not only a kernel.
"""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
import redis.asyncio

from plugins.analytics.exposure import Exposure
from quanticity.config.schema.root import StoreSettings
from quanticity.views import Chain
from tests.plugins.running import run
from tests.store.running import directory, opened, write
from tests.views.making import NOW, view_of


def row(symbol: str, **figures: float) -> dict[str, Any]:
    given = {"open_interest": 1000.0, "gamma": 0.01, "delta": 0.5, "iv": 0.2}
    return {"option_symbol": symbol} | given | figures


def exposure(*rows: dict[str, Any], spot: float = 500.0) -> dict[str, Any]:
    chain = view_of(Chain, {"price": spot, "contracts": list(rows)})
    views = {"alpha_vantage": chain, "unusual_whales": None}
    found = run(Exposure, views, NOW, symbol="SPY")[0]
    return {key.split(":")[1 if key.startswith("a") else 2]: one for key, one in found.items()}


@pytest.mark.parametrize(
    ("symbol", "side"),
    [
        ("SPY260204C00500000", 1),
        ("SPY260204P00500000", -1),
        ("SPY   260204C00500000", 1),
        ("SPY   260204P00500000", -1),
        ("SPXW260204C00500000", 1),
        ("SPXW  260204P00500000", -1),
        ("PYPL260204C00500000", 1),
        ("PPP260204C00500000", 1),
        ("CC260204P00500000", -1),
    ],
)
def test_f27_the_p_of_spy_made_puts_of_calls(symbol: str, side: int) -> None:
    gex = exposure(row(symbol))["gex"]
    assert gex["total"] == pytest.approx(side * 2.5e6)
    assert gex["strikes"] == [500]


def test_f27_the_strike_is_in_thousandths() -> None:
    gex = exposure(row("SPY260204C00502500"))["gex"]
    assert gex["strikes"] == [502.5]


def test_f27_x28_roots_with_digits_are_adjusted_and_do_not_count() -> None:
    gex = exposure(
        row("SPY260204C00500000"), row("SPY1260204C00500000"), row("2SPY260204C00500000")
    )
    assert gex["gex"]["total"] == pytest.approx(2.5e6)
    assert gex["gex"]["left_out"] == {"adjusted": 2}


def test_f28_an_extra_division_by_100_made_figures_a_hundred_times_too_small() -> None:
    """Gamma .01, open interest 1,000, S 500, both by hand: $2.5M per 1% and $25M of delta."""
    found = exposure(row("SPY260204C00500000"))
    assert found["gex"]["total"] == pytest.approx(0.01 * 1000 * 100 * 500**2 * 0.01)
    assert found["gex"]["total_in"]["USD per 100% move"] == pytest.approx(
        0.01 * 1000 * 100 * 500**2
    )
    assert found["dex"]["total"] == pytest.approx(0.5 * 1000 * 100 * 500)


def test_f29_a_strike_that_four_contracts_hold_was_the_wall() -> None:
    ghost = row("SPY260204C00900000", open_interest=4.0, gamma=5.0)
    found = exposure(row("SPY260204C00500000"), ghost)
    assert found["gamma_walls"]["largest"] == found["gamma_walls"]["call_wall"] == 500
    real = row("SPY260204C00900000", open_interest=5.0, gamma=5.0)
    assert exposure(row("SPY260204C00500000"), real)["gamma_walls"]["largest"] == 900


def test_f30_reading_many_keys_at_once_exhausted_the_connections() -> None:
    """The pool is bounded, who comes later waits, and 500 readers are all answered."""
    assert StoreSettings().pool_size <= 100

    async def go() -> int:
        with directory() as data:
            async with opened(data, pool_size=4) as store:
                for n in range(500):
                    store.put(write(f"options:S{n}:gex"))
                await store.flush()
                got = await asyncio.gather(*(store.get(f"options:S{n}:gex") for n in range(500)))
                assert all(one is not None for one in got)
                (socket,) = data.rglob("*.sock")
                client = redis.asyncio.Redis(unix_socket_path=str(socket))
                stats = await client.info("clients")
                await client.aclose()
                return int(stats["connected_clients"])

    # The pool's four, the writer, the follower of changes, the keeper, and the one that asks.
    assert asyncio.run(go()) <= 8


@pytest.fixture(scope="module")
def sample() -> dict[str, Any]:
    """9,944 contracts whose sums are those of the notes' sample, spot 657.54 where they turn.

    The sample itself is not published: this one is made so that it has the same figures.
    """
    spot, whole = 657.54, 100 * 657.54**2
    strikes = np.arange(400.0, 400.0 + 4972 * 0.1, 0.1).round(1)
    at = {"C": 397.5e9 / whole, "P": 0.0}
    others = (512.29e9 - 397.5e9) / whole / (len(strikes) - 1)
    delta = 56.99e9 / (100 * spot) / (2 * len(strikes))
    rows = [
        row(
            f"SPY260320{right}{round(strike * 1000):08}",
            open_interest=1e6,
            gamma=(at[right] if strike == 650.0 else others if right == "C" else 0.0) / 1e6,
            delta=delta / 1e6,
        )
        for strike in strikes.tolist()
        for right in "CP"
    ]
    return exposure(*rows, spot=spot)


def test_f31_x27_the_512_billion_of_the_sample_are_per_100_percent(sample: dict[str, Any]) -> None:
    """512.29 bn per 100% are 5.12 bn per 1%, which is what is published here."""
    gex = sample["gex"]
    assert gex["contracts"] == 9_944
    assert gex["total"] / 1e9 == pytest.approx(5.1229)
    assert gex["total_in"]["USD per 100% move"] / 1e9 == pytest.approx(512.29)
    assert gex["unit"] == "USD per 1% move"


def test_f31_the_largest_strike_and_delta_of_the_sample(sample: dict[str, Any]) -> None:
    walls = sample["gamma_walls"]
    assert walls["largest"] == 650
    assert walls["largest_gex"] / 1e9 == pytest.approx(3.975)
    assert sample["dex"]["unit"] == "USD"
    assert sample["dex"]["total"] / 1e9 == pytest.approx(56.99)


def test_x25_a_net_gamma_below_zero_was_an_error() -> None:
    found = exposure(row("SPY260204P00500000"))
    assert found["gex"]["total"] == pytest.approx(-2.5e6)
    assert found["gex"]["reason"] is None
