"""What a run is told of its schedule after edits."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial
from typing import Any

from quanticity.feeds.verdict import Verdict


class Told:
    """A report that keeps its steps."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, bool, str]] = []

    def step(self, name: str, good: bool, said: str) -> None:
        self.steps.append((name, good, said))


def test_a_burst_of_edits_was_counted_all_at_once_beside_the_next_reload() -> None:
    """Five threads counted 1,000 feeds each while the next edit waited for them."""
    lock, at_once, most, counted = threading.Lock(), 0, 0, []

    def slow(loaded: Any) -> str:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
            counted.append(loaded)
        time.sleep(0.05)
        with lock:
            at_once -= 1
        return f"short of {loaded}"

    told: Any = Told()
    edits: list[Any] = []

    async def main() -> None:
        judge, tasks = Verdict(lambda: told, slow), []
        for turn in range(1, 11):
            edits.append(turn)
            judged = judge.after_edit(turn, partial(is_newest, turn))  # type: ignore[arg-type]
            tasks.append(asyncio.create_task(judged))
            await asyncio.sleep(0.002)
        await asyncio.gather(*tasks)

    def is_newest(turn: Any) -> bool:
        return bool(edits[-1] == turn)

    asyncio.run(main())
    assert most == 1
    assert counted == [1, 10]
    assert told.steps == [("plan", False, "short of 10")]
