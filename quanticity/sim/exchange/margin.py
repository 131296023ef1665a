"""What positions bind of an account's equity, by rules like Reg T's; in the account's currency.

- Stocks and funds: 50 % of their value to begin, 25 % (short: 30 %) to keep.
- Options of one underlying and expiry together: what they can lose at expiry at most. Short calls
  and puts that no long one of the expiry (no shares, for calls) covers: the option's price and
  20 % of the underlying less what it is out of the money, at least 10 % (of the strike, for puts).
  Long options are paid in full and bind nothing. Calendars are not seen as spreads.
- Futures: what the listing says for each contract, else 10 % of the notional, 9 % to keep.
- Crypto is paid in full. Foreign cash, owned or owed: 2.5 % of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quanticity.sim.exchange.ports import Listing

_STOCK, _STOCK_KEEP, _SHORT_KEEP = 0.5, 0.25, 0.3
_FUTURE, _FUTURE_KEEP = 0.10, 0.09
_NAKED, _NAKED_LEAST = 0.20, 0.10
_CURRENCY = 0.025


@dataclass(frozen=True, slots=True)
class Holding:
    """A position with what is needed to judge it: prices, and the rate of its currency."""

    listing: Listing
    quantity: float
    price: float
    rate: float
    underlying: float | None = None

    @property
    def value(self) -> float:
        """What it is worth in the account's currency: for a future its notional."""
        return self.quantity * self.price * self.listing.multiplier * self.rate

    @property
    def is_option(self) -> bool:
        """Whether it is an option, on whatever."""
        return self.listing.contract.sec_type in ("OPT", "FOP")

    @property
    def is_call(self) -> bool:
        """Whether it is a call."""
        return self.listing.contract.right[:1] == "C"


def requirement(holdings: Iterable[Holding], foreign_cash: float) -> tuple[float, float]:
    """What must be there to begin, and to keep, these positions.

    `foreign_cash` is the sum of foreign balances, each without its sign. Raises ValueError for an
    uncovered option whose underlying has no price.
    """
    initial = maintenance = _CURRENCY * foreign_cash
    shares: dict[int, float] = {}
    groups: dict[tuple[int, float | None], list[Holding]] = {}
    for each in holdings:
        contract = each.listing.contract
        if each.is_option:
            underlying = each.listing.underlying
            key = (underlying.con_id if underlying else 0, each.listing.expires)
            groups.setdefault(key, []).append(each)
        elif contract.sec_type == "STK":
            shares[contract.con_id] = shares.get(contract.con_id, 0.0) + each.quantity
            initial += abs(each.value) * _STOCK
            maintenance += abs(each.value) * (_STOCK_KEEP if each.quantity > 0 else _SHORT_KEEP)
        elif contract.sec_type == "FUT":
            first, keep = _future(each)
            initial += first
            maintenance += keep
        elif contract.sec_type == "CRYPTO":
            initial += abs(each.value)
            maintenance += abs(each.value)
    for (underlying_id, _), group in sorted(groups.items(), key=lambda item: item[0][1] or 0.0):
        covered = shares.get(underlying_id, 0.0)
        bound, used = _options(group, max(covered, 0.0))
        shares[underlying_id] = covered - used
        initial += bound
        maintenance += bound
    return initial, maintenance


def _future(each: Holding) -> tuple[float, float]:
    listing, size = each.listing, abs(each.quantity)
    first = listing.margin * size * each.rate if listing.margin is not None else None
    if first is None:
        return abs(each.value) * _FUTURE, abs(each.value) * _FUTURE_KEEP
    keep = listing.maintenance
    return first, first * 0.9 if keep is None else keep * size * each.rate


def _options(group: Sequence[Holding], shares: float) -> tuple[float, float]:
    """What the options of one expiry bind, and how many shares cover short calls of theirs."""
    bound, used = 0.0, 0.0
    left = {id(each): each.quantity for each in group}
    for calls in (True, False):
        side = [each for each in group if each.is_call is calls]
        uncovered = -sum(each.quantity for each in side)
        # The farthest out of the money are the ones that nothing covers.
        for each in sorted(side, key=_strike, reverse=calls):
            if uncovered <= 0 or each.quantity >= 0:
                continue
            size = min(uncovered, -each.quantity)
            uncovered -= size
            left[id(each)] += size
            if calls:
                by_shares = min(size, shares // each.listing.multiplier)
                shares -= by_shares * each.listing.multiplier
                used += by_shares * each.listing.multiplier
                size -= by_shares
            bound += size * _naked(each)
    return bound + _worst(group, left), used


def _strike(each: Holding) -> float:
    return each.listing.contract.strike


def _naked(each: Holding) -> float:
    if each.underlying is None:
        raise ValueError(f"no price for the underlying of {each.listing.contract.local_symbol}")
    strike, spot = _strike(each), each.underlying
    out = max(strike - spot, 0.0) if each.is_call else max(spot - strike, 0.0)
    least = _NAKED_LEAST * (spot if each.is_call else strike)
    risk = max(_NAKED * spot - out, least)
    return (each.price + risk) * each.listing.multiplier * each.rate


def _worst(group: Sequence[Holding], left: dict[int, float]) -> float:
    """The most that covered options lose at expiry: it is at one of their strikes, or at zero."""
    worst = 0.0
    for spot in (0.0, *(_strike(each) for each in group)):
        pays = 0.0
        for each in group:
            inside = spot - _strike(each) if each.is_call else _strike(each) - spot
            size = left[id(each)] * each.listing.multiplier * each.rate
            pays += max(inside, 0.0) * size
        worst = min(worst, pays)
    return -worst
