"""What the table and the lines tell is kept in the log file."""

from __future__ import annotations

import io
from pathlib import Path

from quanticity.cli.lines import Lines
from quanticity.cli.logged import Logged
from quanticity.errors import Problem
from quanticity.feeds.report import Change
from quanticity.logs import configure


def test_what_went_wrong_at_noon_stood_nowhere_once_the_table_had_moved_on(tmp_path: Path, capsys):
    configure("WARNING", file=tmp_path / "quanticity.log")
    shown = io.StringIO()
    report = Logged(Lines(shown, lambda: "12:00:00"))
    report.step("config", True, "81 endpoints")
    report.step("store", False, "no server")
    report.first_value("uw.quote SPY", "raw:uw:quote:SPY", 0.1)
    report.problem("uw.quote SPY", "500 from\n2026-01-05 the {vendor}\x1b[2J")
    report.problem("", "the vendor is away")
    report.recovered("uw.quote SPY", "values flow again")
    report.reloaded(Change(2, added=["uw.news"], kept=80))
    report.rejected([Problem("data_sources.yaml", 7, 3, "no such field", "did you mean 'at'?")])
    lines = (tmp_path / "quanticity.log").read_text().splitlines()
    assert [tuple(line[24:].split(maxsplit=1)) for line in lines] == [
        ("INFO", "config: 81 endpoints"),
        ("WARNING", "store: no server"),
        ("INFO", "uw.quote SPY: first value, under raw:uw:quote:SPY"),
        ("WARNING", "uw.quote SPY: 500 from 2026-01-05 the {vendor}[2J"),
        ("WARNING", "the vendor is away"),
        ("INFO", "uw.quote SPY: values flow again"),
        ("INFO", "reload: generation 2: 1 added (uw.news), 0 removed, 0 changed, 80 kept (0 ms)"),
        ("WARNING", f"reload refused: {report_of('data_sources.yaml:7:3')}"),
    ]
    # What was shown is not said again beside it.
    assert capsys.readouterr().err == ""
    assert len(shown.getvalue().splitlines()) == 9


def report_of(place: str) -> str:
    return f"{place}: no such field; did you mean 'at'?"
