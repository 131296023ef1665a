"""What other feeds give now for the placeholders of a key: which values it could have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quanticity.cli.filled import filled_by
from quanticity.clock import MarketCalendar
from quanticity.config.effective import Effective
from quanticity.errors import StoreError
from quanticity.feeds.expand import borrowed, chosen
from quanticity.feeds.lenders import Lender, lenders_of
from quanticity.model import Envelope, bind, can_fill_key
from quanticity.store.ports import Store
from quanticity.words import some

_NAMES = 6


@dataclass(frozen=True, slots=True)
class Lent:
    """What the feed `lender` gives now; `values` is None where that is not known."""

    lender: str
    values: Sequence[str] | None

    def lacks(self, name: str, value: str) -> str:
        """Why there is nothing for `value` of the placeholder `name`; empty where there could be.

        Where it is not known what the feed gives, there could be.
        """
        if self.values is None or value in self.values:
            return ""
        if not self.values:
            return f"{self.lender}, which gives {{{name}}}, gives no value now"
        there = some(self.values, _NAMES)
        return f"{value} is not among the values that {self.lender} gives for {{{name}}}: {there}"


async def lent_for(key: str, effective: Effective, store: Store, now: float) -> dict[str, Lent]:
    """What is given at epoch second `now` for `key`, by placeholder.

    Only those that take their values from another feed are there.
    """
    found = filled_by(key, effective)
    if found is None:
        return {}
    endpoint, values = found
    today = MarketCalendar().trading_date(now)
    lent: dict[str, Lent] = {}
    lenders = lenders_of(endpoint, effective)
    for name, given in borrowed(endpoint.endpoint).items():
        lender = lenders.get(name)
        if lender is not None:
            latest = await _latest(lender, values, store)
            found_now = chosen(name, given, lender.endpoint, latest.data, today) if latest else None
            fit = None if found_now is None else [one for one in found_now if can_fill_key(one)]
            lent[name] = Lent(lender.id, fit)
    return lent


async def _latest(lender: Lender, values: Mapping[str, str], store: Store) -> Envelope | None:
    try:
        return await store.get(bind(lender.endpoint.redis_key, values))
    except StoreError:
        return None
