"""The oldest values of alike feeds, of several rehearsals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quanticity.model import Priority
from quanticity.pace.planned import PlannedFeed
from quanticity.pace.rehearsal import Rehearsal, Shown

# Feeds of one group, interval under the session's rules, and number of calls are alike.
Kind = tuple[Priority, float, int]
LEAST_RUNS = 3
# A rehearsal that goes on for less than so many times what it takes for the oldest only guesses it.
TIMES_LEFT = 2
# Where the oldest of all rehearsals is beyond this part of the usual, the worst comes seldom.
DIFFERENT = 1.2
NEVER = float("inf")


class Oldest:
    """What rehearsals showed of each kind of feeds; all ages in seconds, inf where it has no end.

    `latest` is the oldest of all in the last one, but for those that have no end.
    """

    def __init__(self, kinds: Mapping[Kind, Sequence[PlannedFeed]]) -> None:
        self.latest = 0.0
        self._kinds = kinds
        self._seen: dict[Kind, list[float]] = {mark: [] for mark in kinds}
        self._guessed: dict[Kind, list[float]] = {mark: [] for mark in kinds}

    def note(self, made: Rehearsal, start: float) -> None:
        """One more rehearsal; `start` is when it was no start any more but for a round or two."""
        self.latest = 0.0
        ends = self._rounds(made, start)
        for mark, members in self._kinds.items():
            feeds, since = [made.shown[one.id] for one in members], ends[mark[0]]
            age = _oldest(feeds, since, made.seconds)
            if age is None:
                age = mark[1] if mark[1] >= made.seconds else NEVER
            if age < NEVER:
                self.latest = max(self.latest, age)
                if TIMES_LEFT * age > made.seconds - since:
                    # Too short to say it, unless all are: what it saw after the start it saw.
                    self._guessed[mark].append(age)
                    age = _replaced(feeds, since)
            self._seen[mark].append(age)

    @property
    def differ(self) -> bool:
        """Whether some rehearsal showed much older values of a kind than most of them did."""
        ages = [sorted(seen) for seen in self._seen.values() if len(seen) > 1]
        usual = [(one[(len(one) - 1) // 2], one[-1]) for one in ages]
        return any(0 < DIFFERENT * middle < oldest < NEVER for middle, oldest in usual)

    def first(self, mark: Kind) -> float:
        """What the first rehearsal said of a kind."""
        return self._guessed[mark][0] if self._only_guessed(mark) else self._seen[mark][0]

    def found(self) -> dict[Kind, float]:
        """What all of them say."""
        return {
            mark: max(self._guessed[mark] if self._only_guessed(mark) else seen)
            for mark, seen in self._seen.items()
        }

    def _only_guessed(self, mark: Kind) -> bool:
        return len(self._guessed[mark]) == len(self._seen[mark])

    def _rounds(self, made: Rehearsal, start: float) -> dict[Priority, float]:
        """When everybody of a group has had two runs, and the start is over."""
        ends = dict.fromkeys(Priority, start)
        for mark, members in self._kinds.items():
            for one in members:
                second = made.shown[one.id].second
                if second is not None:
                    ends[mark[0]] = max(ends[mark[0]], second)
        return ends


def _replaced(feeds: Sequence[Shown], since: float) -> float:
    """The oldest that a value was, asked for `since` then, when the next one was there."""
    return max((age for one in feeds for at, age in one.ages if at >= since), default=0.0)


def _oldest(feeds: Sequence[Shown], since: float, until: float) -> float | None:
    """The oldest that values of alike feeds got; None where they had no two."""
    runs = sum(one.starts for one in feeds)
    if runs == 0:
        return None
    age = max(_replaced(feeds, since), *(until - one.asked for one in feeds))
    if runs < LEAST_RUNS * len(feeds):
        # Too short to have shown the oldest: what is shared out evenly comes this often.
        age = max(age, until * len(feeds) / runs)
    return age
