"""Edges that can do nothing though they run: `run` printed no word of them."""

from __future__ import annotations

from quanticity.runtime.troubles import Troubles

OVER = "its trouble is over, it is at work"


def told(*given: dict[str, str | None]) -> list[tuple[str, bool, str]]:
    found: list[tuple[str, bool, str]] = []
    troubles = Troubles()
    troubles.tell = lambda *said: found.append(said)
    for one in given:
        troubles.heard(one)
    return found


def test_trouble_is_told_once_and_once_that_it_is_over() -> None:
    tries: list[dict[str, str | None]] = [
        {"ibkr": f"refused, {number} times"} for number in range(3)
    ]
    assert told({"ibkr": None}, *tries, {"ibkr": ""}, {"ibkr": ""}) == [
        ("ibkr", False, "refused, 0 times"),
        ("ibkr", True, OVER),
    ]


def test_of_one_that_is_well_from_the_start_nothing_is_told() -> None:
    assert told({"ibkr": None}, {"ibkr": ""}) == []


def test_one_that_begins_anew_and_finds_the_same_is_not_told_twice() -> None:
    given: list[dict[str, str | None]] = [{"ibkr": "refused"}, {"ibkr": None}, {"ibkr": "refused"}]
    assert told(*given) == [("ibkr", False, "refused")]


def test_one_that_an_edit_takes_out_is_in_no_trouble_any_more() -> None:
    given: list[dict[str, str | None]] = [{"ibkr": "refused", "other": ""}, {"other": ""}]
    assert told(*given)[1:] == [("ibkr", True, "it was taken out")]
    assert len(told(*given, {"ibkr": "refused"})) == 3
