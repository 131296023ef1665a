"""The fields of one object, checked by their types all at once: fields are most of a body.

What is done for a row depends only on the types of its values, and rows of one feed come in few
combinations of them. Each combination is worked out once; from then on a row costs one look-up,
and one match for all of its texts together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Any

Check = Callable[[Any, "int | None"], bool]
"""Is this value right, looking at no more than so many elements of any array?"""

_MOST_COMBINATIONS = 256
# No pattern of ours matches it, so that texts joined by it fall apart in one way only.
_BETWEEN = "\0"


class _Missing:
    """The type of what is not there."""


_MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Field:
    """`types` are right as they are; text must match `text`; `part` checks what is left.

    Where `part` is None nothing else is right. `optional`: it may be missing.
    """

    name: str
    types: frozenset[type]
    text: re.Pattern[str] | None
    part: Check | None
    optional: bool


_Plan = tuple[Callable[[Any], Sequence[str]], Callable[[str], Any], tuple[tuple[int, Check], ...]]
"""For one combination of types: which values are texts, what these must match together, and
what is left to check, by place."""


def each_field(fields: Sequence[Field], *, otherwise: bool) -> Check:
    """A check of all fields of a mapping; of anything but a mapping it says `otherwise`."""
    names = [field.name for field in fields]
    if not names:
        return lambda value, _rows: otherwise or type(value) is dict
    pick = itemgetter(*names) if len(names) > 1 else _one(names[0])
    plans: dict[tuple[type, ...], _Plan | None] = {}
    # That of the row before, mostly of this one too; one pair, for threads look at once.
    last: tuple[tuple[type, ...] | None, _Plan | None] = None, None

    def each(value: Any, rows: int | None) -> bool:
        nonlocal last
        if type(value) is not dict:
            return otherwise
        try:
            found = pick(value)
        except KeyError:
            found = tuple(map(value.get, names, repeat(_MISSING)))
        kinds = tuple(map(type, found))
        known, plan = last
        if kinds != known:
            plan = _known_plan(plans, fields, kinds)
            last = kinds, plan
        if plan is None:
            return False
        texts, match, parts = plan
        if match(_BETWEEN.join(texts(found))) is None:
            return False
        return not parts or all(part(found[index], rows) for index, part in parts)

    return each


def _known_plan(
    plans: dict[tuple[type, ...], _Plan | None], fields: Sequence[Field], kinds: tuple[type, ...]
) -> _Plan | None:
    """As `_plan`, each combination worked out once."""
    try:
        return plans[kinds]
    except KeyError:
        plan = _plan(fields, kinds)
        if len(plans) < _MOST_COMBINATIONS:
            plans[kinds] = plan
        return plan


def _plan(fields: Sequence[Field], kinds: tuple[type, ...]) -> _Plan | None:
    """What to check for values of these types; None where one of them is wrong at once."""
    texts: list[int] = []
    patterns: list[str] = []
    parts: list[tuple[int, Check]] = []
    for index, (field, kind) in enumerate(zip(fields, kinds, strict=True)):
        if kind in field.types or (kind is _Missing and field.optional):
            continue
        if kind is str and field.text is not None:
            texts.append(index)
            patterns.append(f"(?:{field.text.pattern})")
        elif kind is not _Missing and field.part is not None:
            parts.append((index, field.part))
        else:
            return None
    match = re.compile(_BETWEEN.join(patterns)).fullmatch
    return _picker(texts), match, tuple(parts)


def _picker(indices: Sequence[int]) -> Callable[[Any], Sequence[str]]:
    if not indices:
        return lambda _found: ()
    return itemgetter(*indices) if len(indices) > 1 else _one(indices[0])


def _one(which: Any) -> Callable[[Any], tuple[Any]]:
    """`itemgetter` of a single thing, as a tuple all the same."""
    return lambda found: (found[which],)
