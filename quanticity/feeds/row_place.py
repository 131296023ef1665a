"""Where the rows of a body stand, where the config says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.config.schema.endpoint import Endpoint
from quanticity.feeds.paths import MISSING, first

_OF_JSON = ("auto", "json")


def place_of_rows(spec: Endpoint) -> str | None:
    """The dotted path of the rows in JSON: of `rows`, else of its paging; None where none is given.

    Of other formats the rows are the whole body: there `rows` names the element of a row.
    """
    if spec.rows is not None and spec.format in _OF_JSON:
        return spec.rows
    return spec.paging.rows if spec.paging is not None else None


def rows_at(spec: Endpoint, where: str, payload: Any) -> Any:
    """What stands at `where`, or MISSING."""
    found = first(payload, where)
    if found is MISSING and spec.format == "auto" and isinstance(payload, list):
        # XML whose content type told what it is: its rows were taken out already.
        return payload
    return found


def as_rows(found: Any) -> list[Any]:
    """What stands where rows should, as rows.

    Many vendors leave the list out where there is only one row: a lone object is one.
    """
    if isinstance(found, list):
        return found
    return [found] if isinstance(found, Mapping) and found else []
