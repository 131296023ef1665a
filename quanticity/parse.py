"""Text that vendors send in place of figures: numbers, moments and option symbols, read safely.

Nothing here raises for what a vendor sent: what cannot be read is None, and never a guess.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Possessive: a number of a megabyte that is none would be gone through a million times.
_NUMBER = re.compile(r"[-+]?(?:[0-9]++(?:,[0-9]{3})*+\.?[0-9]*+|\.[0-9]++)(?:[eE][-+]?[0-9]++)?")
_SCALES = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def number(given: Any) -> float | None:
    """The number in `given`, or None where there is none (`"N/A"`, `"."`, `""`, `"null"`, NaN).

    Reads what vendors write: `"0.0100"`, `"$1,204.50"`, `"($0.10)"` (negative), `"5.25%"` (5.25),
    `"197K"` (197000). Booleans are no numbers.
    """
    # Chains hold hundreds of thousands of these: the usual case comes first.
    if isinstance(given, str):
        try:
            value = float(given)
        except ValueError:
            return _dressed(given.strip())
        # Underscores are Python's, not a vendor's. What is not finite less itself is no zero.
        return value if value - value == 0.0 and "_" not in given else None
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal):
        return None
    try:
        return _finite(float(given))
    except OverflowError:
        return None


def _dressed(text: str) -> float | None:
    sign = 1.0
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1.0, text[1:-1].strip()
    if text[:1] in ("-", "+"):
        sign, text = (-sign if text[0] == "-" else sign), text[1:]
    text = text.lstrip("$").strip()
    scale = 1.0
    if text.endswith("%"):
        text = text[:-1].rstrip()
    elif text[-1:].upper() in _SCALES:
        scale, text = _SCALES[text[-1].upper()], text[:-1].rstrip()
    if not _NUMBER.fullmatch(text):
        return None
    return _finite(sign * scale * float(text.replace(",", "")))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def rows(payload: Any, name: str = "data") -> list[dict[str, Any]]:
    """The objects in `payload[name]`, or in `payload` where it is a list; what is none is left out.

    ValueError where neither is a list: that is another body than was asked for.
    """
    found = payload.get(name) if isinstance(payload, dict) else payload
    if found is None and isinstance(payload, dict) and name in payload:
        return []
    if not isinstance(found, list):
        raise ValueError(f"the body has no list '{name}'")
    return [row for row in found if isinstance(row, dict)]


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
    r"(?:[.,]([0-9]{1,9}))? ?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_COMPACT = re.compile(r"([0-9]{8})T([0-9]{4}(?:[0-9]{2})?)Z?")

# Figures that can only be epochs of this unit: each covers the years 2001 to 2128.
_EPOCHS = ((1e9, 5e9, 1.0), (1e12, 5e12, 1e3), (1e15, 5e15, 1e6), (1e18, 5e18, 1e9))


def moment(given: Any, zone: str = "UTC") -> float | None:
    """Epoch seconds of a moment that a vendor wrote, or None where it is none.

    Reads ISO 8601 with a date and a time (`zone` is for those that name none), `20240322T093000`,
    and epochs in seconds, milli-, micro- or nanoseconds, as numbers or as digits. A date alone is
    a trading day and no moment: see `day`.
    """
    if isinstance(given, bool) or given is None:
        return None
    if isinstance(given, int | float):
        return _epoch(given)
    return _moment(given, zone) if isinstance(given, str) else None


# The rows of a chain were traded at few moments, and most of them at those of the last body.
@lru_cache(maxsize=16_384)
def _moment(given: str, zone: str) -> float | None:
    text = given.strip()
    if found := _DATE_TIME.fullmatch(text):
        offset = (found[4] or "").replace("Z", "+00:00")
        try:
            whole = datetime.fromisoformat(f"{found[1]}T{found[2]}{offset}")
        except ValueError:
            return None
        fraction = float(f"0.{found[3]}") if found[3] else 0.0
        return _aware(whole, zone).timestamp() + fraction
    if found := _COMPACT.fullmatch(text):
        form = "%Y%m%d%H%M%S" if len(found[2]) == 6 else "%Y%m%d%H%M"
        try:
            whole = datetime.strptime(found[1] + found[2], form)  # noqa: DTZ007 the zone follows
        except ValueError:
            return None
        return _aware(whole, "UTC" if text.endswith("Z") else zone).timestamp()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return _epoch(float(text))
    return None


def day(given: Any) -> str | None:
    """`given` as `YYYY-MM-DD` where it is a real date written so, `MM/DD/YYYY` or `YYYYMMDD`."""
    return _day(given) if isinstance(given, str) else None


@lru_cache(maxsize=4096)
def _day(given: str) -> str | None:
    text = given.strip()
    if _DATE.fullmatch(text):
        text = text.replace("-", "")
    elif found := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text):
        text = f"{found[3]}{int(found[1]):02}{int(found[2]):02}"
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
    except ValueError:
        return None


def _epoch(value: float) -> float | None:
    for low, high, unit in _EPOCHS:
        if low <= value < high:
            return value / unit
    return None


def _aware(local: datetime, zone: str) -> datetime:
    return local if local.tzinfo is not None else local.replace(tzinfo=_zone(zone))


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no time zone '{name}'; write it as America/New_York") from error


# Roots of index options that settle at the close trade beside the index's own root.
_INDEX_ROOTS = {
    "SPXW": "SPX",
    "NDXP": "NDX",
    "RUTW": "RUT",
    "VIXW": "VIX",
    "XSPW": "XSP",
    "MRUTW": "MRUT",
    "DJXW": "DJX",
}
_OPTION = re.compile(r"([A-Z0-9./^]{1,6}?) *([0-9]{6})([CP])([0-9]{8})")


@dataclass(frozen=True, slots=True)
class OptionSymbol:
    """An option as the OCC names it. `right` is `C` or `P`; `strike` is in dollars.

    `underlying` is the root without what marks an adjusted contract (`AAPL1`), and the index for
    roots of its weeklies (`SPXW`). An adjusted contract does not deliver 100 plain shares.
    """

    root: str
    underlying: str
    expiry: str
    right: str
    strike: float
    adjusted: bool

    @property
    def compact(self) -> str:
        """`AAPL261016C00340000`, as data vendors write it."""
        return self.root + self._tail()

    @property
    def padded(self) -> str:
        """`AAPL  261016C00340000`, as the OCC writes it: 21 characters."""
        return f"{self.root:<6}{self._tail()}"

    def _tail(self) -> str:
        expiry = self.expiry
        day = f"{expiry[2:4]}{expiry[5:7]}{expiry[8:]}"
        return f"{day}{self.right}{round(self.strike * 1000):08}"


def option_symbol(given: Any) -> OptionSymbol | None:
    """Read an OCC option symbol, compact or padded, with or without `O:`; None where it is none.

    Roots may hold digits: `AAPL1` is an adjusted contract of AAPL. A date that does not exist
    (Alpha Vantage's artificial `XXYYZZ999999C00020000`) makes it none.
    """
    if not isinstance(given, str):
        return None
    text = given.strip().upper().removeprefix("O:")
    found = _OPTION.fullmatch(text)
    if found is None:
        return None
    root, when, right, strike = found.groups()
    expiry, meant = _day(f"20{when}"), _meant(root)
    if expiry is None or meant is None:
        return None
    return OptionSymbol(root, meant[0], expiry, right, int(strike) / 1000, meant[1])


@lru_cache(maxsize=4096)
def _meant(root: str) -> tuple[str, bool] | None:
    """The underlying of a root, and whether it is of adjusted contracts; None for no root."""
    if not any(letter.isalpha() for letter in root):
        return None
    plain = root.strip("0123456789") or root
    return _INDEX_ROOTS.get(plain, plain), plain != root
