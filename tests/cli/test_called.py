"""The name of a feed says which key is meant, or what has to be added to it."""

from __future__ import annotations

import pytest

from quanticity.cli.called import of_feed

ROWS = [
    {"feed": f"{source}.{name}", "key": key}
    for source, name, key in [
        ("uw", "market_tide", "raw:uw:tide"),
        ("uw", "spot:SPY", "raw:uw:spot:SPY"),
        ("uw", "spot:QQQ", "raw:uw:spot:QQQ"),
        ("uw", "earnings", "raw:uw:earnings"),
        ("fmp", "earnings", "raw:fmp:earnings"),
        *(("av", f"bars:S{index}", f"raw:av:bars:S{index}") for index in range(9)),
    ]
]
EACH = "that feed has one for each of its values: "


@pytest.mark.parametrize(
    ("name", "key", "more"),
    [
        ("market_tide", "raw:uw:tide", ""),
        ("uw.market_tide", "raw:uw:tide", ""),
        ("spot:SPY", "raw:uw:spot:SPY", ""),
        ("uw.spot:QQQ", "raw:uw:spot:QQQ", ""),
        ("spot", None, f"{EACH}spot:SPY, spot:QQQ"),
        ("uw.spot", None, f"{EACH}uw.spot:SPY, uw.spot:QQQ"),
        ("bars", None, f"{EACH}bars:S0, bars:S1, bars:S2, bars:S3, bars:S4, bars:S5, …"),
        ("earnings", None, "several feeds are called so: uw.earnings, fmp.earnings"),
        ("fmp.earnings", "raw:fmp:earnings", ""),
        ("spot:IWM", None, ""),
        ("raw:uw:tide", None, ""),
    ],
)
def test_only_names_that_the_notes_have_were_known(name: str, key: str | None, more: str) -> None:
    assert of_feed(name, ROWS) == (key, more)
