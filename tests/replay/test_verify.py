"""`replay --verify`: what is the same is counted, and every difference is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.journal import segment
from quanticity.journal.reader import open_recording
from quanticity.journal.records import Run, Value
from quanticity.journal.segment import Block
from quanticity.replay.differences import Verdict, first_difference
from tests.conftest import SOAK
from tests.replay.small import PLUGIN, bindings, components, record, verify


def recorded(tmp_path: Path, steps: int = 100) -> Path:
    folder = tmp_path / "recording"
    small = record(folder, bindings(components(tmp_path), ("SPY", "QQQ")), steps)
    assert small.runs > steps
    return folder


def rewritten(folder: Path, change: object) -> int:
    """Write every block anew with what `change` makes of its records; how many it changed."""
    changed = 0
    for path in folder.glob("*.qj"):
        blocks = []
        for block in segment.blocks(path):
            assert isinstance(block, Block)
            records = segment.content(block)
            assert isinstance(records, list)
            made = [change(one) for one in records]  # type: ignore[operator]
            changed += sum(one is not other for one, other in zip(records, made, strict=True))
            content = segment.Content()
            for one in filter(None, made):
                content.add(one)
            blocks.append(content.block(segment.compressor()))
        path.write_bytes(b"".join(blocks))
    return changed


def test_the_same_plugins_differ_in_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    known = components(tmp_path)
    small = record(folder, bindings(known, ("SPY", "QQQ")))
    verdict = verify(folder, components(tmp_path))
    assert verdict.same, verdict.lines()
    assert verdict.runs == small.runs
    assert not verdict.skipped
    runs = [one for one in open_recording(folder).records() if isinstance(one, Run)]
    assert any(one.error for one in runs)
    assert any(one.before for one in runs)
    assert f"{small.runs:,} runs compared" in verdict.lines()[-1]


def test_where_nothing_could_be_compared_it_said_there_was_no_difference(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    verdict = verify(folder, {})
    assert verdict.runs == 0
    assert not verdict.same
    assert "their component is not among the plugins" in verdict.lines()[0]
    assert verdict.lines()[-1].startswith("nothing was compared: no run on ")


def test_a_default_that_is_written_as_another_kind_of_number_is_no_difference(
    tmp_path: Path,
) -> None:
    """`plus: float = 1` was recorded as 1 and came back as 1.0."""
    folder = recorded(tmp_path)
    (value,) = [
        one
        for one in open_recording(folder).records()
        if isinstance(one, Value) and one.key == "feed:scaled:SPY" and b'"scaled":251.0' in one.text
    ]
    assert b'"plus":1,' in value.text
    assert verify(folder, components(tmp_path)).same


def test_an_altered_constant_is_found_with_input_and_first_differing_byte(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    verdict = verify(folder, components(tmp_path, PLUGIN.replace("2.5", "2.500001")))
    assert not verdict.same
    assert verdict.differed > 100
    first = verdict.differences[0]
    assert first.binding in ("scaled:SPY", "scaled:QQQ")
    symbol = first.binding.partition(":")[2]
    assert list(first.inputs) == [f"raw:price:{symbol}"]
    assert first.changed
    recorded_text, replayed = first.recorded, first.replayed
    assert recorded_text is not None
    assert replayed is not None
    assert first.at == first_difference(recorded_text, replayed)
    told = "\n".join(first.lines())
    assert f"feed:scaled:{symbol}" in told
    assert f"input raw:price:{symbol} (seq " in told
    assert "first differing byte: " in told
    assert "scaled.py" in told


def test_a_component_that_remembers_otherwise_is_found(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    verdict = verify(
        folder, components(tmp_path, PLUGIN.replace("state.count += 1", "state.count += 2"))
    )
    assert not verdict.same
    whats = [one.what for one in verdict.differences]
    assert "what it remembers after it differs" in whats
    assert all(one.binding.startswith("running:") for one in verdict.differences)


def test_an_error_that_is_no_more_is_a_difference(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    verdict = verify(
        folder, components(tmp_path, PLUGIN.replace('RuntimeError("seven")', 'RuntimeError("7")'))
    )
    assert any("RuntimeError: seven" in one.what for one in verdict.differences)


def test_an_output_that_is_no_more_is_a_difference(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    text = PLUGIN.replace('"told": [state.count] if state.count % 3 == 0 else []', '"told": []')
    verdict = verify(folder, components(tmp_path, text))
    assert any("it does not give 'told' (events:told:" in one.what for one in verdict.differences)


@pytest.mark.parametrize("process", ["feeds", "worker"])
def test_a_flipped_byte_is_told_with_file_and_offset_and_the_rest_is_compared(
    tmp_path: Path, process: str
) -> None:
    folder = recorded(tmp_path, 1500)
    (path,) = folder.glob(f"{process}-*.qj")
    blocks = [one for one in segment.blocks(path) if isinstance(one, Block)]
    assert len(blocks) > 2
    whole = verify(folder, components(tmp_path)).runs
    hit = blocks[len(blocks) // 2]
    text = bytearray(path.read_bytes())
    text[hit.offset + hit.size // 2] ^= 1
    path.write_bytes(text)
    verdict = verify(folder, components(tmp_path))
    assert not verdict.same
    assert [(one.path, one.offset) for one in verdict.damage] == [(path, hit.offset)]
    assert not verdict.differences, verdict.lines()
    assert 0 < verdict.runs < whole
    assert any(f"{path} at byte {hit.offset}" in line for line in verdict.lines())


def test_whichever_block_is_damaged_what_is_left_is_as_recorded(tmp_path: Path) -> None:
    """Told too early, a gap was forgotten by the runs before it, and those behind it differed."""
    folder = recorded(tmp_path, 3000 if SOAK else 1000)
    (path,) = folder.glob("worker-*.qj")
    whole, blocks = path.read_bytes(), list(segment.blocks(path))
    assert len(blocks) > 2
    for hit in blocks[1:]:
        for at in (hit.offset + 2, hit.offset + hit.size // 2):
            text = bytearray(whole)
            text[at] ^= 1
            path.write_bytes(text)
            verdict = verify(folder, components(tmp_path))
            assert [one.offset for one in verdict.damage] == [hit.offset]
            assert not verdict.differences, (at, verdict.lines())


def test_a_value_that_was_altered_behind_its_checksum_is_told(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    done: list[str] = []

    def change(one: object) -> object:
        if (
            isinstance(one, Value)
            and one.key == "raw:price:SPY"
            and not done
            and b"101" in one.text
        ):
            done.append(one.seq)
            text = one.text.replace(b'{"p":101', b'{"p":109')
            return Value(one.seq, one.key, one.kind, one.ttl, one.cap, text)
        return one

    assert rewritten(folder, change) == 1
    verdict = verify(folder, components(tmp_path))
    assert not verdict.same
    assert [done[0] in line for line in verdict.bad_values] == [True]
    assert "an input of theirs is not in the recording" in " ".join(verdict.skipped)


def test_a_component_that_is_gone_is_said(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    known = components(tmp_path)
    del known["running"]
    verdict = verify(folder, known)
    assert verdict.runs > 0
    assert any("running" in why and "not among the plugins" in why for why in verdict.skipped)


def test_a_state_is_found_again_after_a_gap(tmp_path: Path) -> None:
    """A lost run costs the runs that build on it, until a full state is told; nothing else."""
    folder = recorded(tmp_path, 400)
    seen = [0]

    def change(one: object) -> object:
        if isinstance(one, Run) and one.binding == "running:SPY" and not one.error:
            seen[0] += 1
            if seen[0] == 50:
                return None
        return one

    assert rewritten(folder, change) == 1
    verdict = verify(folder, components(tmp_path))
    # A run that is missing without a trace shows as a state that nobody made.
    assert [one.what for one in verdict.differences] == [
        "the state before it is not what was recorded"
    ]
    assert sum(verdict.skipped.values()) < 250


@pytest.mark.parametrize(
    ("one", "other", "at"),
    [(b"a", b"a", None), (b"a", b"b", 0), (b"ab", b"a", 1), (b"", b"x", 0)],
)
def test_the_first_difference(one: bytes, other: bytes, at: int | None) -> None:
    assert first_difference(one, other) == at
    pad = b"x" * 10_000
    assert first_difference(pad + one, pad + other) == (None if at is None else at + 10_000)


def test_one_run_was_told_as_one_runs() -> None:
    verdict = Verdict(runs=1, values=1, skipped={"its plugin is gone": 1}, lost=1, differed=1)
    assert verdict.lines() == [
        "... and 1 difference more",
        "1 record never written: the disk was too slow",
        "not compared: 1 run, its plugin is gone",
        "1 run compared on 1 value: 1 difference ()",
    ]
