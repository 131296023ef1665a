"""Which source goes on under another name or budget: the vendor counts on all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from quanticity.feeds.vendor import Vendor
from quanticity.pace.heirs import hand_down
from quanticity.pace.schedule import Scheduler

_Mark = tuple[str, object]
"""The budget that a source draws on, and by what its vendor knows it."""


class Heirs:
    """Follows the sources through reloads; knows those that are gone, should they return renamed.

    A source is taken for one that is gone where it has the same address and the same key.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Mark] = {}

    def follow(self, vendors: Mapping[str, Vendor], scheduler: Scheduler) -> None:
        """These are the sources now: whatever budget one has left hands down what it holds."""
        marks = {name: _mark(vendor) for name, vendor in vendors.items()}
        # Whoever took a name over has held nothing of what goes along with the one before.
        former = list(self._known.values())
        stay = {mark[0] for mark in marks.values() if mark in former}
        moves = dict.fromkeys(self._moves(marks))
        now, served = scheduler.steady.now(), set[str]()
        for heir, owner in _in_order(moves):
            budgets = scheduler.budgets
            goes_on = owner in stay or owner in served
            hand_down(budgets[heir], budgets[owner], now, goes_on=goes_on)
            served.add(heir)
        self._known |= marks

    def _moves(self, marks: Mapping[str, _Mark]) -> Iterator[tuple[str, str]]:
        """(budget that a source draws on now, budget that it drew on before)."""
        left = {name: mark for name, mark in self._known.items() if not _stays(mark, marks, name)}
        for name, (budget, place) in marks.items():
            before = self._known.get(name)
            if before is None or before[1] != place:
                renamed = next((one for one, mark in left.items() if mark[1] == place), None)
                before = left.pop(renamed) if renamed is not None else None
                if renamed is not None:
                    del self._known[renamed]
            if before is not None and before[0] != budget:
                yield budget, before[0]


def _stays(mark: _Mark, marks: Mapping[str, _Mark], name: str) -> bool:
    return name in marks and marks[name][1] == mark[1]


def _in_order(moves: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Each budget hands down before it is handed what another held, where they go in no circle."""
    waiting = list(moves)
    while waiting:
        owners = {owner for _, owner in waiting}
        turn = next((move for move in waiting if move[0] not in owners), waiting[0])
        waiting.remove(turn)
        yield turn


def _mark(vendor: Vendor) -> _Mark:
    known_by = vendor.credentials
    place = (
        vendor.source.source.base_url,
        tuple(sorted(known_by.headers.items())),
        known_by.query,
    )
    return vendor.source.budget, place
