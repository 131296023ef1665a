"""What `explain` says of who answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.cli.explain import is_simulated
from tests.config.project import ENDPOINT, Project

OF_A_VENDOR = "https://api.unusualwhales.com/api/stock/SPY/spot-exposures"
WEBSOCKET = "wss://api.unusualwhales.com/socket"
MINE = "http://127.0.0.1:8000/quote"


@pytest.mark.parametrize(
    ("simulation", "url", "simulated"),
    [
        ("{vendors: true}", OF_A_VENDOR, True),
        ("{vendors: true}", WEBSOCKET, True),
        ("{vendors: true}", MINE, False),
        ("{vendors: false}", OF_A_VENDOR, False),
        ("{vendors: false}", MINE, False),
    ],
)
def test_a_server_of_ones_own_was_said_to_be_the_simulated_vendor(
    tmp_path: Path, simulation: str, url: str, simulated: bool
) -> None:
    project = Project(tmp_path)
    project.base(f"simulation: {simulation}\n{ENDPOINT}")
    assert is_simulated(project.load(), url) is simulated
