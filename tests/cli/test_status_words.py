"""What `status` says in words."""

from __future__ import annotations

from typing import Any

from quanticity.cli.status import budget_line, failover_line


def told(
    active: str, since: float | None, *sources: tuple[str, float | None, bool], lacks: str = ""
) -> str:
    """The line; what the last of the sources lacks, if anything."""
    rows: list[dict[str, Any]] = [
        {"source": name, "p95": p95, "slow": slow, "lacks": ""} for name, p95, slow in sources
    ]
    rows[-1]["lacks"] = lacks
    failover = {"name": "quote", "active": active, "since": since, "sources": rows}
    return failover_line(failover, 1000.0)


def test_a_failover_says_who_is_primary_and_how_quick_each_is() -> None:
    quick = ("av.quote", 0.31, False), ("ibkr.quotes", None, False)
    assert told("av.quote", None, *quick) == (
        "quote: av.quote (p95 0.31 s) is primary; ibkr.quotes stands by"
    )
    slow = ("av.quote", 3.14, True), ("ibkr.quotes", None, False), ("cboe.quotes", 0.5, False)
    assert told("ibkr.quotes", 700.0, *slow) == (
        "quote: ibkr.quotes is primary for 5 min; "
        "av.quote (slow, p95 3.1 s) and cboe.quotes (p95 0.5 s) stand by"
    )


def test_a_stand_by_that_has_nothing_says_so() -> None:
    sources = ("av.quote", 0.31, False), ("ibkr.quote", None, False)
    assert told("av.quote", None, *sources, lacks="no value yet") == (
        "quote: av.quote (p95 0.31 s) is primary; ibkr.quote (no value yet) stands by"
    )


def test_a_source_whose_vendor_had_stopped_it_looked_as_if_all_were_well() -> None:
    budget: dict[str, Any] = {
        "name": "fmp",
        "windows": [{"held": 3, "usable": 290, "seconds": 60.0}],
        "in_flight": 1,
        "stopped_until": None,
        "why": "",
    }
    assert budget_line(budget, 1000.0) == "fmp: 3 of 290 a minute; 1 in flight"
    budget |= {"stopped_until": 1012.0, "why": "the vendor asked us to wait"}
    assert budget_line(budget, 1000.0) == (
        "fmp: 3 of 290 a minute; 1 in flight; asks nothing for 12 s: the vendor asked us to wait"
    )
