"""Reads a recording: the segments of all its processes, merged into the one order of seqs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from pathlib import Path

from quanticity.errors import QuanticityError
from quanticity.journal import segment
from quanticity.journal.records import FORMAT, Opened, Record, place
from quanticity.journal.segment import Block, Damage

# Where it stands; of equals, the file, the block in it and the place in the block decide.
_Entry = tuple[tuple[int, int, int], str, int, int, Record | Damage]
_ORDER = itemgetter(0, 1, 2, 3)
_PLACE = itemgetter(0)


@dataclass(slots=True)
class Recording:
    """A folder of segments. `damage` grows with what reading finds."""

    folder: Path
    blocks: list[Block]
    damage: list[Damage] = field(default_factory=list)

    @property
    def first(self) -> int:
        """The first millisecond of its seqs; 0 where nothing was recorded."""
        # A block of the beginning may begin before the first seq there is.
        return min((block.low or block.high for block in self.blocks if block.high), default=0)

    @property
    def last(self) -> int:
        """The last millisecond of its seqs."""
        return max((block.high for block in self.blocks), default=0)

    @property
    def started(self) -> float:
        """When its first process began, epoch seconds of the system's clock."""
        first = {_process_of(block): block for block in reversed(self.blocks)}
        read = (segment.content(block) for block in first.values())
        opened = (one for found in read if not isinstance(found, Damage) for one in found)
        began = [one.started for one in opened if isinstance(one, Opened)]
        return min(began, default=self.first / 1000)

    def records(
        self,
        since: int = 0,
        until: int | None = None,
        on_damage: Callable[[Damage], None] = lambda _: None,
    ) -> Iterator[Record]:
        """Every record in order, of seqs from millisecond `since` to `until`, both included.

        A damaged block is told, and the rest is read. It is told where it stood: after what its
        process recorded before it, and before what that process recorded next.
        """
        told = list(self.damage)
        wanted = [
            block
            for block in self.blocks
            if block.high == 0 or (block.high >= since and (until is None or block.low <= until))
        ]
        waiting: list[_Entry] = []
        for number, block in enumerate(wanted):
            name, records = block.path.name, self._read(block, told)
            first = next((one for one in records if not isinstance(one, Opened)), None)
            if first is not None:
                for one in [one for one in told if _is_before(one, block)]:
                    told.remove(one)
                    waiting.append((place(first), name, block.offset, -1, one))
            for position, record in enumerate(records):
                at = place(record)
                if at[0] == 0 or (at[0] >= since and (until is None or at[0] <= until)):
                    waiting.append((at, name, block.offset, position, record))
            # Mostly in order already, which is what this sort is quick at.
            waiting.sort(key=_ORDER)
            ready = len(waiting)
            if number + 1 < len(wanted):
                ready = bisect_left(waiting, (wanted[number + 1].low, 0, 0), key=_PLACE)
            for *_, entry in waiting[:ready]:
                if isinstance(entry, Damage):
                    on_damage(entry)
                else:
                    yield entry
            del waiting[:ready]
        for damage in told:
            on_damage(damage)

    def _read(self, block: Block, told: list[Damage]) -> Sequence[Record]:
        found = segment.content(block)
        if isinstance(found, Damage):
            self.damage.append(found)
            told.append(found)
            return ()
        for record in found:
            if isinstance(record, Opened) and record.format > FORMAT:
                raise QuanticityError(
                    f"{block.path} is of format {record.format}, and this program reads up to "
                    f"{FORMAT}: use the version that recorded it, {record.version} or newer"
                )
        return found


def _process_of(block: Block) -> str:
    return block.path.stem.rpartition("-")[0]


def _is_before(damage: Damage, block: Block) -> bool:
    """Whether the same process wrote the block behind what is damaged: here or in a later file."""
    one, other = damage.path.stem, block.path.stem
    same = one.rpartition("-")[0] == other.rpartition("-")[0]
    return same and (one, damage.offset) < (other, block.offset)


def _missing(paths: Sequence[Path]) -> Iterator[Damage]:
    """Files that are not there between others of their process. Older ones may be put away."""
    numbers: dict[str, list[tuple[int, Path]]] = {}
    for path in paths:
        stem, _, number = path.stem.rpartition("-")
        if number.isdigit():
            numbers.setdefault(stem, []).append((int(number), path))
    for stem, listed in numbers.items():
        for (before, _), (after, path) in pairwise(sorted(listed)):
            for lost in range(before + 1, after):
                name = f"{stem}-{lost:0{len(path.stem) - len(stem) - 1}d}{segment.SUFFIX}"
                yield Damage(path.with_name(name), 0, 0, "the file is missing")


def open_recording(folder: Path) -> Recording:
    """Look at the segments of a folder. Raises `QuanticityError` where there are none."""
    if not folder.is_dir():
        raise QuanticityError(f"{folder} is no folder; `record` and `run --record` make one")
    found: list[Block] = []
    damage: list[Damage] = []
    paths = sorted(path for path in folder.glob(f"*{segment.SUFFIX}") if path.is_file())
    copies: dict[tuple[tuple[int, ...], ...], Path] = {}
    for path in paths:
        read = list(segment.blocks(path))
        blocks = [one for one in read if isinstance(one, Block)]
        same = tuple((one.offset, one.size, one.low, one.high, one.checksum) for one in blocks)
        if same and (first := copies.setdefault(same, path)) is not path:
            # Its runs would be taken for others, made a second time.
            damage.append(Damage(path, 0, 0, f"a copy of {first.name}, left out"))
            continue
        if not read:
            # Whoever begins one says at once what it is.
            damage.append(Damage(path, 0, 0, "the file is empty"))
        found += blocks
        damage += [one for one in read if isinstance(one, Damage)]
    damage += _missing(paths)
    if not found and not damage:
        raise QuanticityError(f"{folder} holds no recording (no *{segment.SUFFIX} files)")
    # Stable: blocks of one file stay in their order where they begin in the same millisecond.
    found.sort(key=lambda block: block.low)
    return Recording(folder, found, damage)
