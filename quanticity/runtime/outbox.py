"""The messages of one distributor, in order, each until its fate is known.

That a message is about to be sent is written before it is sent. So after a crash there is at
most one whose fate nobody knows: it is looked up where the channel can tell, and else sent once
more, marked as a possible repeat. What cannot be delivered goes to the dead letters, with the
reason, and the next one is not held up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from math import isnan
from typing import Protocol

import msgspec
import orjson

from quanticity.component import Context, Delivered, Distributor, Message
from quanticity.config.interrupts import is_its_own
from quanticity.errors import DeliveryError, StoreError, of_error
from quanticity.logs import logger, redact
from quanticity.model import Envelope, Kind, Write
from quanticity.runtime.messages import message_of
from quanticity.store.ports import Store

_LIFE = 30 * 86_400.0
_RECEIPTS = 1000
_PAGE = 50
# What a plugin raises by mistake, the kinds among it that would end its process or task.
_ITS_OWN = (Exception, SystemExit, KeyboardInterrupt, asyncio.CancelledError)
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0
# What a channel asks for beyond a day is believed for a day.
_LONGEST_WORD = 86_400.0


class Place(Protocol):
    """The right to send one message now."""

    def headers(self) -> None:
        """It arrived."""
        ...

    def done(self) -> None:
        """It is over."""
        ...


class Pace(Protocol):
    """The channel's limits."""

    async def place(self) -> Place:
        """Wait until one more message may go out."""
        ...

    def wait(self, seconds: float) -> None:
        """The channel says: nothing for so long."""
        ...


class Saved(msgspec.Struct):
    """What an outbox remembers: how far it read each key, and what is on its way.

    `refused` says that what is on its way has certainly not arrived so far; `repeated` counts what
    was sent once more because nobody could tell.
    """

    cursors: dict[str, str] = {}
    sending: str = ""
    refused: bool = False
    tries: int = 0
    delivered: int = 0
    dead: int = 0
    repeated: int = 0
    receipts: dict[str, str] = {}


class Outbox:
    """Delivers the new events of `keys`, one after the other."""

    def __init__(
        self,
        name: str,
        keys: Mapping[str, str],
        distributor: Distributor,
        context: Context,
        store: Store,
        pace: Pace,
        *,
        newest: Callable[[str], Awaitable[str]],
    ) -> None:
        """`keys` are by input name; `newest` tells the id of a key's last event, "0" for none."""
        self.name = name
        self.saved = Saved()
        self.last_error = ""
        self._keys = keys
        self._distributor = distributor
        self._context = context
        self._store = store
        self._pace = pace
        self._newest = newest
        self._state = f"outbox:{name}"

    async def restore(self) -> None:
        """Take up what an earlier run left. The first time, what happened before is no news."""
        text = await self._store.state(self._state)
        if text:
            self.saved = msgspec.json.decode(text, type=Saved)
        for key in self._keys.values():
            if key not in self.saved.cursors:
                self.saved.cursors[key] = await self._newest(key)
        self._save()

    async def deliver_new(self) -> int:
        """Deliver all events that are new now; returns how many were looked at."""
        count = 0
        for key in self._keys.values():
            while events := await self._new(key):
                for event_id, one in events:
                    message = message_of(key, event_id, one)
                    if message is not None:
                        await self._see_through(message)
                    self.saved.cursors[key] = event_id
                    self._save()
                    count += 1
        return count

    async def _new(self, key: str) -> Sequence[tuple[str, Envelope]]:
        try:
            return await self._store.events(key, self.saved.cursors[key], _PAGE)
        except StoreError as error:
            self.last_error = str(error)
            return ()

    async def _see_through(self, message: Message) -> None:
        """Return once it is delivered, or dead."""
        if self.saved.sending != message.id:
            self.saved.sending, self.saved.tries = message.id, 0
        elif not self.saved.refused:
            # An earlier life was about to send it, and nobody knows whether it did.
            if await self._found(message):
                return
            message = self._repeated(message)
        while (failure := await self._once(message)) is not None:
            self.saved.refused = not (failure.unknown or message.again)
            self._save()
            if failure.unknown:
                if await self._found(message):
                    return
                message = self._repeated(message)
            if not await self._again(message, str(failure), failure.again_in):
                return

    def _repeated(self, message: Message) -> Message:
        self.saved.repeated += 1
        return replace(message, again=True)

    async def _once(self, message: Message) -> DeliveryError | None:
        """One try, written down before it is made; None where the message arrived."""
        place = await self._pace.place()
        self.saved.refused = False
        self.saved.tries += 1
        self._save()
        await self._store.flush()
        try:
            delivered = await self._distributor.deliver(message, self._context)
            place.headers()
        except DeliveryError as error:
            return error
        except _ITS_OWN as error:
            # A plugin's own mistake: it costs this message, never the next.
            if not is_its_own(error):
                raise
            logger.opt(exception=error).warning("{}: deliver failed", self.name)
            text = f"{type(error).__name__}: {of_error(error)}"
            return DeliveryError(text, again_in=_FIRST_PAUSE, unknown=True)
        finally:
            place.done()
        self._arrived(message, delivered)
        return None

    async def _found(self, message: Message) -> bool:
        try:
            delivered = await self._distributor.find(message, self._context)
        except DeliveryError as error:
            self.last_error = redact(str(error))
            return False
        except _ITS_OWN as error:
            # A plugin's own mistake: then nobody can tell, and the message goes on.
            if not is_its_own(error):
                raise
            logger.opt(exception=error).warning("{}: find failed", self.name)
            self.last_error = redact(f"{type(error).__name__}: {of_error(error)}")
            return False
        if delivered is None:
            return False
        self._arrived(message, delivered)
        return True

    async def _again(self, message: Message, why: str, again_in: float | None) -> bool:
        """Wait for another try; False where there is none, and the message is dead."""
        self.last_error = redact(why)
        if again_in is None or self.saved.tries >= self._distributor.tries:
            self._bury(message, self.last_error)
            return False
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (self.saved.tries - 1))
        pause = max(_believed(again_in), pause)
        if pause > _LONGEST_PAUSE:
            logger.warning("{}: {}; nothing is told for {:,.0f} s", self.name, why, pause)
        self._pace.wait(pause)
        await self._context.sleep(pause)
        return True

    def _arrived(self, message: Message, delivered: Delivered) -> None:
        saved = self.saved
        saved.sending, saved.tries = "", 0
        saved.delivered += 1
        saved.receipts[message.id] = delivered.receipt
        if (wait := _believed(delivered.wait)) > 0:
            self._pace.wait(wait)
        while len(saved.receipts) > _RECEIPTS:
            del saved.receipts[next(iter(saved.receipts))]
        self.last_error = ""

    def _bury(self, message: Message, why: str) -> None:
        now = self._context.now()
        told = {
            "id": message.id,
            "kind": message.kind,
            "title": message.title,
            "text": message.text,
            "tries": self.saved.tries,
            "reason": why,
        }
        key = f"distributors:{self.name}:dead"
        self._store.put(
            Write(key, orjson.dumps(told), self.name, message.created, now, _LIFE, Kind.EVENTS)
        )
        self.saved.sending, self.saved.tries = "", 0
        self.saved.dead += 1
        logger.warning("{}: '{}' was not delivered: {}", self.name, message.title, why)

    def _save(self) -> None:
        self._store.put_state(self._state, msgspec.json.encode(self.saved))


def _believed(seconds: object) -> float:
    """How long a channel wants to be left alone; 0 where what it says is no length of time."""
    if not isinstance(seconds, int | float):
        return 0.0
    bounded = min(max(seconds, 0), _LONGEST_WORD)
    return 0.0 if isnan(bounded) else float(bounded)
