"""Whether a new version of a component can go on from what an older one remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec

from quanticity.runtime.encode import decode_state


def given_up(kind: Any, data: bytes | None) -> str:
    """What of a saved state a `kind` does not take over, in words; empty where it takes all."""
    if data is None:
        return ""
    if kind is None:
        return "it has no State any more: what it remembered is given up"
    try:
        decode_state(data, kind)
        saved = msgspec.msgpack.decode(data)
    except (ValueError, msgspec.MsgspecError) as error:
        return f"it begins anew: {error}"
    known = _names(kind)
    if not isinstance(saved, Mapping) or known is None:
        return ""
    gone = ", ".join(repr(name) for name in saved if name not in known)
    return f"its State has no {gone} any more: what was saved there is given up" if gone else ""


def _names(kind: Any) -> frozenset[str] | None:
    """The names that its fields are saved by; None where it is no record."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        tag = kind.__struct_config__.tag_field
        names = {one.encode_name for one in msgspec.structs.fields(kind)}
        return frozenset(names | {tag} if tag else names)
    if isinstance(kind, type) and is_dataclass(kind):
        return frozenset(one.name for one in fields(kind))
    return None
