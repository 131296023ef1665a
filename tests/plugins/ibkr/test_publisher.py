"""What is written by the clock leaves room for what cannot wait."""

from __future__ import annotations

from collections import Counter

from tests.plugins.ibkr.rig import Desk, on_virtual_clock
from tests.plugins.ibkr.test_observer import MANY

# Keys of one piece.
_MOST = 12


@on_virtual_clock(desk=MANY)
async def test_a_print_waited_until_all_quotes_were_written(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(5.1)
    publisher = desk.handler.publisher
    publisher._due.clear()
    before, pieces = len(desk.writes), Counter[int]()
    steps = publisher.tick(desk.clock.now())
    while True:
        begun = len(desk.writes)
        ended = next(steps, steps)
        pieces[len(desk.writes) - begun] += 1
        if ended is steps:
            break
    assert len(desk.writes) - before > 60, "all is due"
    assert max(pieces) <= _MOST, f"pieces of so many keys: {pieces}"
