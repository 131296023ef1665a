"""`config diff ONE OTHER`: what another environment would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from quanticity.config.overlay import Layers
from quanticity.config.render import Redact, flow, hide
from quanticity.spec import Path

_ABSENT = object()
Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs. `before` and `after` are None where there is none."""

    kind: Literal["added", "removed", "changed"]
    path: Path
    before: Any
    after: Any
    before_at: Place | None
    after_at: Place | None

    @property
    def name(self) -> str:
        """The dotted path."""
        return ".".join(map(str, self.path))

    def __str__(self) -> str:
        if self.kind == "added":
            return f"+ {self.name}: {flow(self.after)}  ({_at(self.after_at)})"
        if self.kind == "removed":
            return f"- {self.name}: {flow(self.before)}  ({_at(self.before_at)})"
        places = f"{_at(self.before_at)} -> {_at(self.after_at)}"
        return f"~ {self.name}: {flow(self.before)} -> {flow(self.after)}  ({places})"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "kind": self.kind,
            "path": self.name,
            "before": self.before,
            "after": self.after,
            "before_at": _at(self.before_at) or None,
            "after_at": _at(self.after_at) or None,
        }


def diff(one: Layers, other: Layers, *, redact: Redact = str) -> list[Change]:
    """What differs from `one` to `other`, in the order of the files; lists differ as a whole.

    Values that differ in a secret only are reported, and shown as hidden on both sides.
    """
    found = []
    for path, before, after in _walk(one.tree, other.tree, ()):
        name = next((part for part in reversed(path) if isinstance(part, str)), "")
        gone, new = before is _ABSENT, after is _ABSENT
        found.append(
            Change(
                "added" if gone else "removed" if new else "changed",
                path,
                None if gone else hide(before, redact, name),
                None if new else hide(after, redact, name),
                None if gone else one.locate(path),
                None if new else other.locate(path),
            )
        )
    return found


def _walk(
    one: Mapping[str, Any], other: Mapping[str, Any], path: Path
) -> Iterator[tuple[Path, Any, Any]]:
    for name in (*one, *(name for name in other if name not in one)):
        before, after = one.get(name, _ABSENT), other.get(name, _ABSENT)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _walk(before, after, (*path, name))
        elif type(before) is not type(after) or before != after:
            yield (*path, name), before, after


def _at(place: Place | None) -> str:
    return "" if place is None else f"{place[0]}:{place[1]}"
