"""The ledger of slots on the server: shared by all processes of a token, safe from crashes.

A slot is written before its request is sent. Whatever then becomes of the process, the slot
counts until its time-out, grace and windows have passed, by the server's clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha1
from typing import Any

from quanticity.clock import Clock
from quanticity.errors import StoreUnavailable
from quanticity.pace.ports import Ask, Grant, Held, Span
from quanticity.store.address import Address
from quanticity.store.link import Link, Locate
from quanticity.store.names import slots_key
from quanticity.store.resp import Argument
from quanticity.store.slot_scripts import ADD, HELD, RELEASE, SERVER_TIME, TAKE
from quanticity.store.wire import Refused, Wire

_MICRO = 1_000_000
_SILENCE = 300 * _MICRO
_MARGIN = 60.0
# A server that owes an answer for this long is lost. Its answers that have come are read first,
# so that a loop of ours that was held up is never taken for silence.
_PATIENCE = 1.0
_LONGEST_WINDOW = 32 * 86_400.0


class _Script:
    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = sha1(text.encode(), usedforsecurity=False).hexdigest()


class RedisLedger:
    """A `pace.ports.Ledger` on the server.

    It has a connection of its own: a slot never waits behind a large body.
    """

    def __init__(self, locate: Locate, clock: Clock, *, time: str = SERVER_TIME) -> None:
        """`time` are the lines of a script that set `now`; only tests have others."""
        self._scripts = {script: _Script(time + script) for script in (TAKE, RELEASE, ADD, HELD)}
        # How long a process that dies while it reads a body keeps its place: as long as one
        # that dies before the headers.
        self._holds: dict[str, int] = {}
        self._link = Link(locate, self._greet, _ignore, clock, _PATIENCE)

    async def start(self) -> None:
        """Connect. Raises `StoreUnavailable` with the cause."""
        await self._link.start()

    async def close(self) -> None:
        """Let go of the connection. Slots stay written."""
        await self._link.close()

    @property
    def available(self) -> bool:
        """False while the server cannot be reached."""
        return self._link.wire is not None

    async def take(
        self,
        budget: str,
        spans: Sequence[Span],
        in_flight: int | None,
        asks: Sequence[Ask],
        look: float,
    ) -> Grant:
        """Write as many of `asks`, in order, as every span and the cap in flight allow."""
        process = _process(asks[0].id) if asks else ""
        longest = max([look, *(span.length for span in spans)])
        hold = max((ask.hold for ask in asks), default=0.0)
        values: list[Argument] = [
            process,
            "" if in_flight is None else in_flight,
            _micro(look),
            _micro(longest),
            round((longest + hold + _MARGIN) * 1000),
            len(spans),
        ]
        for span in spans:
            since = "" if span.since is None else _micro(span.since)
            until = "" if span.until is None else _micro(span.until)
            values += (span.usable, _micro(span.length), since, until)
        for ask in asks:
            values += (ask.id, _micro(ask.hold))
        answer = await self._run(TAKE, [slots_key(budget)], values)
        granted, now, retry, flying, processes, counts, others = answer
        for ask in asks[:granted]:
            self._holds[ask.id] = _micro(ask.hold)
        return Grant(
            granted=granted,
            now=now / _MICRO,
            retry_in=None if retry < 0 else retry / _MICRO,
            counts=tuple(counts),
            others=tuple(base / _MICRO for base in others),
            others_in_flight=flying,
            processes=processes,
        )

    async def release(
        self, budget: str, headers: Sequence[str], done: Sequence[str], unsent: Sequence[str]
    ) -> None:
        """Tell what became of slots: headers came now, place in flight free, never sent."""
        told: dict[str, tuple[list[str], list[str], list[str]]] = defaultdict(lambda: ([], [], []))
        for place, ids in enumerate((headers, done, unsent)):
            for slot in ids:
                told[_process(slot)][place].append(slot)
        for process, (came, ended, back) in told.items():
            key = f"{slots_key(budget)}:{process}"
            values: list[Argument] = [len(came), len(ended), *came, *ended, *back]
            values += [self._holds.get(slot, 0) for slot in came]
            await self._run(RELEASE, [key, f"{key}:flight"], values)
        for slot in (*done, *unsent):
            self._holds.pop(slot, None)

    async def write(self, budget: str, bases: Mapping[str, float]) -> None:
        """Write slots that were taken while the ledger was away: id to base (epoch seconds)."""
        slots: dict[str, list[Argument]] = defaultdict(list)
        for slot, base in bases.items():
            slots[_process(slot)] += (_micro(base), slot)
        index = slots_key(budget)
        for process, values in slots.items():
            life = round(_LONGEST_WINDOW * 1000)
            await self._run(ADD, [index, f"{index}:{process}"], [process, life, *values])

    async def held(self, budget: str, length: float, process: str = "", look: float = 0.0) -> Held:
        """All slots whose base is later than now - `length` (seconds), or those of others."""
        values: list[Argument] = [_micro(length), _SILENCE, process, _micro(look)]
        now, bases, flights, there = await self._run(HELD, [slots_key(budget)], values)
        return Held(
            now=now / _MICRO,
            bases=tuple(base / _MICRO for base in sorted(bases)),
            in_flight=tuple(end / _MICRO for end in sorted(flights)),
            processes=there,
        )

    async def _run(self, script: str, keys: Sequence[str], values: Sequence[Argument]) -> Any:
        wire = self._link.wire
        if wire is None:
            raise StoreUnavailable("the store is away; slots are counted in this process only")
        command: tuple[Argument, ...] = (
            "EVALSHA",
            self._scripts[script].sha,
            len(keys),
            *keys,
            *values,
        )
        try:
            try:
                return await wire.call(*command)
            except Refused as refused:
                if refused.code != "NOSCRIPT":
                    raise
                await self._load(wire)
                return await wire.call(*command)
        except Refused as refused:
            raise StoreUnavailable(f"the store refuses to hold slots: {refused}") from None

    async def _greet(self, wire: Wire, address: Address) -> None:
        await self._load(wire)

    async def _load(self, wire: Wire) -> None:
        for script in self._scripts.values():
            await wire.call("SCRIPT", "LOAD", script.text)


def _micro(seconds: float) -> int:
    return round(seconds * _MICRO)


def _process(slot: str) -> str:
    return slot.partition(":")[0]


def _ignore(why: str) -> None:
    """The loss of the store is told by its writer."""
