"""Names that are one slip away from another: stricter than a guess, for these are refused."""

from __future__ import annotations

from collections.abc import Iterable


def meant(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `name` misses by one letter, two swapped, a line or its case.

    None for a name that is known itself, and for one that is like none of them.
    """
    listed = sorted(known)
    if name in listed:
        return None
    plain = _plain(name)
    return next((one for one in listed if _one_slip(plain, _plain(one))), None)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _one_slip(one: str, other: str) -> bool:
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 3:
        return False
    first = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if first is None:
        return True  # the longer one has one letter more, at its end
    rest, other_rest = one[first:], other[first:]
    return (
        rest[1:] == other_rest[1:]
        or rest[1:] == other_rest
        or rest == other_rest[1:]
        or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])
    )
