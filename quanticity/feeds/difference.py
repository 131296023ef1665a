"""What a reload did to the feeds."""

from __future__ import annotations

from collections.abc import Mapping

from quanticity.feeds.report import Change


def difference(
    old: Mapping[str, object], new: Mapping[str, object], generation: int, seconds: float
) -> Change:
    """The change from what there was by feed id to what there is; what is the same was kept."""
    both = [name for name in new if name in old]
    kept = sum(old[name] is new[name] for name in both)
    return Change(
        generation,
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=tuple(name for name in both if old[name] is not new[name]),
        kept=kept,
        seconds=seconds,
    )
