"""What a person reads is what there is."""

from __future__ import annotations

from rich.table import Table

from quanticity.cli.screen import screen


def test_a_key_is_not_taken_for_an_emoji_nor_a_range_for_a_style() -> None:
    """`raw:v:quote` was shown as a hand that makes a V, and `[dim]` was not shown at all."""
    table = Table("key", "what it gives")
    table.add_row("raw:v:quote", "rows [dim] of [0-2]")
    console = screen(100)
    with console.capture() as shown:
        console.print(table)
        console.print("raw:v:quote [red]")
    text = shown.get()
    assert text.count("raw:v:quote") == 2
    assert "rows [dim] of [0-2]" in text
    assert "[red]" in text
