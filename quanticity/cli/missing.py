"""Why a key that the config names holds nothing yet: which feed fills it, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.cli.component_rows import edge_reason, edge_state
from quanticity.cli.filled import filled_by, values_in
from quanticity.cli.lent import Lent
from quanticity.component.trading import COMING
from quanticity.config.effective import Effective, EffectiveEndpoint
from quanticity.config.schema.root import Aggregate
from quanticity.model import bind
from quanticity.runtime.known_keys import SYSTEM_KEYS
from quanticity.words import count, seconds

_NAMES = 6
_NONE_HERE = "none that still lives under this key"


def why_missing(
    key: str,
    effective: Effective,
    aggregates: Mapping[str, Aggregate],
    status: Mapping[str, Any] | None,
    lent: Mapping[str, Lent] | None = None,
) -> str:
    """One sentence about the feed that fills `key`; empty where the config names no such key.

    `status` is what the running system tells of itself, as `quanticity:status` holds it,
    and `lent` what other feeds give for the key's placeholders, by name.
    """
    found = filled_by(key, effective)
    if found is not None:
        return _of_feed(*found, key, status, lent or {})
    for name, aggregate in aggregates.items():
        if values_in(key, aggregate.redis_key) is not None:
            if trouble := _trouble_of(key, status):
                return f"the aggregate {name} fills it; it failed: {trouble}"
            if aggregate.method == "failover":
                told = " or ".join(aggregate.sources)
                return f"the aggregate {name} fills it, once there is a value of {told}"
            if aggregate.method == "fill":
                told = aggregate.sources[0]
                return f"the aggregate {name} fills it, once there is a value of {told}"
            told = " and ".join(aggregate.sources)
            return f"the aggregate {name} fills it, once there are rows of {told} that meet"
    if key in COMING:
        _, who, why = COMING[key]
        return f"{who} will write it: {why}"
    if key in SYSTEM_KEYS:
        return "alerts are written here, and so far there was nothing to alert to"
    return ""


def _trouble_of(key: str, status: Mapping[str, Any] | None) -> str:
    """What the merges of an aggregate's key fail with; empty where they do not, or nothing runs."""
    told = status.get("aggregates", ()) if status else ()  # none of an older run
    troubles = (trouble for row in told for trouble in row["troubles"])
    return next((each["error"] for each in troubles if each["key"] == key), "")


def why_by_status(key: str, status: Mapping[str, Any] | None) -> str:
    """The same of a config that does not load: by what still runs, as `why_missing`'s `status`."""
    for row in status["feeds"] if status else ():
        if values_in(key, row["key"]) is not None:
            lacks = "now expired" if row["key"] == key else _NONE_HERE
            return _waits(row, status["now"] if status else 0.0, lacks)
    return ""


def why_not_written(key: str, components: Mapping[str, Any] | None, now: float) -> str:
    """One sentence about the component that writes `key`; empty where none does.

    `components` is what the runtime tells of itself, as `runtime:components` holds it.
    """
    for row in components["components"] if components else ():
        if key in row["writes"]:
            said = f"the component {row['id']} writes it"
            if row["status"] == "held":
                again = seconds(max(0.0, row["until"] - now))
                return f"{said}; it failed, and is tried again in {again}: {row['reason']}"
            if row["reason"]:
                return f"{said}; it waits: {row['reason']}"
            if row["runs"]:
                times = count(row["runs"], "time")
                return f"{said}; it ran {times}, and so far had nothing to write there"
            return f"{said}; it has not run yet"
    return ""


def why_not_brought(key: str, edges: Mapping[str, Any] | None) -> str:
    """One sentence about the source that writes `key`; empty where none does.

    `edges` is what the edges tell of themselves, as `runtime:edges` holds it.
    """
    for row in edges["edges"] if edges else ():
        # A source of many keys fills some placeholders only when it writes.
        if any(values_in(key, pattern) is not None for pattern in row.get("writes", ())):
            said = f"the {row['kind']} {row['id']} writes it"
            state, reason = edge_state(row), edge_reason(row)
            if state == "ok":
                return f"{said}; it is at work, and so far had nothing to write there"
            return f"{said}; {'it waits' if state == 'waiting' else 'it is down'}: {reason}"
    return ""


def _of_feed(
    endpoint: EffectiveEndpoint,
    values: Mapping[str, str],
    key: str,
    status: Mapping[str, Any] | None,
    lent: Mapping[str, Lent],
) -> str:
    if endpoint.off is not None:
        return f"the feed {endpoint.id} fills it, and is off: {endpoint.off}"
    raw = bind(endpoint.endpoint.redis_key, values)
    if key != raw and not (endpoint.endpoint.transform or endpoint.endpoint.transform_config):
        return f"{endpoint.id} has no transform: what it brings is under {raw}"
    symbol = values.get("symbol")
    if symbol is not None and endpoint.symbols and symbol not in endpoint.symbols:
        names = ", ".join(endpoint.symbols[:_NAMES])
        more = len(endpoint.symbols) - _NAMES
        there = f"{names} and {more} more" if more > 0 else names
        return f"{symbol} is not among the symbols of {endpoint.id}: {there}"
    for name, given in lent.items():
        if lacks := given.lacks(name, values.get(name, "")):
            return f"the feed {endpoint.id} fills it, and {lacks}"
    row = _row(endpoint, values, status)
    if status is None or row is None:
        return f"the feed {endpoint.id} fills it, and the running system does not have it yet"
    if row["key"] != raw:
        # It fills several keys: its age is that of the last value of all.
        lacks = _NONE_HERE
    else:
        made = key != raw
        lacks = "of which its transform made nothing that still lives" if made else "now expired"
    return _waits(row, status["now"], lacks)


def _row(
    endpoint: EffectiveEndpoint, values: Mapping[str, str], status: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    raw = bind(endpoint.endpoint.redis_key, values)
    for row in status["feeds"] if status else ():
        # The key of a feed that takes values from another one keeps those placeholders.
        if (row["source"], row["endpoint"]) == (endpoint.source, endpoint.name) and (
            values_in(raw, row["key"]) is not None
        ):
            found: Mapping[str, Any] = row
            return found
    return None


def _waits(row: Mapping[str, Any], now: float, lacks: str) -> str:
    text = f"the feed {row['feed']} ({row['group']}) fills it"
    age, due = row["age"], row["next_due"]
    if age is not None:
        text += f"; it last brought a value {seconds(age)} ago, {lacks}"
    state = "waiting" if row["status"] == "first" else row["status"]
    if row["status"] != "ok" or row["reason"]:
        text += f"; {state}: {row['reason']}" if row["reason"] else f"; {state}"
    if due is not None:
        text += "; it is due now" if due <= now else f"; next due in {seconds(due - now)}"
    return text
