"""Rows with an OCC option symbol get what the symbol says, as fields of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.api import State, option_symbol, transform

_NAMES = ("option_symbol", "option_chain", "contractID", "option", "occ", "osi")


@transform
def osi(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """Adds `root`, `underlying`, `expiry`, `right`, `strike` and `adjusted` to each row.

    For option contracts and stream frames that name a contract and nothing else of it. Symbols
    may be compact or padded to 21 characters, and roots may hold digits (`AAPL1` is an adjusted
    contract). `option_field` in the config names the field, where it is none of the usual ones.
    A field that the row has already is left alone; a symbol that cannot be read adds nothing.
    """
    named = config.get("option_field")
    fields = (str(named),) if named else _NAMES
    _add(payload, fields)
    return payload, None


def _add(value: Any, fields: tuple[str, ...]) -> None:
    if isinstance(value, list):
        for item in value:
            _add(item, fields)
    elif isinstance(value, dict):
        for item in value.values():
            _add(item, fields)
        for field in fields:
            if (symbol := option_symbol(value.get(field))) is not None:
                value.setdefault("root", symbol.root)
                value.setdefault("underlying", symbol.underlying)
                value.setdefault("expiry", symbol.expiry)
                value.setdefault("right", symbol.right)
                value.setdefault("strike", symbol.strike)
                value.setdefault("adjusted", symbol.adjusted)
                break
