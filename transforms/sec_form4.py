"""EDGAR's list of current filings: two Atom entries, insider and company, become one filing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from quanticity.api import State, moment, rows, transform

_TITLE = re.compile(r"(\S+) +- +(.+?) +\(([0-9]{1,10})\) +\((Reporting|Issuer)\)")
_ACCESSION = re.compile(r"[0-9]{10}-[0-9]{2}-[0-9]{6}")
_FORMS = ("4", "4/A")


@transform
def sec_form4(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """`rows`, newest first: `accession`, `form`, `filed` (epoch seconds), `issuer`, `owners`.

    The interface takes the type for a prefix, so forms like 424B2 are left out here. A filing may
    have several owners, and one of its entries may lie beyond the list's end: then `issuer` is
    null, or `owners` empty.
    """
    filings: dict[str, dict[str, Any]] = {}
    for entry in rows(payload):
        title = _TITLE.fullmatch(" ".join(str(entry.get("title") or "").split()))
        accession = _ACCESSION.search(f"{entry.get('id')} {entry.get('summary')}")
        if title is None or accession is None or title[1] not in _FORMS:
            continue
        filing = filings.setdefault(
            accession[0],
            {
                "accession": accession[0],
                "form": title[1],
                "filed": moment(entry.get("updated"), "America/New_York"),
                "issuer": None,
                "owners": [],
                "url": _url(entry.get("link")),
            },
        )
        party = {"name": title[2], "cik": title[3].zfill(10)}
        if title[4] == "Issuer":
            filing["issuer"] = party
        elif party not in filing["owners"]:
            filing["owners"].append(party)
    found = sorted(filings.values(), key=lambda filing: filing["filed"] or 0.0, reverse=True)
    return {"rows": found}, None


def _url(link: Any) -> str | None:
    if isinstance(link, list):
        link = link[0] if link else None
    target = link.get("@href") if isinstance(link, Mapping) else link
    return str(target) if target else None
