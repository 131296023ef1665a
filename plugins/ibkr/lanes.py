"""Pacing upstream of the library: lanes by urgency, and never more messages than the limit.

The library has one queue, in which a cancel waits behind everything. So it is kept empty: what is
sent leaves here, in the order of the lanes, and part of each second belongs to orders alone.

The vendor counts when messages arrive, and they may be held up on their way: what left over some
seconds arrives within one. So a message takes its place from when it is sent until a second after
an answer proves that it arrived, or that a later one did: messages arrive in their order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol


class Lane(IntEnum):
    """Who goes first. `EXIT`: cancels, and orders that reduce what is held."""

    EXIT = 0
    ENTRY = 1
    CONTROL = 2
    CONTRACTS = 3
    DATA = 4
    HISTORY = 5


ORDERS = frozenset((Lane.EXIT, Lane.ENTRY))


class Gate(Protocol):
    """A rule of its own for some messages. The lane passes over what may not go yet."""

    def wait(self, now: float) -> float:
        """Seconds until it may be sent; 0 for now."""
        ...

    def sent(self, now: float) -> None:
        """It was sent."""
        ...

    def arrived(self, now: float) -> None:
        """It is known to have arrived, no later than now: the vendor counts from there."""
        ...


@dataclass(slots=True, eq=False)
class Message:
    """One request. `send` puts it on the wire; `gates` are rules beside the messages a second.

    `place` is its place among all that were sent, 0 before it was. One that `proves` is answered in
    any case, which proves that those before it arrived.
    """

    lane: Lane
    send: Callable[[], None]
    what: str = ""
    gates: tuple[Gate, ...] = ()
    place: int = 0
    dropped: bool = field(default=False)
    proves: bool = False

    def drop(self) -> None:
        """It is not wanted any more."""
        self.dropped = True


class Window:
    """At most `most` in any `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self._times: deque[float] = deque()

    def used(self, now: float) -> int:
        """How many the window that ends now has."""
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        return len(self._times)

    def wait(self, now: float, room: int = 1) -> float:
        """Seconds until `room` more fit; 0 for now."""
        if room > self.most:
            raise ValueError(f"{room} never fit into a window of {self.most}")
        over = self.used(now) + room - self.most
        if over <= 0:
            return 0.0
        return max(0.0, self._times[over - 1] + self.seconds - now)

    def add(self, now: float, count: int = 1) -> None:
        """So many were sent now."""
        self._times.extend([now] * count)


@dataclass(slots=True)
class _Sent:
    """One message on its way, or arrived at `proved` at the latest."""

    place: int
    lane: Lane
    gates: tuple[Gate, ...] = ()
    proved: float = float("inf")


class Lanes:
    """All messages that wait. The caller sends what `next` gives, and waits as long as it says."""

    def __init__(self, a_second: int = 46, for_orders: int = 8, seconds: float = 1.05) -> None:
        """`for_orders` of the messages a second are left to orders."""
        if not 0 < for_orders < a_second:
            raise ValueError("orders have a part of the messages a second, and not all of them")
        self._most = a_second
        self._others = a_second - for_orders
        self._seconds = seconds
        self._queues: dict[Lane, deque[Message]] = {lane: deque() for lane in Lane}
        self._on_the_way: deque[_Sent] = deque()
        self._place = 0
        self._proved = 0
        self.sent: dict[Lane, int] = dict.fromkeys(Lane, 0)

    @property
    def unproved(self) -> int:
        """How many were sent and may not have arrived."""
        return self._place - self._proved

    def has_arrived(self, message: Message | None) -> bool:
        """Whether an answer proved that it arrived."""
        return message is not None and 0 < message.place <= self._proved

    def prove(self, place: int, now: float) -> None:
        """The message of that place arrived, and with it all before it."""
        if place <= self._proved:
            return
        self._proved = min(place, self._place)
        for one in reversed(self._on_the_way):
            if one.proved != float("inf"):
                break
            if one.place <= place:
                one.proved = now
                for gate in one.gates:
                    gate.arrived(now)

    def _room(self, lane: Lane, now: float, *, proves: bool = False) -> float:
        """Seconds until one more of a lane may be sent; infinite until something is proved."""
        while self._on_the_way and self._on_the_way[0].proved <= now - self._seconds:
            self._on_the_way.popleft()
        wait = self._until(list(self._on_the_way), self._most, now)
        if lane not in ORDERS:
            others = [one for one in self._on_the_way if one.lane not in ORDERS]
            room = self._until(others, self._others, now)
            if room == float("inf") and proves:
                # What proves that others arrived must leave where nothing else may.
                room = self._until(others, (self._others + self._most + 1) // 2, now)
            wait = max(wait, room)
        return wait

    def _until(self, held: list[_Sent], most: int, now: float) -> float:
        over = len(held) + 1 - most
        return 0.0 if over <= 0 else max(0.0, held[over - 1].proved + self._seconds - now)

    def push(self, message: Message) -> Message:
        """Put it at the end of its lane."""
        self._queues[message.lane].append(message)
        return message

    def clear(self, now: float) -> None:
        """Forget what waits: the line is gone. What was sent still counts, for a second."""
        for queue in self._queues.values():
            queue.clear()
        self.prove(self._place, now)

    def waiting(self, lane: Lane | None = None) -> int:
        """How many wait, of one lane or of all."""
        lanes = Lane if lane is None else (lane,)
        return sum(not one.dropped for each in lanes for one in self._queues[each])

    def next(self, now: float) -> tuple[Message | None, float]:
        """What may be sent now, as sent; else None and the seconds until something may be."""
        soonest = float("inf")
        for lane in Lane:
            queue = self._queues[lane]
            while queue and queue[0].dropped:
                queue.popleft()
            if not queue:
                continue
            wait, message = self._room(lane, now), None
            if wait <= 0:
                message, wait = self._first(queue, now)
            elif wait == float("inf"):
                message, wait = self._proof(queue, lane, now)
            if message is not None:
                self._place += 1
                message.place = self._place
                self._on_the_way.append(_Sent(self._place, lane, message.gates))
                for gate in message.gates:
                    gate.sent(now)
                self.sent[lane] += 1
                return message, 0.0
            soonest = min(soonest, wait)
        return None, soonest

    def _proof(self, queue: deque[Message], lane: Lane, now: float) -> tuple[Message | None, float]:
        """What proves that others arrived goes past those that wait for that, or all would wait."""
        proof = next((one for one in queue if one.proves and not one.dropped), None)
        if proof is None:
            return None, float("inf")
        wait = self._room(lane, now, proves=True)
        if wait > 0:
            return None, wait
        queue.remove(proof)
        return proof, 0.0

    @staticmethod
    def _first(queue: deque[Message], now: float) -> tuple[Message | None, float]:
        """The first of a lane whose gates are open, taken out; else how long until one is."""
        soonest = float("inf")
        for at, message in enumerate(queue):
            if message.dropped:
                continue
            wait = max((gate.wait(now) for gate in message.gates), default=0.0)
            if wait <= 0:
                del queue[at]
                return message, 0.0
            soonest = min(soonest, wait)
        return None, soonest
