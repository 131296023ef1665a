"""What a running system tells of edits, in this very process."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from quanticity.app import App
from quanticity.cli.lines import Lines
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.location import find_config
from quanticity.errors import Problem, Severity

_OF_EDITS = re.compile(r" (. (reload|transform|config) | {4})")
MONDAY_10_EASTERN = 1_767_625_200.0
# Its feed is held back: nobody is asked.
FEEDS = """\
data_sources:
  v:
    base_url: http://127.0.0.1:9
    endpoints:
      quote:
        path: /quote
        interval_seconds: {every}
        conditions: {{market_state: closed}}
        transform: mine
        redis_key: "raw:v:quote"
        output_key: "quote"
        ttl_seconds: {life}
"""
GOOD = "def transform(payload, config, state):\n    return payload, state\n"
BAD = GOOD + "x = (\n"
SLIP = "transforms/mine.py:3:5: not Python: '(' was never closed"
STANDS = f"mine: its last good version runs on ({SLIP})"


class Edited:
    """A system at work on a small config, and what it printed."""

    def __init__(self, home: Path) -> None:
        self.base = home / "config" / "data_sources.yaml"
        self.transform = home / "transforms" / "mine.py"
        for file in (self.base, self.transform):
            file.parent.mkdir()
        self.write(60)
        self.transform.write_text(GOOD)
        self._out = io.StringIO()
        self.app = App(
            find_config(self.base.parent),
            "dev",
            home / "data",
            Lines(self._out, lambda: ""),
            calendar=MarketCalendar(),
            clock_for=lambda loaded: LiveClock(start=MONDAY_10_EASTERN),
            stand_in_for=lambda loaded, clock: None,
            environ={},
        )

    def write(self, every: int, life: int = 9000) -> None:
        self.base.write_text(FEEDS.format(every=every, life=life))

    async def told(self, awaited: str) -> list[str]:
        """What was printed since the last call, once `awaited` is among it, of edits only."""
        async with asyncio.timeout(30):
            while awaited not in self._out.getvalue():  # noqa: ASYNC110  # a stream of text
                await asyncio.sleep(0.02)
        lines = self._out.getvalue().splitlines()
        self._out.truncate(self._out.seek(0))
        return [line.strip() for line in lines if _OF_EDITS.match(line)]


def edited(home: Path, play: Callable[[Edited], Awaitable[None]]) -> None:
    async def main() -> None:
        system, stop = Edited(home), asyncio.Event()
        await system.app.start()
        running = asyncio.create_task(system.app.run(stop))
        await asyncio.sleep(0.5)
        await system.told("feeds")
        try:
            await play(system)
        finally:
            stop.set()
            await running
            await system.app.stop()

    asyncio.run(main())


def changes(line: str) -> str:
    """`✓ reload generation 3: 0 added, 0 removed, 1 changed`, without what was measured."""
    return " ".join(line.partition(" (")[0].split())


def test_a_transform_that_only_broke_was_told_as_a_new_generation_and_as_refused(
    tmp_path: Path,
) -> None:
    async def play(system: Edited) -> None:
        system.transform.write_text(BAD)
        assert await system.told("runs on") == [f"✗ transform  {STANDS}"]
        about = system.app._about()
        assert (about.refusal, list(about.broken)) == ("", [STANDS])
        system.transform.write_text(GOOD)
        said = await system.told("loads again")
        assert said[0].startswith("✓ reload     generation 3: 0 added")
        assert said[1:] == ["✓ transform  mine loads again"]
        assert list(system.app._about().broken) == []

    edited(tmp_path, play)


def test_an_applied_edit_was_told_as_refused_too(tmp_path: Path) -> None:
    async def play(system: Edited) -> None:
        system.transform.write_text(BAD)
        await system.told("runs on")
        system.write(61)
        first, *rest = await system.told("runs on")
        assert changes(first) == "✓ reload generation 3: 0 added, 0 removed, 1 changed"
        assert rest == [f"✗ transform  {STANDS}"]
        assert system.app._about().refusal == ""

    edited(tmp_path, play)


def test_an_edit_that_took_back_a_refused_one_was_told_though_a_transform_is_broken(
    tmp_path: Path,
) -> None:
    async def play(system: Edited) -> None:
        system.transform.write_text(BAD)
        await system.told("runs on")
        system.base.write_text("data_sources: [\n")
        await system.told("broken YAML")
        system.write(60)
        first, *_ = await system.told("runs on")
        assert changes(first).startswith("✓ reload generation")
        assert system.app._about().refusal == ""

    edited(tmp_path, play)


def test_a_transform_that_is_new_and_broken_was_said_to_run_on(tmp_path: Path) -> None:
    async def play(system: Edited) -> None:
        system.transform.with_name("other.py").write_text("x = (\n")
        said = await system.told("other")
        why = "transforms/other.py:1:5: not Python: '(' was never closed"
        assert said == [f"✗ transform  other: is not in use ({why})"]

    edited(tmp_path, play)


def test_warnings_were_counted_and_kept_as_refused_problems(tmp_path: Path) -> None:
    async def play(system: Edited) -> None:
        system.write(60, life=30)
        (warned,) = [line for line in await system.told("warning:") if "warning" in line]
        assert warned.startswith("! config     "), "told with the sign of a failure"
        assert "values expire after 30 s" in warned
        system.base.write_text(FEEDS.format(every=60, life=30).replace("output_key", "outputkey"))
        first, *rest = await system.told("did you mean")
        assert first == "✗ reload     1 problem; the last good config runs on"
        assert len(rest) == 1
        assert rest[0].startswith("data_sources.yaml:11:9: unknown field 'outputkey'")
        assert system.app._about().refusal == rest[0]

    edited(tmp_path, play)


def test_a_folder_that_cannot_be_watched_was_told_as_a_refused_edit(tmp_path: Path) -> None:
    async def play(system: Edited) -> None:
        watched = Problem("", 0, 0, "the config folder cannot be watched", "", Severity.WARNING)
        system.app._refused([watched])
        said = "! config     warning: the config folder cannot be watched"
        assert await system.told("watched") == [said]
        assert system.app._about().refusal == ""

    edited(tmp_path, play)


def test_half_a_surrogate_pair_in_what_a_transform_raised_ended_the_whole_run(
    tmp_path: Path,
) -> None:
    """The table that `status` reads could not be written, and nobody looked after that."""

    async def play(system: Edited) -> None:
        system.transform.write_text(GOOD + 'raise ValueError("half \\ud83d of it")\n')
        await system.told(r"while loading: half \ud83d of it")
        await asyncio.sleep(1.5)
        assert not running_tasks_failed()
        system.transform.write_text(GOOD)
        await system.told("mine loads again")

    edited(tmp_path, play)


def running_tasks_failed() -> list[str]:
    """Names of what a run consists of that is at its end."""
    alive = {task.get_name() for task in asyncio.all_tasks()}
    return [name for name in ("feeds", "watch", "status") if name not in alive]
