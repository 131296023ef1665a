"""How a contract and a figure of the account are written."""

from __future__ import annotations

import math
from typing import Any

from .contracts import Asked


def named(contract: Asked) -> dict[str, Any]:
    """The fields that say which contract it is."""
    return {
        "con_id": contract.con_id,
        "symbol": contract.symbol,
        "sec_type": contract.sec_type,
        "local_symbol": contract.local_symbol,
        "expiry": contract.expiry or None,
        "strike": contract.strike or None,
        "right": contract.right[:1] or None if contract.sec_type in ("OPT", "FOP") else None,
        "multiplier": contract.multiplier or None,
        "currency": contract.currency,
    }


def known(value: float) -> float | None:
    """A figure; the vendor's word for none is the largest number there is."""
    return value if math.isfinite(value) and abs(value) < 1e300 else None
