from __future__ import annotations

from tests.transforms.asking import ask
from transforms.finra_short_volume import finra_short_volume

LINE = {
    "Date": "20260105",
    "Symbol": "AAC/U",
    "ShortVolume": "250.5",
    "ShortExemptVolume": "0",
    "TotalVolume": "1002",
    "Market": "B,Q,N",
}


def test_lines_become_figures() -> None:
    value = ask(finra_short_volume, [LINE])
    assert value["date"] == "2026-01-05"
    (row,) = value["rows"]
    assert (row["symbol"], row["short"], row["total"]) == ("AAC/U", 250.5, 1002.0)
    assert row["short_ratio"] == 0.25
    assert row["markets"] == ["B", "Q", "N"]


def test_no_volume_has_no_ratio_and_the_trailing_count_is_no_row() -> None:
    value = ask(finra_short_volume, [LINE | {"TotalVolume": "0"}, {"Date": "12173"}])
    (row,) = value["rows"]
    assert row["short_ratio"] is None
