"""When a vendor says that its data was true."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from quanticity.config.schema.endpoint import Timestamp
from quanticity.feeds.paths import find

AHEAD = 5.0
"""Seconds by which a vendor's clock may be ahead of ours before we stop believing it."""

_READERS = {
    "iso": datetime.fromisoformat,
    "date": datetime.fromisoformat,
    "rfc822": parsedate_to_datetime,
}


class VendorTime:
    """Reads the time of a body, once it is decoded."""

    __slots__ = ("_format", "_path", "_zone")

    def __init__(self, spec: Timestamp) -> None:
        self._path = spec.path
        self._format = spec.format
        self._zone: tzinfo = UTC if spec.zone == "UTC" else ZoneInfo(spec.zone)

    def read(self, payload: Any, received: float) -> float:
        """Epoch seconds of the latest time in the body, never later than `received`.

        `received` itself where there is none to believe.
        """
        return self.judged(payload, received)[0]

    def judged(self, payload: Any, received: float) -> tuple[float, float]:
        """As `read`, and by how many seconds the body is ahead where that is why not; else 0."""
        found = list(find(payload, self._path))
        if found and isinstance(found[0], list):
            found = [item for part in found if isinstance(part, list) for item in part]
        texts = [item for item in found if isinstance(item, str) and item]
        figures = [
            float(item) for item in found if isinstance(item, (int, float)) and item is not True
        ]
        # Times of mail begin with the weekday: the greatest text is not the latest time.
        sorts = self._format != "rfc822"
        stated = [self._epoch(item) for item in (_latest(texts) if sorts else texts)]
        if figures:
            stated.append(self._epoch(max(figures)))
        real = [at for at in stated if at is not None and 0 < at < inf]
        believed = [at for at in real if at <= received + AHEAD]
        if believed:
            return min(max(believed), received), 0.0
        return received, min(real, default=received) - received

    def unread(self, payload: Any) -> str:
        """Why no time of the body can be read, where one stands there or a name is wrong; else ''.

        A time that the vendor left empty is not told, nor are rows that are not there.
        """
        found = list(find(payload, self._path))
        if found and isinstance(found[0], list):
            found = [item for part in found if isinstance(part, list) for item in part]
        given = [item for item in found if isinstance(item, (str, int, float)) and item]
        given = [item for item in given if item is not True]
        if given and all(self._epoch(item) is None for item in given):
            return f"the vendor's time is not written as {self._format}: '{str(given[0])[:40]}'"
        around, _, name = self._path.rpartition(".")
        rows = [row for row in find(payload, around) if isinstance(row, Mapping)]
        if found or not rows or "*" in name:
            return ""
        return f"no time stands at '{self._path}', where timestamp looks for it"

    def _epoch(self, given: str | float) -> float | None:
        if self._format in ("epoch", "epoch_ms"):
            try:
                figure = float(given)
            except ValueError:
                return None
            return figure / 1000 if self._format == "epoch_ms" else figure
        try:
            moment = _READERS[self._format](str(given).strip())
        except (ValueError, IndexError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        try:
            return moment.timestamp()
        except OverflowError:  # the first and last days of the calendar, in some zones
            return None


def _latest(texts: list[str]) -> list[str]:
    # Times of one body are written alike, so the greatest text is the latest time; only where
    # their lengths or their offsets differ do all have to be read.
    if len(texts) < 2 or len({len(text) for text in texts}) > 1:
        return texts
    has_offset = texts[0][-6:-5] in ("+", "-") and texts[0][-3:-2] == ":"
    if has_offset and len({text[-6:] for text in texts}) > 1:
        return texts
    return [max(texts)]
