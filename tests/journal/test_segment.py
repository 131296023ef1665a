"""Blocks on disk: what is damaged is told with its place, and all else is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.journal import segment
from quanticity.journal.records import Value
from quanticity.journal.segment import Block, Damage
from quanticity.model import Kind, Write
from quanticity.store import envelope
from quanticity.store.envelope import Written
from tests.journal.recordings import a_value

COUNT = 5


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feeds-1.qj"
    content, blocks = segment.Content(), []
    for number in range(COUNT):
        content.begin()
        content.add(a_value(f"{1000 + number}-0", data=b"%d" % number))
        blocks.append(content.block(segment.compressor()))
    path.write_bytes(b"".join(blocks))
    return path


def read(path: Path) -> tuple[list[str], list[Damage]]:
    seqs, damage = [], []
    for one in segment.blocks(path):
        found = segment.content(one) if isinstance(one, Block) else one
        if isinstance(found, Damage):
            damage.append(found)
        else:
            seqs += [value.seq for value in found]  # type: ignore[union-attr]
    return seqs, damage


def test_what_was_written_is_read(file: Path) -> None:
    seqs, damage = read(file)
    assert seqs == [f"{1000 + number}-0" for number in range(COUNT)]
    assert not damage


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("data", [b"1", b'"' + b"x" * 70_000 + b'"'])
def test_what_was_written_is_the_value_that_is_read(
    tmp_path: Path, kind: Kind, data: bytes
) -> None:
    inputs = {"raw:é": "1-0"}
    write = Write("raw:b:é", data, "test.feed", 1000, 1000.5, 60, kind, inputs, 70_000)
    text = envelope.encode(write, "1234567890123-12")
    content = segment.Content(100)
    content.add_written(Written.of(write, "1234567890123-12"))
    (tmp_path / "one.qj").write_bytes(content.block(segment.compressor()))
    [block] = segment.blocks(tmp_path / "one.qj")
    assert isinstance(block, Block)
    assert (block.low, block.high) == (1234567890123, 1234567890123)
    whole = Value("1234567890123-12", write.key, kind.value, 60.0, 70_000, text)
    assert segment.content(block) == [whole]


def test_every_flipped_byte_is_found_and_the_other_blocks_are_read(file: Path) -> None:
    whole = file.read_bytes()
    offsets = [one.offset for one in segment.blocks(file) if isinstance(one, Block)]
    for at in range(len(whole)):
        flipped = bytearray(whole)
        flipped[at] ^= 0x10
        file.write_bytes(flipped)
        hit = max(number for number, offset in enumerate(offsets) if offset <= at)
        seqs, damage = read(file)
        assert seqs == [f"{1000 + number}-0" for number in range(COUNT) if number != hit], at
        assert [one.offset for one in damage] == [offsets[hit]], at
        assert str(file) in str(damage[0])
        assert f"at byte {offsets[hit]}" in str(damage[0])


def test_a_file_cut_anywhere_gives_all_whole_blocks(file: Path) -> None:
    whole = file.read_bytes()
    ends = [one.offset + one.size for one in segment.blocks(file) if isinstance(one, Block)]
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        seqs, damage = read(file)
        assert len(seqs) == sum(end <= length for end in ends)
        cut = length not in (0, *ends)
        assert ["the file ends within a block"] * cut == [one.why for one in damage], length


def test_rubbish_between_blocks_is_passed_over(file: Path) -> None:
    whole = file.read_bytes()
    first = next(one for one in segment.blocks(file) if isinstance(one, Block))
    rubbish = b"QJB1" * 50 + b"\x00" * 3_000_000
    file.write_bytes(whole[: first.size] + rubbish + whole[first.size :])
    seqs, damage = read(file)
    assert len(seqs) == COUNT
    assert [(one.offset, one.size) for one in damage] == [(first.size, len(rubbish))]
