"""Which signals are still good."""

from __future__ import annotations

from typing import Any

from plugins.analytics.active_signals import ActiveSignals
from quanticity.testing import contract_suite
from quanticity.views import Value
from tests.plugins.running import run
from tests.views.making import NOW, stored_as


def signal(number: int, at: float, **more: Any) -> dict[str, Any]:
    return {"id": f"SIG-{number:03}", "at": at, "symbol": "SPY", "good_for": 60.0} | more


class Desk:
    """The component over time: what it remembered is handed on."""

    def __init__(self) -> None:
        self.state: bytes | None = None

    def sees(self, seconds: float, *signals: Any) -> list[str]:
        now = NOW + seconds
        views = {"pending": Value.of_events([stored_as(one, now) for one in signals])}
        outputs, self.state = run(ActiveSignals, views, now, state=self.state)
        found = outputs["signals:active"]
        assert found["count"] == len(found["signals"])
        assert (found["reason"] is None) == bool(found["signals"])
        return [one["id"] for one in found["signals"]]


def test_a_signal_is_active_while_it_is_good_the_newest_first() -> None:
    desk = Desk()
    assert desk.sees(0) == []
    assert desk.sees(1, signal(1, NOW + 1)) == ["SIG-001"]
    assert desk.sees(30, signal(2, NOW + 30)) == ["SIG-002", "SIG-001"]
    assert desk.sees(60.9) == ["SIG-002", "SIG-001"]
    assert desk.sees(61) == ["SIG-002"]
    assert desk.sees(90) == []


def test_the_same_signal_twice_counts_once() -> None:
    desk = Desk()
    assert desk.sees(1, signal(1, NOW + 1), signal(1, NOW + 1)) == ["SIG-001"]
    assert desk.sees(2, signal(1, NOW + 1)) == ["SIG-001"]


def test_what_is_no_signal_is_left_out() -> None:
    desk = Desk()
    wrong: tuple[Any, ...] = (
        {"id": "SIG-009"},
        {"at": NOW},
        [],
        None,
        signal(3, NOW) | {"at": "soon"},
    )
    assert desk.sees(1, *wrong, signal(4, NOW, good_for="90")) == ["SIG-004"]


def test_a_flood_of_signals_stays_bounded() -> None:
    desk = Desk()
    many = [signal(number, NOW) for number in range(1200)]
    assert len(desk.sees(1, *many)) == 1000


def test_a_signal_with_instrument_and_triggers_as_strategies_write_it_was_never_active() -> None:
    desk = Desk()
    whole = signal(
        1,
        NOW,
        instrument={"symbol": "SPY", "strike": 641.0, "right": "C"},
        triggers=[{"name": "liquid", "held": True, "detail": "A"}],
        exits={"targets": [[0.5, 0.5]]},
    )
    assert desk.sees(1, whole) == ["SIG-001"]
    assert desk.sees(2) == ["SIG-001"]


def test_it_keeps_the_contract():
    contract_suite(ActiveSignals, given={"pending": [signal(1, NOW), signal(2, NOW)]})
