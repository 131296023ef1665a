"""How the health of components is told to a person."""

from __future__ import annotations

from typing import Any

from quanticity.cli.component_lines import component_lines


def row(name: str, status: str = "ok", **more: Any) -> dict[str, Any]:
    component = name.partition(":")[0]
    plain = {"id": name, "component": component, "status": status, "reason": "", "where": ""}
    return {**plain, "until": None, "runs": 10, "p95": 0.0042, **more}


def test_one_line_for_each_component_and_one_for_each_trouble() -> None:
    told = {
        "components": [
            row("exposure:SPY"),
            row("exposure:QQQ", "waiting", reason="chain (raw:x) is 200 s old", p95=None),
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
    ticker = {"id": "ticker:SPY", "kind": "source", "running": True, "error": "", "where": ""}
    discord = {
        "id": "discord",
        "kind": "distributor",
        "running": False,
        "error": "boom",
        "where": "plugins/d.py:4",
        "delivered": 1200,
        "dead": 1,
        "problem": "",
    }
    assert list(component_lines(told, {"edges": [ticker, discord]}, 1000.0)) == [
        "components: 2 of 5 at work",
        "  broken: 0 of 1 ok, 10 runs, p95 4.2 ms",
        "    broken:SPY is held, again in 12 s: broken:SPY: KeyError: 'p' (plugins/x.py:7)",
        "  exposure: 1 of 2 ok, 20 runs, p95 4.2 ms",
        "    exposure:QQQ waits: chain (raw:x) is 200 s old",
        "  ticker:SPY (source): at work",
        "  discord (distributor): down, 1,200 delivered, 1 given up: boom (plugins/d.py:4)",
        "  last refused change of plugins: plugins/y.py:3:1: not Python",
    ]


def test_nothing_is_said_where_there_are_no_components() -> None:
    assert list(component_lines({}, {}, 0.0)) == []
