"""What the engine hands out and takes back: a run to do, or why one cannot be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from quanticity.model import Write
from quanticity.runtime.binding import Binding
from quanticity.runtime.execute import Result


@dataclass(frozen=True, slots=True)
class Job:
    """One run: everything that `execute` needs, and what its outputs are dressed in.

    `seqs` are the seqs of the inputs by key, several for events. `trigger` is `change` or
    `time`. `timestamp` (epoch seconds) is when the data of the outputs is true: that of the
    oldest input that makes it run, or the time itself. `refused` says by key which events could
    not be read, and were passed over.
    """

    binding: Binding
    trigger: str
    now: float
    views: Mapping[str, Any]
    seqs: Mapping[str, Sequence[str]]
    state: bytes | None
    timestamp: float
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def inputs(self) -> dict[str, str]:
        """The newest seq of each input key: what its outputs carry as their lineage."""
        return {key: seqs[-1] for key, seqs in self.seqs.items() if seqs}


@dataclass(frozen=True, slots=True)
class Skip:
    """A binding that is due and does not run: which input, how old, how old allowed (seconds)."""

    id: str
    input: str
    key: str
    why: str
    age: float | None = None
    allowed: float | None = None

    def __str__(self) -> str:
        return f"{self.input} ({self.key}) {self.why}"


@dataclass(frozen=True, slots=True)
class Commit:
    """What a run leaves: written at once, or not at all. `states` are by name in the store."""

    writes: tuple[Write, ...]
    states: Mapping[str, bytes]


class Saved(msgspec.Struct, omit_defaults=True):
    """What a binding remembers over restarts: its state, and how far it has read.

    `cursors` are the seqs of the last events it handled, and `seen` those of the latest values
    it ran on, by key. `born` are cursors at which it began, before any event. `ran` is the epoch
    second of its last run.
    """

    state: bytes | None = None
    digest: str = ""
    cursors: dict[str, str] = {}
    seen: dict[str, str] = {}
    ran: float | None = None
    born: dict[str, str] = {}


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Saved)


def state_name(id: str) -> str:
    """Where a binding's memory is saved, as the store's `state` knows it."""
    return f"component:{id}"


def encode_saved(saved: Saved) -> bytes:
    """As it lies in the store."""
    return _ENCODER.encode(saved)


def decode_saved(text: bytes) -> Saved:
    """From the store. Raises `msgspec.DecodeError`."""
    return _DECODER.decode(text)


def writes_of(job: Job, result: Result) -> tuple[Write, ...]:
    """The outputs of a run as the store takes them, with the seqs they were made from."""
    writes = job.binding.writes
    inputs = job.inputs
    return tuple(
        Write(
            key=output.key,
            data=output.data,
            source=job.binding.id,
            timestamp=job.timestamp,
            received=job.now,
            ttl=writes[output.name].ttl,
            kind=output.kind,
            inputs=inputs,
            cap=writes[output.name].cap,
        )
        for output in result.outputs
    )


def restored(text: bytes | None, binding: Binding, since: str) -> Saved:
    """What a binding goes on from: what was saved of it, and of events those after `since`."""
    saved = Saved()
    if text is not None:
        try:
            saved = decode_saved(text)
        except msgspec.DecodeError:
            saved = Saved()  # written by another program: as if it never ran
    # A version that changed runs at once on what is there; what it remembers goes on.
    seen = saved.seen if saved.digest == binding.digest else {}
    cursors = {key: saved.cursors.get(key, since) for key in binding.events}
    born = saved.born | {key: since for key in binding.events if key not in saved.cursors}
    return Saved(saved.state, binding.digest, cursors, seen, saved.ran, born)
