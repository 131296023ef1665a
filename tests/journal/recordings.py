"""Small recordings for tests: values as a store would have written them."""

from __future__ import annotations

from quanticity.journal.records import Run, Value
from quanticity.model import Kind, Write
from quanticity.store import envelope


def a_write(key: str = "raw:a", data: bytes = b"1", *, kind: Kind = Kind.LATEST) -> Write:
    return Write(key, data, "test.feed", 1000.0, 1000.5, 60.0, kind)


def a_value(seq: str, key: str = "raw:a", data: bytes = b"1") -> Value:
    text = envelope.encode(a_write(key, data), seq)
    return Value(seq, key, "latest", 60.0, 10_000, text)


def a_run(binding: str = "double:SPY", **inputs: list[str]) -> Run:
    keys = {key.replace("_", ":"): seqs for key, seqs in inputs.items()}
    return Run("", 1000.0, binding, "d1", "change", keys, [])
