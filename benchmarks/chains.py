"""A chain of 10,000 contracts and a book, written as vendors write them, as they are stored."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import orjson

from quanticity.model import Write
from quanticity.store import envelope

AT = 1_767_625_200.0  # 2026-01-05 10:00 Eastern
SPOT = 600.0
_TODAY = date(2026, 1, 5)


def alpha_vantage() -> bytes:
    """All figures are texts, 21 fields a row."""
    rows = []
    for name, right, day, strike, figures in _contracts():
        rows.append(
            {
                "contractID": name,
                "symbol": "SPY",
                "expiration": day.isoformat(),
                "strike": f"{strike:.2f}",
                "type": right,
                "last": "1.22",
                "mark": "1.33",
                "bid": f"{figures['bid']:.2f}",
                "bid_size": "22",
                "ask": f"{figures['ask']:.2f}",
                "ask_size": "33",
                "volume": "123",
                "open_interest": str(figures["oi"]),
                "date": _TODAY.isoformat(),
                "implied_volatility": f"{figures['iv']:.5f}",
                **{greek: f"{figures[greek]:.5f}" for greek in ("delta", "gamma")},
                "theta": "-0.12345",
                "vega": "0.12345",
                "rho": "0.01234",
            }
        )
    return _envelope({"endpoint": "Realtime Options", "message": "success", "data": rows})


def unusual_whales() -> bytes:
    """Decimals are texts with many digits, counts are numbers, 15 fields a row."""
    rows = []
    for name, right, day, strike, figures in _contracts():
        rows.append(
            {
                "expires": day.isoformat(),
                **{greek: f"{figures[greek]:.14f}" for greek in ("delta", "gamma")},
                "theta": "-0.18700242543517",
                "open_interest": figures["oi"],
                "volume": 4586,
                "option_symbol": name,
                "strike": f"{strike:g}",
                "option_type": right,
                "nbbo_bid": f"{figures['bid']:.2f}",
                "nbbo_ask": f"{figures['ask']:.2f}",
                "implied_volatility": f"{figures['iv']:.16f}",
                "rho": "0.11143211781692",
                "vega": "0.34691034259868",
                "last_tape_time": "2026-01-05T14:59:49Z",
            }
        )
    return _envelope({"data": rows})


def book_text() -> bytes:
    """Ten levels a side."""
    bids = [[round(SPOT - 0.01 * level, 2), 300 + 7 * level, "ARCA"] for level in range(10)]
    asks = [[round(SPOT + 0.01 + 0.01 * level, 2), 280 + 9 * level, "BATS"] for level in range(10)]
    return _envelope({"symbol": "SPY", "time": AT, "bids": bids, "asks": asks})


def _contracts() -> Iterator[tuple[str, str, date, float, dict[str, Any]]]:
    """25 expiries x 200 strikes x 2, priced by Black-Scholes without rates."""
    for number in range(25):
        day = _TODAY + timedelta(days=1 + number + max(0, number - 10) * 6)
        width = math.sqrt((day - _TODAY).days / 365)
        for step in range(200):
            strike = 500.0 + step
            iv = 0.16 + 0.4 * abs(math.log(strike / SPOT))
            d1 = math.log(SPOT / strike) / (iv * width) + iv * width / 2
            gamma = math.exp(-d1 * d1 / 2) / (math.sqrt(2 * math.pi) * SPOT * iv * width)
            call = SPOT * _normal(d1) - strike * _normal(d1 - iv * width)
            for right, price, delta in (
                ("call", call, _normal(d1)),
                ("put", call - SPOT + strike, _normal(d1) - 1),
            ):
                name = f"SPY{day:%y%m%d}{right[0].upper()}{round(strike * 1000):08}"
                # Uneven, and more puts below spot and calls above, as people hold them.
                held = 1 + (step * 7919 + number * 104_729) % 5000
                out = (strike > SPOT) == (right == "call")
                figures = {
                    "iv": iv,
                    "gamma": gamma,
                    "delta": delta,
                    "bid": max(0.0, price - 0.02),
                    "ask": price + 0.02,
                    "oi": held if out else held // 3,
                }
                yield name, right, day, strike, figures


def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _envelope(data: Any) -> bytes:
    body = orjson.dumps(data)
    return envelope.encode(Write("raw:bench:chain", body, "bench.chain", AT, AT + 0.1, 60.0), "7-0")
