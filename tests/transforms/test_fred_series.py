from __future__ import annotations

from tests.transforms.asking import ask, recorded
from transforms.fred_series import fred_series


def test_missing_values_are_null_and_the_latest_has_one() -> None:
    body = {
        "observations": [
            {"date": "2026-01-05", "value": "."},
            {"date": "2026-01-02", "value": "4.15"},
            {"date": "2026-01-01", "value": "4.10"},
        ]
    }
    value = ask(fred_series, body, series="DGS10")
    assert value["series"] == "DGS10"
    assert value["latest"] == {"date": "2026-01-02", "value": 4.15}
    assert [row["value"] for row in value["rows"]] == [4.10, 4.15, None]


def test_the_graphs_csv_gives_the_same() -> None:
    rows = [
        {"observation_date": "2026-01-01", "DGS10": "4.10"},
        {"observation_date": "2026-01-02", "DGS10": ""},
    ]
    value = ask(fred_series, rows)
    assert value["series"] == "DGS10"
    assert value["latest"] == {"date": "2026-01-01", "value": 4.1}
    assert value["rows"][1]["value"] is None


def test_a_series_without_observations_has_no_latest() -> None:
    assert ask(fred_series, {"observations": []})["latest"] is None


def test_a_recorded_series_reads() -> None:
    value = ask(fred_series, recorded("openbb-fred/fred_series__0.json"), series="SP500")
    assert len(value["rows"]) > 2000
    assert any(row["value"] is None for row in value["rows"])
