"""What a client means by a contract, and whether its order can be as it is written."""

from __future__ import annotations

from quanticity.sim.exchange.floor import Floor
from quanticity.sim.exchange.model import BUY, Contract, Order
from quanticity.sim.exchange.ports import Listing
from quanticity.sim.exchange.refusals import NOT_LISTED, Refusal, invalid, terms

Legs = tuple[tuple[int, int], ...]  # con id and signed ratio


def resolve(
    floor: Floor, contract: Contract, asked: Order, at: float
) -> tuple[Contract, Legs, Refusal | None]:
    """The contract as the market lists it, a combo's legs, and what is wrong with the order."""
    if contract.sec_type != "BAG":
        listing = floor.market.listing(contract)
        if listing is None or not _lives(listing, at):
            return contract, (), Refusal(200, NOT_LISTED)
        return listing.contract, (), terms(listing, listing.contract, asked)
    legs = tuple(
        (leg.con_id, leg.ratio if leg.action == BUY else -leg.ratio) for leg in contract.combo_legs
    )
    listed = [floor.listing(con_id) for con_id, _ in legs]
    if len(legs) < 2 or not all(each and each.tradable and _lives(each, at) for each in listed):
        return contract, (), Refusal(200, NOT_LISTED)
    if any(ratio == 0 for _, ratio in legs):
        return contract, (), invalid("Each leg of a combo needs a ratio")
    return contract, legs, terms(None, contract, asked)


def _lives(listing: Listing, at: float) -> bool:
    return listing.expires is None or at < listing.expires
