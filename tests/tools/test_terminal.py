"""What a program drew last is what the picture shows."""

from __future__ import annotations

from tools.picture import render
from tools.terminal import Terminal


def test_what_was_drawn_over_is_gone():
    terminal = Terminal()
    terminal.feed("kept\r\nold line\r\nold too\r\n\x1b[1A\x1b[2K\x1b[1A\x1b[2Knew\r\n")
    assert terminal.ansi() == "kept\nnew"


def test_colours_stay_with_their_text():
    terminal = Terminal()
    terminal.feed("\x1b[32mok\x1b[0m then \x1b[1;31mbad\x1b[0m")
    assert terminal.ansi() == "\x1b[0m\x1b[32mok\x1b[0m then \x1b[0m\x1b[1;31mbad\x1b[0m"


def test_the_picture_fetches_nothing():
    drawn = render("\x1b[32mok\x1b[0m raw:uw:spot_gex:SPY")
    addresses = drawn.replace("http://www.w3.org/2000/svg", "")
    assert "spot_gex" in drawn
    assert "http" not in addresses
