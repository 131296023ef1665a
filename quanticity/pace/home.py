"""What an account of one budget needs of the one that keeps all of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Protocol

from quanticity.pace.budget import Budget
from quanticity.pace.claims import Claim
from quanticity.pace.ports import Ledger
from quanticity.pace.slots import HeldSlot

Granted = Sequence[tuple[Claim, HeldSlot]]
Begin = Callable[[Budget, Granted], None]


class Home(Protocol):
    """What an account needs of the one that keeps it."""

    ledger: Ledger
    process: str
    time: Callable[[], float]
    begin: Begin

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Do something that is waited for at the end."""
        ...

    def watch(self, work: Coroutine[None, None, None]) -> None:
        """Do something that is given up at the end."""
        ...

    def was_lost(self) -> None:
        """The ledger did not answer."""
        ...

    def is_back(self) -> None:
        """The ledger answers again."""
        ...
