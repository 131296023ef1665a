"""Query parameters as YAML writes them, and what is sent.

- text may hold placeholders (`{symbol}`, `{today:%Y%m%d}`) or be a word for a date (see `dates`);
- `market_hours` is never sent: the endpoint runs in the regular session only;
- `0-2` under a name with `dte` becomes `min_dte=0&max_dte=2`; under a name with `expir` it
  becomes the trading days from today (0) to the second after it (2), the name repeated;
- a list repeats its name as it is written: `expirations[]=a&expirations[]=b`;
- true and false are written so, and null is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from quanticity.clock import Calendar
from quanticity.feeds.dates import days_ahead, is_date_word
from quanticity.feeds.template import Template

MARKET_HOURS = "market_hours"

_RANGE = re.compile(r"^(\d+)-(\d+)$")
Query = list[tuple[str, str]]


class Params:
    """An endpoint's parameters, taken apart once and shared by its feeds.

    `names` are the values they need, `dated` says that they mean something else tomorrow, and
    `market_hours` that the endpoint asks to run in the regular session only.
    """

    __slots__ = ("_calendar", "_parts", "dated", "market_hours", "names")

    def __init__(self, params: Mapping[str, Any], calendar: Calendar) -> None:
        self._calendar = calendar
        self._parts: list[tuple[str, Template | tuple[int, int]]] = []
        self.market_hours = False
        for name, given in params.items():
            for item in given if isinstance(given, (list, tuple)) else [given]:
                self._add(name, item)
        templates = [part for _, part in self._parts if isinstance(part, Template)]
        self.names = frozenset().union(*(template.names for template in templates))
        self.dated = len(templates) < len(self._parts) or any(part.dated for part in templates)

    def _add(self, name: str, item: Any) -> None:
        if item is None:
            return
        text = str(item).lower() if isinstance(item, bool) else str(item)
        if text == MARKET_HOURS:
            self.market_hours = True
            return
        spread = _RANGE.match(text)
        low, high = (int(spread[1]), int(spread[2])) if spread else (0, 0)
        if spread and "dte" in name.lower():
            self._parts.append(("min_dte", Template(str(low))))
            self._parts.append(("max_dte", Template(str(high))))
        elif spread and "expir" in name.lower():
            self._parts.append((name, (low, high)))
        else:
            self._parts.append((name, Template(f"{{{text}}}" if is_date_word(text) else text)))

    def query(self, values: Mapping[str, str], now: float) -> Query:
        """What to send at epoch second `now`, in the order of YAML; values are not yet quoted."""
        sent: Query = []
        for name, part in self._parts:
            if isinstance(part, Template):
                sent.append((name, part.render(values, now, self._calendar)))
            else:
                low, high = part
                today = self._calendar.trading_date(now)
                days = days_ahead(today, high + 1, self._calendar)[low:]
                sent.extend((name, day.isoformat()) for day in days)
        return sent
