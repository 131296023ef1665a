"""Which month of a future is the front one, and when the next one takes over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

MONTHS = "FGHJKMNQUVXZ"


def last_day(expiry: str) -> date:
    """The last trading day of a contract, from YYYYMMDD. ValueError for anything else."""
    if len(expiry) < 8 or not expiry[:8].isdigit():
        raise ValueError(f"'{expiry}' is no day as YYYYMMDD")
    return date(int(expiry[:4]), int(expiry[4:6]), int(expiry[6:8]))


def in_cycle(expiry: str, contract_month: str, months: str) -> bool:
    """Whether a contract is of the months that trade: letters as exchanges write them.

    `contract_month` is YYYYMM where it is told: a contract of July may end in June.
    """
    if not months:
        return True
    month = int((contract_month or expiry)[4:6])
    return 1 <= month <= 12 and MONTHS[month - 1] in months


def front(expiries: Iterable[str], today: date, roll: int) -> str | None:
    """The front month's expiry: the first one not within `roll` days of its last trading day.

    Of nothing but those, the last that still trades. None where none does.
    """
    known = sorted(one for one in set(expiries) if last_day(one) >= today)
    later = (one for one in known if last_day(one) - timedelta(days=roll) > today)
    return next(later, known[-1] if known else None)


def rolls_on(expiry: str, roll: int) -> date:
    """The first day on which the month is no longer the front one."""
    return last_day(expiry) - timedelta(days=roll)
