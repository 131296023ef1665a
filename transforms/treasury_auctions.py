"""Treasury auctions from Fiscal Data: everything is text there, and null is the text null."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from quanticity.api import State, moment, number, rows, transform

_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_TERM = re.compile(r"([0-9]+)-Year(?: ([0-9]+)-Month)?")
_WORDS = {"Yes": True, "No": False}
# Names of things, though some are all digits.
_TEXT = frozenset(("cusip", "security_type", "security_term", "original_security_term", "series"))


@transform
def treasury_auctions(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """`rows` by auction date, newest first: USD, rates and yields in percent, as numbers.

    `tenor` is the term that a security was first sold with: a reopening of `29-Year 11-Month` is
    a `30-Year`. `closes` is when competitive bids close, in epoch seconds. `has_results` says
    whether the auction has been held.
    """
    found = [_row(row) for row in rows(payload)]
    found.sort(key=lambda row: str(row.get("auction_date") or ""), reverse=True)
    return {"rows": found}, None


def _row(given: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: _value(name, item) for name, item in given.items()}
    row["tenor"] = _tenor(row.get("original_security_term") or row.get("security_term"))
    row["closes"] = _closes(row.get("auction_date"), row.get("closing_time_comp"))
    row["has_results"] = row.get("bid_to_cover_ratio") is not None
    return row


def _value(name: str, item: Any) -> Any:
    if item in (None, "", "null"):
        return None
    if name in _TEXT or not isinstance(item, str):
        return item
    if item in _WORDS:
        return _WORDS[item]
    return number(item) if _PLAIN.fullmatch(item) else item


def _tenor(term: Any) -> str | None:
    found = _TERM.fullmatch(str(term))
    if found is None:
        return None if term is None else str(term)
    return f"{round(int(found[1]) + int(found[2] or 0) / 12)}-Year"


def _closes(on: Any, at: Any) -> float | None:
    try:
        clock = datetime.strptime(str(at), "%I:%M %p").time()  # noqa: DTZ007 a time of day only
    except ValueError:
        return None
    return moment(f"{on}T{clock:%H:%M}", "America/New_York")
