"""Feeds that are renamed or taken out while they are polled: nothing twice, nothing at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from tests.feeds.loopback import until
from tests.feeds.test_over_reloads import Desk, at_desk

TAPE = """\
      {name}:
        path: "/{path}"
        interval_seconds: 0.2
        kind: {kind}
        redis_key: "raw:v:{key}"
        ttl_seconds: 60
"""


def tape(name: str, *, key: str = "tape", path: str = "tape", kind: str = "events") -> str:
    return TAPE.format(name=name, key=key, path=path, kind=kind)


OTHER = tape("other", key="other", path="other", kind="latest")


class Slow:
    """Answers the first request once it may, and counts how many are under way at once."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.asked = self.now = self.most = 0

    async def __call__(self, request: web.Request) -> web.Response:
        if request.path == "/other":
            return web.json_response({})
        self.asked += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await self.go.wait()
        self.now -= 1
        return web.json_response({"data": [{"id": 1}, {"id": 2}]})


async def ids(desk: Desk, key: str = "raw:v:tape") -> list[int]:
    return sorted(event.data["id"] for _, event in await desk.store.events(key))


@pytest.mark.parametrize("kind", ["events", "latest"])
@pytest.mark.parametrize(
    "edits",
    [
        [tape("second")],
        [OTHER, tape("second")],
        [tape("second"), tape("third")],
        [OTHER, tape("second"), OTHER, tape("third")],
        [tape("second"), OTHER, tape("first")],
    ],
    ids=["renamed", "out and in", "renamed twice", "out and in twice", "there and back"],
)
def test_a_feed_renamed_while_it_was_polled_was_polled_twice_at_once_and_wrote_its_rows_twice(
    tmp_path: Path, edits: list[str], kind: str
) -> None:
    async def check(desk: Desk) -> None:
        await until(lambda: slow.asked == 1)
        for edit in edits:
            desk.edit(edit.replace("kind: events", f"kind: {kind}"))
            await asyncio.sleep(0.1)
        slow.go.set()
        await until(lambda: slow.asked >= 3)
        assert slow.most == 1
        await until(lambda: len(desk.runner.roster.feeds) == 1)
        if kind == "events":
            assert await ids(desk) == [1, 2]

    slow = Slow()
    first = tape("first").replace("kind: events", f"kind: {kind}")
    at_desk(tmp_path, first, slow, check)


def test_a_feed_renamed_between_two_runs_wrote_all_its_rows_again(tmp_path: Path) -> None:
    async def check(desk: Desk) -> None:
        # As an earlier run of the system saved it, under whatever name the feed had.
        desk.store.put_state("seen:raw:v:tape", saved)
        slow.go.set()
        await until(lambda: slow.asked >= 2)
        assert await ids(desk) == []

    saved = b""

    async def before(desk: Desk) -> None:
        nonlocal saved
        slow.go.set()
        await until(lambda: slow.asked >= 2)
        saved = await desk.store.state("seen:raw:v:tape") or b""

    slow = Slow()
    at_desk(tmp_path / "one", tape("first"), slow, before)
    slow = Slow()
    at_desk(tmp_path / "two", tape("second"), slow, check)


def test_rows_of_a_key_were_taken_for_those_of_the_key_that_a_feed_had_before(
    tmp_path: Path,
) -> None:
    """Two lists that are both numbered from 1 on: of the second, nothing was written."""

    async def check(desk: Desk) -> None:
        slow.go.set()
        await until(lambda: slow.asked >= 2)
        assert await ids(desk) == [1, 2]
        desk.edit(tape("first", key="prints", path="prints"))
        asked = slow.asked
        await until(lambda: slow.asked >= asked + 2)
        assert await ids(desk, "raw:v:prints") == [1, 2]

    slow = Slow()
    at_desk(tmp_path, tape("first"), slow, check)
