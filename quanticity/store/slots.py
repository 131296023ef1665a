"""The ledger of slots on the server: shared by all processes of a token, safe from crashes.

A slot is written before its request is sent. Whatever then becomes of the process, the slot
counts until its time-out, grace and windows have passed, by the server's clock.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha1
from typing import Any

from quanticity.clock import Clock
from quanticity.errors import StoreUnavailable
from quanticity.pace.endings import Endings
from quanticity.pace.ports import Ask, Grant, Held, Span, Telling
from quanticity.store.address import Address
from quanticity.store.link import Link, Locate
from quanticity.store.names import slots_key
from quanticity.store.refusals import OF_REPLICAS
from quanticity.store.resp import Argument
from quanticity.store.slot_scripts import ADD, HELD, RELEASE, SERVER_TIME, TAKE
from quanticity.store.slot_words import MICRO, heard_of, micro, process_of, told_of
from quanticity.store.wire import Refused, Wire

_SILENCE = 300 * MICRO
_MARGIN = 60.0
# A server that owes an answer for this long is lost. Its answers that have come are read first,
# so that a loop of ours that was held up is never taken for silence.
_PATIENCE = 1.0
_LONGEST_WINDOW = 32 * 86_400.0

_Call = tuple[str, Sequence[str], Sequence[Argument]]
"""A script, its keys, and its arguments."""


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
        self._link = Link(locate, self._greet, self._lost, clock, _PATIENCE)
        self._was_lost = False
        self.returned: list[Callable[[], None]] = []

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
        ended: Endings | None = None,
        telling: Telling | None = None,
    ) -> Grant:
        """Write as many of `asks`, in order, as every span, the cap in flight and terms allow."""
        # What ended goes out in the same write: a send and an answer cost more than a slot does.
        calls = [] if ended is None else self._releases(budget, ended)
        process = process_of(asks[0].id) if telling is None else telling.process
        longest = max([look, *(span.length for span in spans)])
        hold = max((ask.hold for ask in asks), default=0.0)
        values: list[Argument] = [
            process,
            "" if in_flight is None else in_flight,
            micro(look),
            micro(longest),
            round((longest + hold + _MARGIN) * 1000),
            len(spans),
            "" if telling is None else 1,
        ]
        if telling is not None:
            main = "" if telling.main is None else telling.main + 1
            values += (micro(telling.seen), telling.loans, main, *told_of(telling))
        for span in spans:
            since = "" if span.since is None else micro(span.since)
            until = "" if span.until is None else micro(span.until)
            values += (span.usable, micro(span.length), since, until)
        holds = [micro(ask.hold) for ask in asks]
        for ask, lasts in zip(asks, holds, strict=True):
            values += (ask.id, lasts)
            if telling is not None:
                scheduled, upto, kept, soon = ask.terms
                values += (int(scheduled), "" if upto is None else upto, kept)
                values.append("" if soon is None else soon)
        answers = await self._run(*calls, (TAKE, [slots_key(budget)], values))
        granted, now, retry, flying, processes, counts, others, *more = answers[-1]
        ranks, critical, loans, heard, since = more
        if ended is not None:
            self._forget(ended)
        for ask, lasts in zip(asks[:granted], holds, strict=False):
            self._holds[ask.id] = lasts
        return Grant(
            granted=granted,
            now=now / MICRO,
            retry_in=None if retry < 0 else retry / MICRO,
            counts=tuple(counts),
            others=tuple(base / MICRO for base in others),
            others_in_flight=flying,
            processes=processes,
            ranks=ranks.decode(),
            critical_in_flight=critical,
            loans=loans,
            heard=heard_of(heard),
            since=int(since) / MICRO,
        )

    async def release(self, budget: str, ended: Endings) -> None:
        """Tell what became of slots."""
        if ended:
            await self._run(*self._releases(budget, ended))
            self._forget(ended)

    def _releases(self, budget: str, ended: Endings) -> list[_Call]:
        """What is to be run to tell it: a call for each process whose slots are among them."""
        told: dict[str, Endings] = defaultdict(Endings)
        for slot in ended.headers:
            told[slot.partition(":")[0]].headers.append(slot)
        for slot in ended.done:
            told[slot.partition(":")[0]].done.append(slot)
        for slot in ended.unsent:
            told[process_of(slot)].unsent.append(slot)
        calls: list[_Call] = []
        for process, its in told.items():
            key = f"{slots_key(budget)}:{process}"
            values: list[Argument] = [len(its.headers), len(its.done)]
            values += (*its.headers, *its.done, *its.unsent)
            values += [self._holds.get(slot, 0) for slot in its.headers]
            calls.append((RELEASE, [key, f"{key}:flight"], values))
        return calls

    def _forget(self, ended: Endings) -> None:
        for slot in (*ended.done, *ended.unsent):
            self._holds.pop(slot, None)

    async def write(self, budget: str, bases: Mapping[str, float]) -> None:
        """Write slots that were taken while the ledger was away: id to base (epoch seconds)."""
        slots: dict[str, list[Argument]] = defaultdict(list)
        for slot, base in bases.items():
            slots[process_of(slot)] += (micro(base), slot)
        index = slots_key(budget)
        for process, values in slots.items():
            life = round(_LONGEST_WINDOW * 1000)
            await self._run((ADD, [index, f"{index}:{process}"], [process, life, *values]))

    async def knows(self, budget: str, slot: str) -> bool:
        """Whether a slot that was written is still there."""
        index = slots_key(budget)
        places = (f"{index}:{process_of(slot)}", f"{index}:past")
        found = await self._ask(*(("ZSCORE", place, slot) for place in places))
        return any(one is not None for one in found)

    async def own(self, budget: str, process: str) -> Sequence[str]:
        """The slots of a process that are written, by id."""
        (found,) = await self._ask(("ZRANGE", f"{slots_key(budget)}:{process}", 0, -1))
        return [slot.decode() for slot in found]

    async def stop(self, budget: str, until: float) -> None:
        """The vendor asked us to wait until then, whoever comes later, too."""
        if until > await self.stopped(budget):
            key = f"{slots_key(budget)}:stop"
            await self._ask(("SET", key, micro(until)), ("PEXPIREAT", key, round(until * 1000)))

    async def stopped(self, budget: str) -> float:
        """Until when (epoch seconds) the vendor asked us to wait; 0 where it did not."""
        (found,) = await self._ask(("GET", f"{slots_key(budget)}:stop"))
        return int(found or 0) / MICRO

    async def held(
        self, budget: str, length: float, look: float = 0.0, telling: Telling | None = None
    ) -> Held:
        """All slots whose base is later than now - `length` (seconds), or those of others."""
        values: list[Argument] = [micro(length), _SILENCE]
        if telling is None:
            values += ("", micro(look))
        else:
            values += (telling.process, micro(look), *told_of(telling))
        (answer,) = await self._run((HELD, [slots_key(budget)], values))
        now, bases, flights, there, ranks, loans, heard, since = answer
        slots = sorted(zip(bases, ranks.decode(), strict=True))
        return Held(
            now=now / MICRO,
            bases=tuple(base / MICRO for base, _ in slots),
            in_flight=tuple(end / MICRO for end in sorted(flights)),
            processes=there,
            ranks="".join(rank for _, rank in slots),
            loans=loans,
            heard=heard_of(heard),
            since=int(since) / MICRO,
        )

    async def _ask(self, *commands: tuple[Argument, ...]) -> list[Any]:
        """The answers of plain commands, all sent at once."""
        wire = self._wire
        answers = await wire.exchange(*commands)
        for answer in answers:
            if isinstance(answer, Refused):
                raise self._refused(answer, wire)
        return answers

    @property
    def _wire(self) -> Wire:
        if self._link.wire is None:
            raise StoreUnavailable("the store is away; slots are counted in this process only")
        return self._link.wire

    async def _run(self, *calls: _Call) -> list[Any]:
        """The answers of scripts that are run in order, all sent at once."""
        wire = self._wire
        commands: list[tuple[Argument, ...]] = [
            ("EVALSHA", self._scripts[script].sha, len(keys), *keys, *values)
            for script, keys, values in calls
        ]
        try:
            answers = await wire.exchange(*commands)
            if any(isinstance(one, Refused) and one.code == "NOSCRIPT" for one in answers):
                # Those that ran are run again: each of these scripts is the same twice as once.
                await self._load(wire)
                answers = await wire.exchange(*commands)
        except Refused as refused:
            raise self._refused(refused, wire) from None
        for answer in answers:
            if isinstance(answer, Refused):
                raise self._refused(answer, wire)
        return answers

    async def _greet(self, wire: Wire, address: Address) -> None:
        await self._load(wire)
        if self._was_lost:
            self._was_lost = False
            # Once the wire is in use: whoever is told may ask at once.
            loop = asyncio.get_running_loop()
            for tell in self.returned:
                loop.call_soon(tell)

    def _lost(self, why: str) -> None:
        self._was_lost = True  # its writer tells it

    async def _load(self, wire: Wire) -> None:
        for script in self._scripts.values():
            await wire.call("SCRIPT", "LOAD", script.text)

    def _refused(self, refused: Refused, wire: Wire) -> StoreUnavailable:
        if refused.code in OF_REPLICAS and wire is self._link.wire:
            self._link.renew(str(refused))
        return StoreUnavailable(f"the store refuses to hold slots: {refused}")
