"""Moments as clients write them and as answers carry them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from quanticity.clock import EASTERN, eastern

_LOCAL = re.compile(r"(\d{8})(?: +|-)(\d{2}:\d{2}:\d{2})(?: +(\S+))?")
_UTC = re.compile(r"(\d{8})-(\d{2}:\d{2}:\d{2})")
_ZONES = {"EST": "America/New_York", "EDT": "America/New_York", "GMT": "UTC", "JST": "Asia/Tokyo"}


class BadTime(ValueError):
    """No moment."""


def read_time(text: str) -> float:
    """Epoch seconds of `20260105 10:00:00` (Eastern), `... US/Eastern` or `20260105-15:00:00`.

    With a hyphen it is UTC. BadTime for anything else.
    """
    written = text.strip()
    found = _LOCAL.fullmatch(written)
    if found is None:
        raise BadTime(f"Invalid time '{text[:40]}': yyyymmdd hh:mm:ss, then a time zone or nothing")
    try:
        moment = datetime.strptime(f"{found[1]} {found[2]}", "%Y%m%d %H:%M:%S")  # noqa: DTZ007
        if _UTC.fullmatch(written):
            return moment.replace(tzinfo=UTC).timestamp()
        zone = ZoneInfo(_ZONES.get(found[3], found[3])) if found[3] else EASTERN
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise BadTime(f"Invalid time '{text[:40]}'") from None
    return moment.replace(tzinfo=zone).timestamp()


def local(at: float) -> str:
    """`20260105 10:00:00`, Eastern."""
    return eastern(at).strftime("%Y%m%d %H:%M:%S")


def clock_time(at: float) -> str:
    """`10:00`, Eastern."""
    return eastern(at).strftime("%H:%M")


def day(at: float) -> str:
    """`20260105`, Eastern."""
    return eastern(at).strftime("%Y%m%d")
