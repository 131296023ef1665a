"""What a distributor needs around its outbox: the channel's limits and the keys it tells of."""

from __future__ import annotations

from quanticity.component import Distributor
from quanticity.errors import ComponentError
from quanticity.model import Kind, Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Word
from quanticity.pace.schedule import Scheduler
from quanticity.pace.slot import Slot


class ChannelPace:
    """The limits of one channel, kept by the same scheduler as any vendor's."""

    def __init__(self, scheduler: Scheduler, budget: str) -> None:
        self._scheduler = scheduler
        self._budget = budget

    async def place(self) -> Slot:
        """Wait until one more message may go out."""
        scheduler = self._scheduler
        return await scheduler.extra(self._budget, Priority.CRITICAL)  # noqa: S610  # no Django here

    def wait(self, seconds: float) -> None:
        """The channel says: nothing for so long."""
        self._scheduler.says(self._budget, Word(wait=seconds))


def limits_of(distributor: Distributor) -> BudgetSpec:
    """A channel's limits as a budget; one message is under way at a time."""
    windows = [WindowSpec(length, most, most) for most, length in distributor.limits]
    windows.sort(key=lambda one: one.length)
    return BudgetSpec(tuple(windows), max_in_flight=1, grace=0.0)


def keys_of(name: str, distributor: Distributor) -> dict[str, str]:
    """The events keys it tells of, bound. ComponentError where one is none."""
    keys = {}
    for read, declared in distributor.reads.items():
        key = declared.bind(**distributor.values)
        if declared.kind is not Kind.EVENTS or not key.is_bound:
            raise ComponentError(f"{name}: it reads '{read}', {key.name}, which holds no events")
        keys[read] = key.name
    return keys
