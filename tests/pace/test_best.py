"""What could be used at most: nobody finds room for more, however they go about it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.pace import examples
from tests.pace.best import fill

UNTIL, HOLD = 17.0, 4.03


def most(critical: list[float], usable: int, limit: int) -> int:
    """The most that can start, of all ways to do it: whoever starts later starts at an end."""
    ends = [0.0, *(at + HOLD for at in critical)]
    moments = sorted({at + turns * HOLD for at in ends for turns in range(5)})
    moments = [at for at in moments if at < UNTIL]

    def held(lower: list[float], at: float) -> int:
        # As of the very moment at which it comes back, a slot is there.
        return sum(start <= at < start + HOLD - 1e-6 for start in (*critical, *lower))

    def fits(lower: list[float]) -> bool:
        last = lower[-1]
        within = [at for at in critical if last <= at < last + HOLD - 1e-6]
        return held(lower, last) <= usable and all(held(lower, at) <= limit for at in within)

    def more(lower: list[float], first: int) -> int:
        found = len(lower)
        for at in range(first, len(moments)):
            longer = [*lower, moments[at]]
            if fits(longer):
                found = max(found, more(longer, at))
        return found

    return more([], 0)


@given(st.lists(st.integers(0, 33), max_size=4), st.sampled_from([(1, 1), (1, 2), (2, 2), (2, 3)]))
@examples(60)
def test_who_starts_as_soon_as_it_fits_starts_as_many_as_anybody(
    halves: list[int], slots: tuple[int, int]
) -> None:
    critical = sorted(half / 2 + 0.1 + number / 100 for number, half in enumerate(sorted(halves)))
    usable, limit = slots
    assert len(fill(UNTIL, critical, HOLD, usable, limit)) == most(critical, usable, limit)
