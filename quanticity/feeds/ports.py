"""What feeds are handed, and what they tell: the seams between fetching and everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from quanticity.clock import Calendar, Clock
from quanticity.model import Priority
from quanticity.pace.ports import Word
from quanticity.store.ports import Store

Tell = Callable[[Word], None]
"""Where a source's vendor words go: its budget."""

Cadence = Callable[[str, float], float | None]
"""(feed id, epoch seconds) to the seconds now between two runs of it; None where unknown."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One way in which a body no longer is what its contract says. An alert, never a crash.

    `path` is dotted, with `*` for any row (`data.*.price`); `first_seen` is epoch seconds.
    """

    feed: str
    path: str
    message: str
    first_seen: float

    def __str__(self) -> str:
        return f"{self.feed}: {self.path or 'the body'}: {self.message}"


class Contracts(Protocol):
    """Payload contracts, by the name that YAML gives (`contracts/av_options.json`)."""

    def observe(
        self, feed: str, contract: str, payload: Any, *, body: bytes, digest: str, now: float
    ) -> Sequence[Drift]:
        """Look at one body, cheaply, on the loop; returns the drifts that are new.

        `payload` is decoded and must not be changed or kept; `body` is the JSON text it came
        from, for a full check elsewhere; `digest` is the hex xxh3-64 of it, the same for an
        unchanged body. Never raises for what a vendor sent.
        """
        ...

    def knows(self, feed: str, contract: str, digest: str, now: float) -> bool:
        """Whether `observe` would find nothing to do: it saw this body last, and recently whole."""
        ...


class Transforms(Protocol):
    """The functions of `transforms/`, their options, and what they remember."""

    async def restore(self, feed: str) -> None:
        """Take up, once, what `feed` remembered when the program last ran; before each run."""
        ...

    def keep(self, feed: str, sets: Iterable[Mapping[str, str]]) -> None:
        """The sets of values that `feed` asks for now; what others remember need not stay."""
        ...

    def apply(
        self,
        feed: str,
        name: str | None,
        payload: Any,
        *,
        options: Mapping[str, Any],
        values: Mapping[str, str],
        received: float,
        states: dict[str, bytes] | None = None,
    ) -> bytes:
        """The value to store at `output_key`, as JSON text.

        `payload` is given away: nobody reads it afterwards. `name` is None where only the
        options that work with any transform are asked for. State is kept here by `feed`, and
        saved; where `states` is given it is put there instead, by the name under which who asks
        has to save it together with the value. Raises TransformError, naming the transform, its
        file and line, and the cause.
        """
        ...

    async def apply_aside(
        self,
        feed: str,
        name: str | None,
        payload: Any,
        *,
        size: int,
        options: Mapping[str, Any],
        values: Mapping[str, str],
        received: float,
        digest: str = "",
        states: dict[str, bytes] | None = None,
    ) -> bytes:
        """As `apply`, in a thread where `size` (bytes of the body) is large: nobody waits.

        `digest` is the body's: what it gives may then be asked for by `made_before`.
        """
        ...

    def made_before(
        self,
        feed: str,
        name: str | None,
        digest: str,
        *,
        options: Mapping[str, Any],
        values: Mapping[str, str],
    ) -> bytes | None:
        """What the body of this digest gave when it came last, where it would give the same now.

        None where it is not held, where the transform was edited or its options changed, where it
        remembers something, or looked at the time.
        """
        ...


class Observer(Protocol):
    """Whoever wants to see feeds at work: the live table, the lines of a plain run."""

    def fetched(self, feed: str, key: str, received: float) -> None:
        """A value is on its way into the store."""
        ...

    def failed(self, feed: str, message: str) -> None:
        """A run came to nothing, after its retries. Told once until the reason changes."""
        ...

    def recovered(self, feed: str) -> None:
        """The first value after a failure that was told."""
        ...

    def drifted(self, drift: Drift) -> None:
        """A body left its contract in a way not seen before."""
        ...

    def missed(self, name: str, feeds: Sequence[str], since: float, until: float) -> None:
        """The connection `name` was away from `since` to `until` (epoch seconds).

        What its `feeds` would have brought meanwhile is lost; `recovered` follows.
        """
        ...

    def switched(self, name: str, message: str, *, back: bool) -> None:
        """A failover turned to another source; `back` where that stands higher in the order."""
        ...


class Quiet:
    """An observer that looks away."""

    def fetched(self, feed: str, key: str, received: float) -> None:
        """See `Observer`."""

    def failed(self, feed: str, message: str) -> None:
        """See `Observer`."""

    def recovered(self, feed: str) -> None:
        """See `Observer`."""

    def drifted(self, drift: Drift) -> None:
        """See `Observer`."""

    def missed(self, name: str, feeds: Sequence[str], since: float, until: float) -> None:
        """See `Observer`."""

    def switched(self, name: str, message: str, *, back: bool) -> None:
        """See `Observer`."""


QUIET = Quiet()


class Ages(Protocol):
    """How session rules stretch what YAML says of ages. All figures are seconds."""

    def limit(
        self, max_age: float, group: Priority, interval: float | None, at: Sequence[str], now: float
    ) -> float:
        """The age from which a value is stale at epoch second `now`."""
        ...

    def limit_pushed(self, max_age: float, now: float) -> float:
        """The same for a value that the vendor pushes."""
        ...

    def life(self, ttl: float, group: Priority, interval: float | None, now: float) -> float:
        """How long a value stored at epoch second `now` lives."""
        ...


class AsWritten:
    """Where no session rules hold."""

    def limit(
        self, max_age: float, group: Priority, interval: float | None, at: Sequence[str], now: float
    ) -> float:
        """As YAML says."""
        return max_age

    def limit_pushed(self, max_age: float, now: float) -> float:
        """As YAML says."""
        return max_age

    def life(self, ttl: float, group: Priority, interval: float | None, now: float) -> float:
        """As YAML says."""
        return ttl


AS_WRITTEN = AsWritten()


def unknown(_feed: str, _now: float) -> None:
    """The cadence of a schedule that nobody keeps."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every feed of a process shares."""

    clock: Clock
    calendar: Calendar
    store: Store
    contracts: Contracts
    transforms: Transforms
    observer: Observer = QUIET
    cadence: Cadence = unknown
    ages: Ages = AS_WRITTEN
