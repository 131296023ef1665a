"""Strategies that risk more than the config allows."""

from __future__ import annotations

import pytest


def strategy(project, risk):
    project.write("strategies/bold.yaml", f"plugin: gamma_scalp_0dte\nrisk: {{{risk}}}\n")
    return project.told()


def test_as_much_as_all_may_is_not_more(project):
    project.base("data_sources: {}\n")
    assert strategy(project, "per_trade: 0.05, per_day: 0.06") == []
    assert strategy(project, "") == []


@pytest.mark.parametrize(
    ("risk", "said"),
    [
        (
            "per_trade: 0.08",
            "bold.yaml:2:8: bold may lose 0.08 of the equity in one trade, all are held to 0.05",
        ),
        ("per_day: 0.5", "bold may lose 0.5 of the equity in one day, all are held to 0.06"),
    ],
)
def test_a_strategy_that_risks_more_is_refused(project, risk, said):
    project.base("data_sources: {}\n")
    (problem,) = strategy(project, risk)
    assert said in problem
    assert "or raise risk_management.per_" in problem


def test_the_block_raises_it_for_all(project):
    project.base("risk_management: {per_trade: 0.1}\ndata_sources: {}\n")
    assert strategy(project, "per_trade: 0.08") == []


def test_a_warning_after_the_end_warns_nobody(project):
    project.base("risk_management: {per_day: 0.03, warn_per_day: 0.03}\n")
    (problem,) = project.told()
    assert "2:" not in problem
    assert "the warning at 0.03 comes no sooner than the end at per_day" in problem


@pytest.mark.parametrize("block", ["{per_trade: 2}", "{per_trad: 0.1}", "{exposure: {delta: -1}}"])
def test_what_the_block_may_not_say(project, block):
    project.base(f"risk_management: {block}\ndata_sources: {{}}\n")
    assert project.told()
