"""Option symbols by the ten thousand: what `parse.option_symbol` reads, of all names at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quanticity.clock.calendar import EASTERN, closing_time
from quanticity.parse import OptionSymbol, option_symbol
from quanticity.views.sealed import Bools, Floats, still

# Settled by the opening prices of their last day; the roots of their weeklies by the closing ones.
_MORNING = frozenset({"SPX", "NDX", "RUT", "DJX", "VIX", "VIXW"})
_TAIL = 15
_LONGEST = 24
_TENS = 10 ** np.arange(7, -1, -1)


@dataclass(frozen=True, slots=True)
class Names:
    """What the names say; `good` marks those that are option symbols, the rest holds no sense.

    `repeated` marks a name that stands before already, written the same way.
    `expiry` are days since 1970, `expires` epoch seconds, `strike` USD.
    """

    good: Bools
    repeated: Bools
    is_call: Bools
    adjusted: Bools
    strike: Floats
    expiry: npt.NDArray[np.int64]
    expires: Floats


# A vendor lists the same contracts each time. A few megabytes for the chains of a universe.
@lru_cache(maxsize=24)
def read_names(names: tuple[str, ...]) -> Names:
    """Read them. Compact symbols go through arrays; all others one by one."""
    count = len(names)
    digits, right, shaped = _tails(names)
    dates = digits[:, :6] @ _TENS[2:]
    strike = (digits[:, 7:] @ _TENS) / 1000.0
    found = Names(
        good=np.zeros(count, dtype=np.bool_),
        repeated=_repeated(names),
        is_call=right == ord("C"),
        adjusted=np.zeros(count, dtype=np.bool_),
        strike=strike,
        expiry=np.zeros(count, dtype=np.int64),
        expires=np.zeros(count),
    )
    for root, mine in _by_root(names, shaped):
        named = option_symbol(f"{root}200117C00001000")
        if named is None or not root.isupper():
            continue
        for when in np.unique(dates[mine]).tolist():
            expiry = _day(when)
            if expiry is not None:
                here = mine & (dates == when)
                found.good[here] = True
                found.adjusted[here] = named.adjusted
                found.expiry[here] = _since_1970(expiry)
                found.expires[here] = expires_at(expiry, named.root)
    for at in np.flatnonzero(~found.good).tolist():
        named = option_symbol(names[at][: 2 * _LONGEST])
        if named is not None:
            _put(found, at, named)
    found.good[found.strike <= 0] = False
    for each in (found.good, found.repeated, found.is_call, found.adjusted, found.strike):
        still(each)
    return found


def _repeated(names: tuple[str, ...]) -> Bools:
    found = np.zeros(len(names), dtype=np.bool_)
    if len(set(names)) < len(names):
        seen: set[str] = set()
        for at, name in enumerate(names):
            found[at] = name in seen
            seen.add(name)
    return found


def _by_root(names: Sequence[str], shaped: Bools) -> Iterator[tuple[str, Bools]]:
    """Each root, and which of the well-shaped names have it."""
    roots = [name[:-_TAIL] for name in names]
    distinct = {root: number for number, root in enumerate(dict.fromkeys(roots))}
    if len(distinct) == 1:
        yield roots[0], shaped
        return
    place = np.array([distinct[root] for root in roots], dtype=np.int64)
    for root, number in distinct.items():
        yield root, shaped & (place == number)


def _tails(names: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], Bools]:
    """The last 15 characters as digits, the letter among them, and which have the right shape."""
    try:
        text = np.array(names, dtype=f"S{_LONGEST + 1}")
    except UnicodeEncodeError:
        text = np.array([name if name.isascii() else "" for name in names], f"S{_LONGEST + 1}")
    letters = text.view(np.uint8).reshape(len(names), _LONGEST + 1)
    lengths = np.strings.str_len(text)
    places = np.maximum(lengths - _TAIL, 0)[:, None] + np.arange(_TAIL)
    tails = np.take_along_axis(letters, np.minimum(places, _LONGEST), axis=1)
    digits = tails.astype(np.int64) - ord("0")
    right = tails[:, 6]
    numeric = (digits >= 0) & (digits <= 9)
    numeric[:, 6] = (right == ord("C")) | (right == ord("P"))
    # Longer ones were cut, so that their ends are not their ends.
    return digits, right, numeric.all(axis=1) & (lengths > _TAIL) & (lengths <= _LONGEST)


def _put(found: Names, at: int, named: OptionSymbol) -> None:
    expiry = date.fromisoformat(named.expiry)
    found.good[at] = True
    found.is_call[at] = named.right == "C"
    found.adjusted[at] = named.adjusted
    found.strike[at] = named.strike
    found.expiry[at] = _since_1970(expiry)
    found.expires[at] = expires_at(expiry, named.root)


def _since_1970(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


@lru_cache(maxsize=4096)
def _day(yymmdd: int) -> date | None:
    try:
        return date(2000 + yymmdd // 10_000, yymmdd // 100 % 100, yymmdd % 100)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def expires_at(day: date, root: str) -> float:
    """Epoch seconds at which an option stops to live: 16:00 Eastern of its day.

    13:00 where the exchange closes early; 09:30 for index options settled in the morning (SPX, but
    not SPXW).
    """
    at = time(9, 30) if root in _MORNING else closing_time(day)
    return datetime.combine(day, at, EASTERN).timestamp()
