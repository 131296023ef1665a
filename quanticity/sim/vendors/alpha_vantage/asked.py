"""The parameters of one Alpha Vantage call, checked by name as its handler reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from quanticity.sim.vendors.vendor import BadParameter, Request

INTRADAY = {"1min": 1, "5min": 5, "15min": 15, "30min": 30, "60min": 60}
SERIES_TYPES = ("close", "open", "high", "low")


class Asked:
    """Reads parameters; whatever is missing or wrong becomes BadParameter."""

    def __init__(self, request: Request) -> None:
        self._query = request.query
        self.now = request.now

    def text(self, name: str, default: str | None = None) -> str:
        """A text; required where there is no default."""
        given = self._query.get(name, ("",))[-1] or default
        if given is None:
            raise BadParameter(name, None, f"{name} is missing")
        return given

    def choice(self, name: str, choices: Sequence[str], default: str | None = None) -> str:
        """One of `choices`."""
        given = self.text(name, default)
        if given not in choices:
            raise BadParameter(name, given, f"{name} cannot be {given}")
        return given

    def flag(self, name: str, *, default: bool) -> bool:
        """`true` or `false`."""
        return self.choice(name, ("true", "false"), "true" if default else "false") == "true"

    def number(self, name: str, default: int | None = None, most: int = 10_000) -> int:
        """A positive whole number."""
        given = self.text(name, None if default is None else str(default))
        if not given.isdigit() or not 0 < int(given) <= most:
            raise BadParameter(name, given, f"{name} cannot be {given}")
        return int(given)

    def day(self, name: str) -> date | None:
        """A date, None where it was not sent."""
        given = self._query.get(name, ("",))[-1]
        return self._date(name, given, "%Y-%m-%d") if given else None

    def month(self, name: str) -> date | None:
        """The first day of a month given as YYYY-MM, None where it was not sent."""
        given = self._query.get(name, ("",))[-1]
        return self._date(name, given, "%Y-%m") if given else None

    @staticmethod
    def _date(name: str, given: str, form: str) -> date:
        try:
            return datetime.strptime(given, form).date()  # noqa: DTZ007 - only the date is kept
        except ValueError:
            raise BadParameter(name, given, f"{name} cannot be {given}") from None
