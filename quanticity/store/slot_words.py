"""What the ledger's scripts are told and answer, as figures and bytes."""

from __future__ import annotations

from collections.abc import Sequence

from quanticity.pace.ports import Heard, Telling
from quanticity.store.resp import Argument

MICRO = 1_000_000


def told_of(telling: Telling) -> list[Argument]:
    """What a process tells, as the scripts take it."""
    told = telling.told
    waiting = [*told.waiting, 0, 0, 0, 0][:4]
    outlook = b"" if told.outlook is None else told.outlook
    return [told.number, micro(told.at), *waiting, micro(told.lives), outlook]


def heard_of(rows: Sequence[Sequence[bytes]]) -> tuple[Heard, ...]:
    """What others told, as the scripts answer it."""
    found = []
    for process, word, outlook in rows:
        number, at, *waiting, until, _came = map(int, word.split())
        found.append(
            Heard(
                process.decode(),
                number,
                at / MICRO,
                tuple(waiting),
                until / MICRO,
                outlook or None,
            )
        )
    return tuple(sorted(found))


def micro(seconds: float) -> int:
    """Whole microseconds."""
    return round(seconds * MICRO)


def process_of(slot: str) -> str:
    """The process that took a slot, by the slot's id."""
    return slot.partition(":")[0]
