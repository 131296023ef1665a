"""What a value was made from, as far as it is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from quanticity.errors import StoreError
from quanticity.model import Write
from quanticity.runtime.lineage import Step, trace
from quanticity.store import envelope


class Shelf:
    """Values by key and seq; the last of a key is its newest."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], bytes] = {}

    def put(self, key: str, seq: str, inputs: Mapping[str, str] | None = None) -> None:
        write = Write(key, b'{"x":1}', "someone", 1.0, 2.0, 60.0, inputs=inputs)
        self.texts[key, seq] = envelope.encode(write, seq)

    async def find(self, key: str, seq: str) -> bytes | None:
        if seq:
            return self.texts.get((key, seq))
        found = [text for (name, _), text in self.texts.items() if name == key]
        return found[-1] if found else None

    def trace(self, key: str, seq: str = "") -> Step | None:
        return asyncio.run(trace(self.find, key, seq))


def flat(step: Step) -> list[tuple[str, str, bool]]:
    below = [found for one in step.inputs for found in flat(one)]
    return [(step.key, step.seq, step.gone), *below]


def test_it_leads_down_to_what_came_from_outside() -> None:
    shelf = Shelf()
    shelf.put("raw", "1-0")
    shelf.put("middle", "2-0", {"raw": "1-0"})
    shelf.put("top", "3-0", {"middle": "2-0", "raw": "1-0"})
    found = shelf.trace("top")
    assert found is not None
    assert (found.source, found.timestamp, found.received, found.size) == ("someone", 1.0, 2.0, 7)
    assert flat(found) == [
        ("top", "3-0", False),
        ("middle", "2-0", False),
        ("raw", "1-0", False),
        ("raw", "1-0", False),
    ]


def test_what_was_replaced_since_is_told_by_its_seq_alone() -> None:
    shelf = Shelf()
    shelf.put("raw", "5-0")
    shelf.put("top", "3-0", {"raw": "1-0"})
    found = shelf.trace("top")
    assert found is not None
    assert found.inputs == (Step("raw", "1-0", gone=True),)


def test_a_circle_of_values_ends() -> None:
    shelf = Shelf()
    shelf.put("one", "1-0", {"two": "2-0"})
    shelf.put("two", "2-0", {"one": "1-0"})
    found = shelf.trace("one")
    assert found is not None
    assert [key for key, _, _ in flat(found)] == ["one", "two", "one"]
    assert found.inputs[0].inputs[0].again


def test_an_older_value_is_found_by_its_seq() -> None:
    shelf = Shelf()
    shelf.put("raw", "1-0")
    shelf.put("raw", "2-0")
    found, older = shelf.trace("raw"), shelf.trace("raw", "1-0")
    assert found is not None
    assert older is not None
    assert (found.seq, older.seq) == ("2-0", "1-0")
    assert shelf.trace("raw", "9-0") is shelf.trace("nothing") is None


def test_a_plain_text_has_no_lineage() -> None:
    shelf = Shelf()
    shelf.texts["status", ""] = b"12.5"
    with pytest.raises(StoreError, match="status is a plain text"):
        shelf.trace("status")
