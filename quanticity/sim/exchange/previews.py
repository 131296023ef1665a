"""What an order would do to its account: the answer to a what-if, and the check before a trade.

Other working orders are not counted: each order is judged against the positions as they are.
"""

from __future__ import annotations

from quanticity.sim.exchange.commissions import commission
from quanticity.sim.exchange.events import Opened
from quanticity.sim.exchange.figures import Figures, NoPrice, figures
from quanticity.sim.exchange.floor import Floor
from quanticity.sim.exchange.model import OrderState
from quanticity.sim.exchange.ports import Listing
from quanticity.sim.exchange.refusals import Refusal, rejected
from quanticity.sim.exchange.state import Working

_Part = tuple[Listing, float, float, float]  # listing, signed quantity, price, commission


class Previews:
    """Tries orders on copies of accounts."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def opened(self, order: Working, at: float) -> Opened:
        """The answer to a what-if: margins and equity before and after, and the commission."""
        try:
            before, after, charge = self._try(order, at)
        except NoPrice as error:
            state = OrderState(status="PreSubmitted", warning_text=str(error))
        else:
            state = OrderState(
                status="PreSubmitted",
                init_margin_before=before.initial,
                maint_margin_before=before.maintenance,
                equity_with_loan_before=before.equity_with_loan,
                init_margin_after=after.initial,
                maint_margin_after=after.maintenance,
                equity_with_loan_after=after.equity_with_loan,
                commission=charge,
                commission_currency=order.contract.currency,
            )
        return Opened(
            at, order.client, order.order_id, order.perm_id, order.contract, order.as_told(), state
        )

    def refuse(self, order: Working, at: float) -> Refusal | None:
        """Whether the account can bear an order; one that frees funds is always borne."""
        try:
            before, after, _ = self._try(order, at)
        except NoPrice as error:
            return rejected(f"The margin of the order cannot be computed: {error}.")
        if after.available >= 0 or after.available >= before.available:
            return None
        return rejected(
            "YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH "
            f"LOAN VALUE [{after.equity_with_loan:.2f} USD] MUST EXCEED THE INITIAL MARGIN "
            f"[{after.initial:.2f} USD]"
        )

    def _try(self, order: Working, at: float) -> tuple[Figures, Figures, float]:
        """The account's figures before and after an order, and its commission. Raises NoPrice."""
        account = self._floor.state.accounts[order.account]
        before = figures(self._floor, account, at)
        trial = account.copy()
        charges = 0.0
        for listing, signed, price, charge in self._parts(order, at):
            trial.trade(listing.contract, listing.multiplier, signed, price, charge)
            charges += charge
        return before, figures(self._floor, trial, at), charges

    def _parts(self, order: Working, at: float) -> list[_Part]:
        """What would be traded: the contract, or each leg, at the far side of its quote."""
        wanted = order.legs or ((order.contract.con_id, 1),)
        parts = []
        for con_id, ratio in wanted:
            listing = self._floor.known(con_id)
            signed = order.sign * ratio * order.remaining
            price = self._price(listing, signed, at)
            asked = order.order
            if not order.is_combo and asked.lmt_price is not None and asked.order_type == "LMT":
                price = asked.lmt_price
            value = abs(signed) * price * listing.multiplier
            parts.append((listing, signed, price, commission(listing.contract, abs(signed), value)))
        return parts

    def _price(self, listing: Listing, signed: float, at: float) -> float:
        quote = self._floor.quote(listing.contract, at)
        found = None
        if quote is not None:
            found = quote.ask if signed > 0 else quote.bid
            found = quote.mid if found is None else found
        if found is None:
            contract = listing.contract
            raise NoPrice(f"no price for {contract.local_symbol or contract.symbol}")
        return found
