"""How the health of components is told to a person: in the table, and below it."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console

from quanticity.cli.component_lines import component_lines
from quanticity.cli.component_rows import component_rows
from quanticity.cli.picture import picture
from quanticity.feeds.report import Summary


def row(name: str, status: str = "ok", **more: Any) -> dict[str, Any]:
    component = name.partition(":")[0]
    plain = {"id": name, "component": component, "status": status, "reason": "", "where": ""}
    times = {"until": None, "last_run": 990.0, "runs": 10, "p95": 0.0042, "kind": "analytic"}
    return {**plain, **times, **more}


LATE = "chain (raw:x:{}) is {} s old, and at most 60 s are allowed"
TOLD = {
    "components": [
        row("exposure:SPY"),
        row("exposure:QQQ", "waiting", reason=LATE.format("QQQ", 200), p95=None, last_run=800.0),
        row("exposure:IWM", "waiting", reason=LATE.format("IWM", 210), p95=None, last_run=None),
        row("stats", "waiting", reason="no value yet of trades:history", last_run=None, p95=None),
        row(
            "broken:SPY",
            "held",
            reason="broken:SPY: KeyError: 'p'",
            where="plugins/x.py:7",
            until=1012.4,
        ),
    ],
    "last_error": "plugins/y.py:3:1: not Python",
}
TICKER = {"id": "ticker:SPY", "kind": "source", "running": True, "error": "", "where": ""}
DISCORD = {
    "id": "discord",
    "kind": "distributor",
    "running": False,
    "since": 970.0,
    "error": "boom",
    "where": "plugins/d.py:4",
    "delivered": 1200,
    "dead": 1,
    "problem": "",
}
EDGES = {"edges": [TICKER, DISCORD]}


def test_one_line_for_each_failure_and_one_for_all_that_wait_for_the_same() -> None:
    assert list(component_lines(TOLD, EDGES, 1000.0)) == [
        "components: 2 of 7 at work",
        "  broken:SPY is held, again in 12 s: broken:SPY: KeyError: 'p' (plugins/x.py:7)",
        "  exposure ×2 wait: chain (raw:x:{…}) is too old: at most 60 s are allowed",
        "  stats waits: no value yet of trades:history",
        "  discord (distributor): down, 1,200 delivered, 1 given up: boom (plugins/d.py:4)",
        "  last refused change of plugins: plugins/y.py:3:1: not Python",
    ]


def test_a_channel_without_its_address_passed_for_at_work() -> None:
    idle = {"running": True, "error": "", "where": "", "waits": "DISCORD_WEBHOOK_URL is not set"}
    edges = {"edges": [TICKER, DISCORD | idle]}
    assert list(component_lines({}, edges, 1000.0)) == [
        "components: 1 of 2 at work",
        "  discord (distributor): waits: DISCORD_WEBHOOK_URL is not set",
    ]
    rows = {one.name: one for one in component_rows({}, edges, 1000.0)}
    assert (rows["discord"].status, rows["discord"].reason) == ("waiting", idle["waits"])
    assert rows["ticker"].status == "ok"


def test_a_source_that_nobody_answered_passed_for_ok() -> None:
    said = "no connection to 127.0.0.1:7497: Connect call failed; start TWS"
    # What it failed with before its last start is no word of now.
    lost = {"since": 940.0, "error": "an older one", "where": "plugins/x.py:7", "trouble": said}
    edges = {"edges": [{**TICKER, **lost}]}
    assert list(component_lines({}, edges, 1000.0)) == [
        "components: 0 of 1 at work",
        f"  ticker:SPY (source): down: {said}",
    ]
    (found,) = component_rows({}, edges, 1000.0)
    assert (found.status, found.reason, found.age, found.is_troubled) == ("down", said, 60.0, True)


def test_one_that_waits_alone_is_named_with_its_symbol() -> None:
    told = {"components": [row("exposure:SPY"), TOLD["components"][1]]}
    lines = list(component_lines(told, {}, 1000.0))
    assert (
        lines[1] == "  exposure:QQQ waits: chain (raw:x:QQQ) is too old: at most 60 s are allowed"
    )


def test_nothing_is_said_where_there_are_no_components() -> None:
    assert list(component_lines({}, {}, 0.0)) == []
    assert component_rows({}, {}, 0.0) == []


def test_each_component_is_one_row_its_worst_binding_first() -> None:
    rows = {one.name: one for one in component_rows(TOLD, EDGES, 1000.0)}
    assert list(rows) == ["broken", "discord", "exposure", "stats", "ticker"]
    late = rows["exposure"]
    assert (late.kind, late.bindings, late.status, late.such) == ("analytic", 3, "waiting", 2)
    assert (late.age, late.p95) == (200.0, 0.0042)
    assert (rows["discord"].status, rows["discord"].age) == ("down", 30.0)
    assert rows["ticker"].kind == "source"


def test_the_table_of_status_shows_feeds_and_components_in_one() -> None:
    """Regression: components stood below it as lines without age, and were no part of the table."""
    screen = Console(width=110, file=StringIO())
    summary = Summary(0, 0, 0, 0, 0, 0, 0)
    rows = component_rows(TOLD, EDGES, 1000.0)
    screen.print(picture("demo", "10:00", [], 40, [], summary, 110, components=rows))
    text = screen.file.getvalue()  # type: ignore[attr-defined]
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert "feed, component" in text
    assert " ".join(lines["exposure"].split()).startswith("exposure ×3 analytic 3 min – 4.2 ms –")
    assert "waiting ×2: chain (raw:x:QQQ)" in lines["exposure"]
    assert lines["stats"].split()[:2] == ["stats", "analytic"]
    assert "no value yet of trades:history" in lines["stats"]
