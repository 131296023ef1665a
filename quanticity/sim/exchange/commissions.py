"""What the broker charges, as IBKR's fixed schedules do, rounded to how they are known.

Stocks: 0.005 a share, at least 1.00 an order, at most 1 % of its value. Options: 0.65 a contract,
at least 1.00. Futures: 2.25 a contract with the exchange's fees. Spot currency: 0.2 basis points
of the value, at least 2.00. Crypto: 0.18 % of the value, at least 1.75. All in the contract's
currency: what each currency's own schedule says is close to it.
"""

from __future__ import annotations

from quanticity.sim.exchange.model import Contract

_STOCK, _STOCK_LEAST, _STOCK_MOST = 0.005, 1.0, 0.01
_OPTION, _OPTION_LEAST = 0.65, 1.0
_FUTURE = 2.25
_SPOT, _SPOT_LEAST = 0.00002, 2.0
_CRYPTO, _CRYPTO_LEAST = 0.0018, 1.75


def commission(contract: Contract, quantity: float, value: float) -> float:
    """The commission of an order of which `quantity` for `value` (price by multiplier) is filled.

    It is for all fills together: a fill's own is what the sum grew by, so that the least of an
    order is charged once.
    """
    if not quantity:
        return 0.0
    match contract.sec_type:
        case "STK":
            least = max(_STOCK_LEAST, _STOCK * quantity)
            charge = min(least, max(_STOCK_MOST * abs(value), 0.01))
        case "OPT" | "FOP":
            charge = max(_OPTION_LEAST, _OPTION * quantity)
        case "FUT":
            charge = _FUTURE * quantity
        case "CASH":
            charge = max(_SPOT_LEAST, _SPOT * abs(value))
        case "CRYPTO":
            charge = max(_CRYPTO_LEAST, _CRYPTO * abs(value))
        case _:
            charge = 0.0
    return round(charge, 4)
