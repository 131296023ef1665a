"""What vendors say of their limits in response headers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from quanticity.config.schema.limits import LimitHeaders as LimitHeadersSpec
from quanticity.pace.ports import Word

_LONGEST = 86_400.0
_NEAR = 32 * 86_400.0


class LimitHeaders:
    """Reads the headers that YAML names. They tighten a budget, and never loosen it."""

    __slots__ = ("_counts", "_reset", "_unit", "named")

    def __init__(self, spec: LimitHeadersSpec) -> None:
        names = (spec.remaining, spec.used, spec.limit, spec.daily_used, spec.daily_limit)
        self._counts = names
        self._reset = spec.reset
        self._unit = spec.reset_unit
        self.named = any((*names, spec.reset))

    def word(self, headers: Mapping[str, str], now: float) -> Word | None:
        """What one response says, whatever its status; None where it says nothing."""
        remaining, used, limit, day_used, day_limit = (
            _count(headers.get(name)) if name else None for name in self._counts
        )
        # A vendor that answers lets somebody ask: with 0 or -1 it says that there is no limit.
        limit, day_limit = limit or None, day_limit or None
        reset_in = self.reset_in(headers, now)
        if (remaining, used, limit, day_used, day_limit, reset_in) == (None,) * 6:
            return None
        return Word(
            remaining=remaining,
            reset_in=reset_in,
            used=used,
            limit=limit,
            day_used=day_used,
            day_limit=day_limit,
        )

    def reset_in(self, headers: Mapping[str, str], now: float) -> float | None:
        """Seconds until the current window starts anew."""
        figure = _figure(headers.get(self._reset)) if self._reset else None
        if figure is None:
            return None
        if (moment := _moment(figure, now)) is not None:
            figure = moment - now
        elif self._unit == "milliseconds":
            figure /= 1000
        return min(max(figure, 0.0), _LONGEST)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that `Retry-After` asks for, from a figure or a date; None where it says nothing."""
    text = headers.get("Retry-After")
    if text is None:
        return None
    figure = _figure(text)
    moment = None if figure is None else _moment(figure, now)
    if figure is None or moment is not None:
        until = _date(text) if moment is None else moment
        if until is None:
            return None
        vendor_now = _date(headers.get("Date", ""))
        # A date means the vendor's clock, which the same response shows.
        figure = until - (now if vendor_now is None else vendor_now)
    return min(max(figure, 0.0), _LONGEST)


def _moment(figure: float, now: float) -> float | None:
    """Epoch seconds of a figure that can only be a moment near `now`, in seconds or milliseconds.

    Some vendors send the moment where others send how long it is until then: taken for a length
    it would stop a source for a day, over and over.
    """
    for moment in (figure, figure / 1000):
        if abs(moment - now) < _NEAR:
            return moment
    return None


def _date(text: str) -> float | None:
    # A year of eleven figures is no date, and too large besides; some dates are of no zone.
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _count(text: str | None) -> int | None:
    figure = _figure(text)
    return None if figure is None else max(0, int(figure))


def _figure(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        figure = float(text)
    except ValueError:
        return None
    return figure if math.isfinite(figure) else None
