"""Which source goes on under another name or budget: the vendor counts on all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from quanticity.feeds.vendor import Vendor
from quanticity.pace.heirs import hand_down
from quanticity.pace.schedule import Scheduler


class Heirs:
    """Follows the sources through reloads; knows those that are gone, should they return renamed.

    A source is taken for one that is gone where it has the same address and the same key.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, object]] = {}

    def follow(self, vendors: Mapping[str, Vendor], scheduler: Scheduler) -> None:
        """These are the sources now: whatever budget one has left hands down what it holds."""
        drawn_on = {vendor.source.budget for vendor in vendors.values()}
        now = scheduler.steady.now()
        for heir, owner in dict.fromkeys(self._moves(vendors)):
            budgets = scheduler.budgets
            hand_down(budgets[heir], budgets[owner], now, goes_on=owner in drawn_on)
        self._known |= {name: _mark(vendor) for name, vendor in vendors.items()}

    def _moves(self, vendors: Mapping[str, Vendor]) -> Iterator[tuple[str, str]]:
        """(budget that a source draws on now, budget that it drew on before)."""
        for name, vendor in vendors.items():
            budget, place = _mark(vendor)
            before = self._known.get(name)
            if before is None or before[1] != place:
                gone = [other for other in self._known if other not in vendors]
                renamed = next((one for one in gone if self._known[one][1] == place), None)
                before = self._known.pop(renamed) if renamed is not None else None
            if before is not None and before[0] != budget:
                yield budget, before[0]


def _mark(vendor: Vendor) -> tuple[str, object]:
    known_by = vendor.credentials
    place = (
        vendor.source.source.base_url,
        tuple(sorted(known_by.headers.items())),
        known_by.query,
    )
    return vendor.source.budget, place
