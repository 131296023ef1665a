"""What a reload did to the feeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from quanticity import words
from quanticity.config.effective import Effective
from quanticity.config.loaded import Loaded
from quanticity.feeds.report import Change


def difference(
    old: Mapping[str, object],
    new: Mapping[str, object],
    generation: int,
    seconds: float,
    anew: Sequence[str] = (),
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
        anew=anew,
    )


def files_anew(
    before: Loaded, loaded: Loaded, effective: Effective, feeds: Iterable[str]
) -> tuple[str, ...]:
    """The transforms and contracts in use whose files say something else than before.

    Their feeds were kept all the same: `transform my_totals for 2 feeds`.
    """
    fed = Counter(name.partition(":")[0] for name in feeds)
    found: Counter[str] = Counter()
    for each in effective.running():
        spec = each.endpoint
        for what, name, then, now in (
            ("transform", spec.transform, before.modules.functions, loaded.modules.functions),
            ("contract", spec.contract, before.contracts, loaded.contracts),
        ):
            # What is named for the first time is told by its feed, which that changed.
            if name is not None and name in then and then[name] != now.get(name):
                found[f"{what} {name}"] += fed[each.id]
    return tuple(f"{what} for {words.count(many, 'feed')}" for what, many in found.items())
