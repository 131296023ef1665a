"""`explain`: what a value was made from, down to the vendor's bytes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from quanticity.cli.attach import with_store
from quanticity.cli.keys import why_nothing
from quanticity.cli.options import (
    ConfigOption,
    DataOption,
    EnvOption,
    Format,
    FormatOption,
    Place,
    resolve,
)
from quanticity.cli.screen import emit
from quanticity.cli.sources_of import SourceKeys
from quanticity.clock import EASTERN, MarketCalendar
from quanticity.config.loaded import Loaded
from quanticity.config.loader import load
from quanticity.errors import ConfigError, KeyNotFound
from quanticity.feeds.origin import Origin, origin_of
from quanticity.journal.reader import Recording, open_recording
from quanticity.journal.records import Value
from quanticity.runtime.lineage import KeyOf, Step, trace
from quanticity.spec import near
from quanticity.store.redis_store import RedisStore

_SIGNALS = "signals:pending"
_SIGNAL = "SIG-"
_MOST_SIGNALS = 10_000
_NO_CONFIG = SourceKeys(None)
_SEQ = re.compile(r"[0-9]{1,18}-[0-9]{1,18}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: quanticity explain options:SPY:gex")(explain)


def explain(
    key: Annotated[
        str,
        typer.Argument(metavar="KEY", help="A key, KEY@SEQ for one value of it, or a signal's id."),
    ],
    recording: Annotated[
        Path | None,
        typer.Option("--recording", metavar="DIR", help="Look there, not in the running system."),
    ] = None,
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show what a value was made from, each with seq, time and hash, down to the vendor's URL.

    A value that was replaced since is shown by its seq alone, unless a recording still has it.
    """
    place = resolve(env, config, data)
    try:
        loaded: Loaded | None = load(place.location.base, place.env)
    except ConfigError:
        loaded = None  # what is stored can be told all the same
    at = SourceKeys(loaded)
    if recording is not None:
        step = asyncio.run(recorded(open_recording(recording), key, at))
    else:
        step = with_store(place, lambda store: live(store, place, key, at))
    told = _Told(loaded, place)
    if format is Format.JSON:
        emit(told.data(step))
        return
    for line in told.lines(step):
        typer.echo(line)


async def live(store: RedisStore, place: Place, wanted: str, at: KeyOf = _NO_CONFIG) -> Step:
    """What KEY, KEY@SEQ or a signal was made from, of the running system. KeyNotFound."""
    key, seq = _asked(wanted)
    if key.startswith(_SIGNAL):
        key, seq = await _signal(store, key)

    async def find(name: str, number: str) -> bytes | None:
        text = await store.get_raw(name)
        if text is not None:
            return text if not number or _has(text, number) else None
        if not number:
            newest = await store.newest_events(name, 1)
            if not newest:
                return None
            number = newest[-1][1].seq
        _, events = await store.fetch([], {name: _before(number)}, 1)
        return next((one for one in events.get(name, ()) if _has(one, number)), None)

    step = await trace(find, key, seq, at)
    if step is None:
        known = {name for name, _ in await store.keys("*")}
        stored = key in known or key.rpartition("@")[0] in known
        told = _nothing(key, seq, known) if stored else await why_nothing(store, place, key)
        raise KeyNotFound(told)
    return step


async def _signal(store: RedisStore, id: str) -> tuple[str, str]:
    for _, event in await store.newest_events(_SIGNALS, _MOST_SIGNALS):
        if isinstance(event.data, dict) and event.data.get("id") == id:
            return _SIGNALS, event.seq
    raise KeyNotFound(f"no signal '{id}' is in {_SIGNALS}; it keeps the newest for a day")


def _recorded_signal(recording: Recording, id: str) -> tuple[str, str]:
    for record in recording.records():
        if isinstance(record, Value) and record.key == _SIGNALS:
            data = orjson.loads(record.text).get("data")
            if isinstance(data, dict) and data.get("id") == id:
                return _SIGNALS, record.seq
    raise KeyNotFound(f"no signal '{id}' is in the recording")


async def recorded(recording: Recording, wanted: str, at: KeyOf = _NO_CONFIG) -> Step:
    """The same of a recording."""
    key, seq = _asked(wanted)
    if key.startswith(_SIGNAL):
        key, seq = _recorded_signal(recording, key)

    async def find(name: str, number: str) -> bytes | None:
        moment = int(number.partition("-")[0]) if number else None
        found = None
        for record in recording.records(moment or 0, moment):
            if isinstance(record, Value) and record.key == name:
                if number and record.seq == number:
                    return record.text
                found = record.text
        return None if number else found

    step = await trace(find, key, seq, at)
    if step is None:
        known = {one.key for one in recording.records() if isinstance(one, Value)}
        raise KeyNotFound(_nothing(key, seq, known))
    return step


def _asked(wanted: str) -> tuple[str, str]:
    """The key and the seq of KEY@SEQ; without one, or with what is none, the key alone.

    An @ may stand in a key too.
    """
    key, _, seq = wanted.rpartition("@")
    return (key, seq) if _SEQ.fullmatch(seq) else (wanted, "")


def _nothing(key: str, seq: str, known: Any) -> str:
    meant, _, tail = key.rpartition("@")
    if key not in known and meant in known:
        said = f"'{tail}' is no seq; one reads 1789740003415-0, as `get {meant}` shows it"
        return f"{said}; leave @{tail} out for the newest"
    if key in known:
        said = f"'{key}' has no value with the seq {seq} any more"
        return f"{said}; leave @{seq} out for the newest, or give --recording DIR"
    hint = near(key, known)
    return f"no value under '{key}'" + (f"; {hint}" if hint else "")


def _before(seq: str) -> str:
    """The seq just before: a stream is read from what comes after one."""
    moment, _, number = seq.partition("-")
    if int(number or 0) > 0:
        return f"{moment}-{int(number) - 1}"
    return f"{max(0, int(moment) - 1)}-{2**64 - 1}"


def _has(text: bytes, seq: str) -> bool:
    return f'"seq":"{seq}"'.encode() in text[:1000]


class _Told:
    """A tree for people or programs, with what the config knows of its leaves."""

    def __init__(self, loaded: Loaded | None, place: Place) -> None:
        self._loaded = loaded
        self._place = place
        self._calendar = MarketCalendar()

    def lines(self, step: Step) -> Iterator[str]:
        """The tree, from the value down."""
        yield self._head(step)
        yield from self._below(step, "")

    def data(self, step: Step) -> dict[str, Any]:
        """The tree as programs read it."""
        origin = self._origin(step)
        return {
            "key": step.key,
            "seq": step.seq,
            "source": step.source,
            "timestamp": step.timestamp,
            "received": step.received,
            "hash": step.hash,
            "bytes": step.size,
            "gone": step.gone,
            "feed": origin.feed if origin else "",
            "method": origin.method if origin else "",
            "url": origin.url if origin else "",
            "transform": origin.transform if origin else "",
            "raw_key": origin.raw if origin else "",
            "inputs": [self.data(one) for one in step.inputs],
        }

    def _below(self, step: Step, indent: str) -> Iterator[str]:
        more = list(self._details(step))
        mark = "│ " if step.inputs else "  "
        for line in more:
            yield f"{indent}{mark} {line}"
        for number, one in enumerate(step.inputs):
            last = number == len(step.inputs) - 1
            yield f"{indent}{'└─' if last else '├─'} {self._head(one)}"
            yield from self._below(one, indent + ("   " if last else "│  "))

    def _head(self, step: Step) -> str:
        return f"{step.key}  seq {step.seq}" + (f"  by {step.source}" if step.source else "")

    def _details(self, step: Step) -> Iterator[str]:
        if step.gone:
            yield "replaced since; `run --record DIR` keeps every value, `--recording DIR` shows it"
        else:
            yield (
                f"true at {_time(step.timestamp)}, written at {_time(step.received)}, "
                f"hash {step.hash}, {step.size or 0:,} bytes"
            )
        if step.again:
            yield "its inputs are told above"
        origin = self._origin(step)
        if origin is None:
            return
        if origin.transform:
            yield f"{origin.transform} made it of {origin.raw}"
        if origin.url:
            simulated = self._loaded is not None and is_simulated(self._loaded, origin.url)
            stand_in = " (answered by the simulated vendor)" if simulated else ""
            yield f"{origin.feed}: {origin.method} {origin.url}{stand_in}"

    def _origin(self, step: Step) -> Origin | None:
        if self._loaded is None or step.inputs:
            return None
        at = step.received if step.received is not None else 0.0
        return origin_of(self._loaded.effective, step.key, at, self._calendar)


def is_simulated(loaded: Loaded, url: str) -> bool:
    """Whether a stand-in answers for `url`: a server of a person's own is asked as it is."""
    if not loaded.root.simulation.vendors:
        return False
    from quanticity.sim.vendors.registry import address_for

    return address_for(url, "") is not None


def _time(epoch: float | None) -> str:
    if epoch is None:
        return "?"
    return f"{datetime.fromtimestamp(epoch, EASTERN):%Y-%m-%d %H:%M:%S.%f}"[:-3] + " ET"
