"""Keys of a running system, as a person at a notebook asks for them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from quanticity import notebook
from tests.store.running import directory, opened, write


def test_a_folder_that_was_given_as_text_ended_in_an_attribute_error() -> None:
    async def main(data: Path) -> None:
        async with opened(data / "demo") as store:
            store.put(write("raw:uw:a:SPY", b'{"x": 1}'))
            await store.flush()
            assert notebook.live("raw:uw:a:SPY", env="demo", data=str(data))["x"].tolist() == [1]
            assert notebook.keys("raw:*", env="demo", data=str(data)) == ["raw:uw:a:SPY"]

    with directory() as data:
        asyncio.run(main(data))


def test_what_the_system_tells_of_itself_is_no_envelope_and_could_not_be_read() -> None:
    async def main(data: Path) -> None:
        async with opened(data / "demo") as store:
            store.put_plain("analytics:STATUS", '{"ok": 3, "of": 4}', 15.0)
            store.put_plain("module:heartbeat:x", "at once", 15.0)
            await store.flush()
            table = notebook.live("analytics:STATUS", env="demo", data=data)
            assert (table["ok"].tolist(), table["of"].tolist()) == ([3], [4])
            heart = notebook.live("module:heartbeat:x", env="demo", data=data)
            assert heart["value"].tolist() == ["at once"]

    with directory() as data:
        asyncio.run(main(data))
