"""The table of docs/analytics/keys.md, held against a demo that runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from quanticity.component import Around, At, Every, OnChange
from quanticity.config.loader import load
from quanticity.model import Kind, bind
from quanticity.runtime.binding import Binding
from quanticity.runtime.whole import whole_of
from quanticity.store.redis_store import RedisStore

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "analytics" / "keys.md"
MOST_NULL = 0.1
# A run is due this long after its inputs changed, at the latest, beside its own pace (seconds).
LATE = 12.0
# The newest whole minute is a vendor's, who is asked once a minute, at the latest (seconds).
BAR_LATE = 60 + 60 + 60 + LATE
# Outputs that are made of some inputs only: a headline of the other vendor makes no new article.
_MADE_OF = {"sentiment:{symbol}:articles": "raw:av:news:"}
_ROW = re.compile(
    r"^\| (?:(D\d\d) \| )?`([^`]+)` \| (\w+) \| `(\w+)` \|(?: (.*?) ?\|)?$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. `null` says why its figure may be null, and until when."""

    id: str
    key: str
    of: str
    writer: str
    null: str

    @property
    def not_yet(self) -> str:
        """What its reason must say, of a figure that is not due yet."""
        found = re.fullmatch(r"not yet: `(.+)`", self.null)
        return found[1] if found else ""

    @property
    def waits(self) -> str:
        """The key that it waits for."""
        found = re.fullmatch(r"waits for `(.+)`", self.null)
        return found[1] if found else ""


def rows() -> list[Row]:
    """All lines of the page, those without a row of their own too."""
    text = PAGE.read_text(encoding="utf-8")
    return [Row(*(part or "" for part in found)) for found in _ROW.findall(text)]


@cache
def bindings() -> list[Binding]:
    """What the demo binds."""
    return whole_of(load(ROOT / "config", "demo", {})).bound.bindings


def written(all_of: Iterable[Binding]) -> dict[str, list[Binding]]:
    """The bindings that write each latest key, by its pattern."""
    found: dict[str, list[Binding]] = {}
    for binding in all_of:
        for key in binding.component.writes.values():
            if key.kind is Kind.LATEST:
                found.setdefault(key.name, []).append(binding)
    return found


@dataclass(frozen=True)
class Sample:
    """All that the analytics wrote and read, at one moment of the demo's clock."""

    now: float
    values: Mapping[str, Any]
    health: Mapping[str, Mapping[str, Any]]
    status: Mapping[str, Any]


async def sample(store: RedisStore, all_of: Iterable[Binding]) -> Sample:
    """One look."""
    mine = list(all_of)
    writes = [write for one in mine for write in one.writes.values()]
    keys = {one.key for one in writes if one.kind is Kind.LATEST and not one.plain}
    keys |= {key for one in mine for key in one.latest}
    plain = ("quanticity:status", "runtime:components", "analytics:STATUS")
    listed = sorted(keys)
    texts, _ = await store.fetch((*listed, *plain), {})
    told = [orjson.loads(text) if text else {} for text in texts[-3:]]
    values = {key: orjson.loads(text) for key, text in zip(listed, texts, strict=False) if text}
    health = {row["id"]: row for row in told[1].get("components", ())}
    return Sample(told[0]["now"], values, health, told[2])


def pace(binding: Binding) -> float | None:
    """The most seconds between two runs; None for those that run at times of day."""
    gaps = [0.0]
    for trigger in binding.triggers:
        if isinstance(trigger, Around | At):
            return None
        gaps.append(trigger.seconds if isinstance(trigger, Every) else trigger.at_most_every)
    changes = any(isinstance(one, OnChange) for one in binding.triggers)
    return max(gaps) if not changes or len(gaps) == 2 else min(gaps[1:])


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of one key of one binding; good where `wrong` is empty."""

    key: str
    wrong: str = ""
    null: str = ""


def look(row: Row, binding: Binding, key: str, one: Sample, other: Sample) -> Finding:
    """Whether a key is there, not null or with a reason, within its age, and not behind."""
    value = other.values.get(key)
    health = other.health.get(binding.id, {})
    if row.waits:
        said = str(health.get("reason", ""))
        good = health.get("status") == "waiting" and row.waits in said and value is None
        return Finding(key, "" if good else f"does not wait for {row.waits}: {health}")
    if value is None:
        reason = str(health.get("reason", ""))
        if health.get("status") in ("waiting", "first"):
            return Finding(key, "", reason or "it did not run yet")
        return Finding(key, f"is not there; {health.get('status')}: {reason or 'no reason'}")
    life = next(write.ttl for write in binding.writes.values() if write.key == key)
    old = other.now - value["received"]
    if old > life:
        return Finding(key, f"is {old:.0f} s old, and lives {life:.0f} s")
    if behind := _behind(binding, value, other):
        return Finding(key, behind)
    data = value["data"]
    last = _last_bar(value)
    if last is not None and (behind_by := value["received"] - last) > BAR_LATE:
        return Finding(key, f"is of minutes that ended {behind_by - 60:.0f} s before")
    if not isinstance(data, dict) or data.get("reason") is None:
        return Finding(key)
    reason = str(data["reason"])
    if not reason.strip():
        return Finding(key, "is null without a reason")
    return Finding(key) if row.not_yet and row.not_yet in reason else Finding(key, "", reason)


def _behind(binding: Binding, value: Mapping[str, Any], other: Sample) -> str:
    """Which input has changed and was not looked at though its turn had come."""
    gap = pace(binding)
    if gap is None:
        return ""
    makes = [name for name in binding.watched if name in value.get("inputs", {})]
    for name in makes:
        now = other.values.get(name)
        if now is None or now["seq"] == value["inputs"][name]:
            continue
        # What a run leaves out is not written anew.
        ran = other.health[binding.id]["last_run"] or value["received"]
        if ran >= now["received"]:
            continue
        waited = other.now - max(now["received"], ran + gap)
        if waited > LATE:
            return f"is {waited:.0f} s behind {name}"
    return ""


def stuck(row: Row, mine: Iterable[Binding], one: Sample, other: Sample) -> str:
    """A figure whose inputs changed, that was made anew, and is the same for everybody.

    What is made of whole minutes is due to change when another minute is over: that the minutes
    move on is looked at in `look`.
    """
    anew, seen, of = [], 0, _MADE_OF.get(row.key, "")
    for binding in mine:
        seen += 1
        key = next(write.key for write in binding.writes.values() if _is(row, write.key, binding))
        before, after = one.values.get(key), other.values.get(key)
        if before is None or after is None or before["seq"] == after["seq"]:
            continue
        if _last_bar(before) is not None and _last_bar(before) == _last_bar(after):
            continue
        makes = [name for name in after.get("inputs", ()) if name.startswith(of)]
        if any(_changed(name, after, one, other) for name in makes):
            anew.append(before["hash"] != after["hash"])
    # One of eleven that is the same says little: a class, or a figure of what nobody traded.
    if len(anew) < min(3, seen) or not anew or any(anew):
        return ""
    return f"{row.key} was made anew of other inputs {len(anew)} times and never changed"


def _is(row: Row, key: str, binding: Binding) -> bool:
    return bind(row.key, binding.values) == key


def _last_bar(value: Mapping[str, Any]) -> float | None:
    """When the newest whole minute began that a figure was made of."""
    data = value["data"]
    return data.get("last_bar") if isinstance(data, dict) else None


def _changed(name: str, after: Mapping[str, Any], one: Sample, other: Sample) -> bool:
    """Whether an input is another than it was, and is what the figure was made of.

    One that came since then changes the next figure, not this one.
    """
    made_of = after["inputs"][name] == other.values.get(name, {}).get("seq")
    return made_of and _hash(one, name) != _hash(other, name)


def _hash(one: Sample, key: str) -> str:
    value = one.values.get(key)
    return value["hash"] if value else ""
