"""What the broker refuses, with TWS's codes and texts (where TWS's own text is known)."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from quanticity.sim.exchange.model import (
    BUY,
    CLOSING,
    LIMITED,
    ORDER_TYPES,
    SELL,
    STOPS,
    TIFS,
    TRAILS,
    Contract,
    Order,
)
from quanticity.sim.exchange.ports import Listing

WORKING_ORDERS = 20
NOT_LISTED = "No security definition has been found for the request"
OFF_TICK = "The price does not conform to the minimum price variation for this contract."
_COMBO_TICK = 0.01


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an order is not taken. `inactive`: it was received, and goes Inactive."""

    code: int
    text: str
    inactive: bool = False


def rejected(reason: str) -> Refusal:
    """TWS's 201: received and rejected."""
    return Refusal(201, f"Order rejected - reason:{reason}", inactive=True)


def invalid(cause: str) -> Refusal:
    """TWS's 321: the request itself is wrong."""
    return Refusal(321, f"Error validating request.-'bN' : cause - {cause}")


def terms(listing: Listing | None, contract: Contract, order: Order) -> Refusal | None:
    """What is wrong with an order as such, None for nothing. `listing` is None for a combo."""
    found = _kind(order) or _size(listing, order)
    if found:
        return found
    if listing is not None and not listing.tradable:
        return rejected("The contract is not available for trading.")
    if listing is None:
        return _combo(contract, order)
    return _prices(listing, order)


def _kind(order: Order) -> Refusal | None:
    if order.action not in (BUY, SELL):
        return invalid(f"Please enter a valid action: BUY or SELL, not {order.action!r}")
    if order.order_type not in ORDER_TYPES:
        return Refusal(387, "Unsupported order type for this exchange and security type.")
    if order.algo_strategy and (
        order.algo_strategy != "Adaptive" or order.order_type not in ("LMT", "MKT")
    ):
        return Refusal(387, "Unsupported order type for this exchange and security type.")
    tif = order.tif or "DAY"
    if tif not in TIFS:
        return Refusal(10052, f"Invalid time in force:{tif}.")
    if order.order_type in CLOSING and tif != "DAY":
        return Refusal(113, "The Tif option should be set to DAY for MOC and LOC orders.")
    if tif in ("IOC", "FOK", "OPG") and order.order_type not in ("MKT", "LMT"):
        return Refusal(111, "The TIF (Tif type) and the order type are incompatible.")
    return None


def _size(listing: Listing | None, order: Order) -> Refusal | None:
    if not order.total_quantity > 0:  # nor where it is no number
        return Refusal(434, "The order size cannot be zero.")
    lot = listing.lot if listing else 1.0
    if not _is_multiple(order.total_quantity, lot):
        return Refusal(
            10243,
            "Fractional-sized order cannot be placed via API. Please use desktop version of TWS.",
        )
    return None


def _prices(listing: Listing, order: Order) -> Refusal | None:
    wanted: list[tuple[str, float | None]] = []
    if order.order_type in LIMITED:
        wanted.append(("limit price", order.lmt_price))
    if order.order_type in STOPS and order.order_type not in TRAILS:
        wanted.append(("stop price", order.aux_price))
    trails = order.order_type in TRAILS
    percent = order.trailing_percent
    if trails and percent is not None and not 0 < percent < 100:
        return invalid("The trailing percentage must lie between 0 and 100")
    offset = order.lmt_price_offset
    if offset is not None and not _is_multiple(offset, listing.ticks[0][1]):
        return Refusal(110, OFF_TICK)
    if trails and order.trailing_percent is None:
        wanted.append(("trailing amount", order.aux_price))
    for name, price in wanted:
        if price is None:
            return invalid(f"The order type {order.order_type} needs a {name}")
    prices = [price for _, price in wanted if price is not None]
    if trails and order.trail_stop_price is not None:
        prices.append(order.trail_stop_price)
    if any(price <= 0 or not _is_multiple(price, listing.tick(price)) for price in prices):
        return Refusal(110, OFF_TICK)
    return None


def _combo(contract: Contract, order: Order) -> Refusal | None:
    if any(price is not None for price in order.leg_prices):
        routing = dict(order.smart_combo_routing)
        if routing.get("NonGuaranteed") != "1" or len(contract.combo_legs) != 2:
            return Refusal(
                10058,
                "Combo per-leg prices are only supported for non-guaranteed smart combos with two "
                'legs and the "IECOMBOPERLEGPRICE" feature enabled.',
            )
    if order.order_type not in ("LMT", "MKT") or order.tif == "OPG" or order.algo_strategy:
        return Refusal(387, "Unsupported order type for this exchange and security type.")
    price = order.lmt_price
    if order.order_type == "LMT" and price is None:
        return invalid("The order type LMT needs a limit price")
    if price is not None and not _is_multiple(price, _COMBO_TICK):
        return Refusal(110, OFF_TICK)
    return None


def _is_multiple(value: float, step: float) -> bool:
    count = value / step
    return isfinite(count) and abs(count - round(count)) < 1e-6
