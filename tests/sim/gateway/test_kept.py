"""What is kept in a file: written whole or not at all, and believed only as it was written."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.errors import QuanticityError
from quanticity.sim.gateway import kept
from quanticity.sim.gateway.kept import Kept

KEPT = Kept(1_767_798_000.0, 7, "quiet", [["stock", "SPY"]], b"orders and positions", "2026-01-07")


def file_in(folder: Path) -> Path:
    kept.write(folder, KEPT)
    (file,) = folder.iterdir()
    return file


def test_it_is_read_as_it_was_written_and_nothing_lies_beside(tmp_path: Path):
    for _ in range(2):
        assert file_in(tmp_path).name == "gateway.state"
        assert kept.read(tmp_path) == KEPT


@given(damage=st.data())
def test_a_file_with_a_byte_that_is_another_was_believed(tmp_path_factory, damage):
    folder = tmp_path_factory.mktemp("kept")
    file = file_in(folder)
    text = bytearray(file.read_bytes())
    if damage.draw(st.booleans(), "cut"):
        text = text[: damage.draw(st.integers(0, len(text) - 1), "left")]
    else:
        text[damage.draw(st.integers(0, len(text) - 1), "at")] ^= damage.draw(st.integers(1, 255))
    file.write_bytes(text)
    assert kept.read(folder) is None
    assert [each.read_bytes() for each in folder.iterdir()] == [bytes(text)]
    assert kept.read(folder) is None
    kept.write(folder, KEPT)
    assert kept.read(folder) == KEPT


def test_a_damaged_file_is_told_in_a_line_and_set_aside_beside_earlier_ones(tmp_path: Path, capfd):
    for name in ("gateway.damaged", "gateway.damaged-2"):
        file = tmp_path / "gateway.state"
        file.write_bytes(name.encode())
        assert kept.read(tmp_path) is None
        (line,) = capfd.readouterr().err.splitlines()
        assert f"{file}: the gateway's state is damaged" in line
        assert f"it is now {name}, and the account begins empty" in line
        assert (tmp_path / name).read_bytes() == name.encode()


def test_state_of_another_version_is_refused_and_stays(tmp_path: Path):
    kept.write(tmp_path, msgspec.structs.replace(KEPT, version=99))
    with pytest.raises(QuanticityError, match="state of version 99, this program reads 1"):
        kept.read(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["gateway.state"]
