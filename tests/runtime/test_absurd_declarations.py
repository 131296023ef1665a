"""Numbers in a declaration that no schedule can live with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.test_declared import GOOD, more, told

NAN = "float('nan')"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        # Due again before it ran: the worker looked for its next moment for ever.
        ("trigger = Every(1e-9)", "runs every 1e-09 s; seconds, 0.001 or more"),
        (f"trigger = Every({NAN})", "runs every nan s; seconds, 0.001 or more"),
        ("trigger = Every(True)", "runs every True s; seconds, 0.001 or more"),
        (f"trigger = OnChange(at_most_every={NAN})", "runs at most every nan"),
        (f"trigger = Around('close', {NAN})", "runs nan from the close"),
        # A run that hangs is ended after its budget: after none, never.
        (f"time_budget = {NAN}", "time_budget is nan"),
        ("time_budget = float('inf')", "time_budget is inf"),
    ],
)
def test_a_number_that_is_none_stopped_the_worker_or_was_never_due(
    tmp_path: Path, line: str, said: str
) -> None:
    (problem,) = told(tmp_path, more(line))
    assert said in problem


def test_an_age_without_end_never_made_an_input_stale(tmp_path: Path) -> None:
    (problem,) = told(tmp_path, GOOD.replace('book", 10)', 'book", float("inf"))'))
    assert "has the max_age inf; seconds, above zero" in problem
