"""One call of one endpoint, through everything a real one goes through, and stored nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quanticity.clock import Calendar, Clock
from quanticity.config.effective import Effective, EffectiveEndpoint
from quanticity.config.loaded import Loaded
from quanticity.errors import ConfigError, FetchError, Problem
from quanticity.feeds.binding import bound, recipe_of
from quanticity.feeds.book import Book
from quanticity.feeds.contract import ContractChecker
from quanticity.feeds.contract_files import load_contracts
from quanticity.feeds.credentials import of_source
from quanticity.feeds.ports import Drift, Surroundings
from quanticity.feeds.transform import LoadedTransforms
from quanticity.feeds.vendor import Vendor
from quanticity.model import Envelope, Kind, Priority
from quanticity.pace.limits import budgets_of
from quanticity.pace.ports import Ledger, Word
from quanticity.pace.schedule import Scheduler
from quanticity.pace.slot import Slot
from quanticity.pace.state import BudgetState
from quanticity.spec import near
from quanticity.store.memory import MemoryStore
from quanticity.words import some

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Probe:
    """What one call brought. `latency` is in seconds, `data` the decoded value (or None).

    `note` says what is unusual though a value came, such as pages that were cut off.
    """

    feed: str
    key: str
    status: int | None
    latency: float | None
    bytes: int
    error: str
    drifts: tuple[Drift, ...]
    timestamp: float | None
    data: Any
    output_key: str | None
    output: Any
    budget: BudgetState | None
    note: str = ""


# Seconds that the ledger may take to give a call that is free; who would not wait has these too.
_TO_ASK = 1.0


@dataclass(slots=True)
class _Lane:
    """Slots of the reserve: a probe is not scheduled."""

    scheduler: Scheduler
    budget: str
    due: float
    patience: float

    async def slot(self) -> Slot:
        extra = self.scheduler.extra(self.budget, Priority.CRITICAL)  # noqa: S610  # no Django here
        try:
            # Not `wait_for`: on Python 3.11 it can forget a cancel, and the slot with it.
            async with asyncio.timeout(max(self.patience, _TO_ASK)):
                return await extra
        except TimeoutError:
            state = self.scheduler.state().budgets[self.budget]
            why = f": {state.why}" if state.why else ", its limit is used up for now"
            raise FetchError(
                f"no call of {self.budget} came free in {self.patience:g} s{why}; "
                "try later, or wait longer with --wait SECONDS"
            ) from None


@dataclass(slots=True)
class _Observer:
    drifts: list[Drift] = field(default_factory=list)

    def fetched(self, feed: str, key: str, received: float) -> None:
        """See `Observer`."""

    def failed(self, feed: str, message: str) -> None:
        """See `Observer`."""

    def recovered(self, feed: str) -> None:
        """See `Observer`."""

    def drifted(self, drift: Drift) -> None:
        """See `Observer`."""
        self.drifts.append(drift)

    def missed(self, name: str, feeds: Sequence[str], since: float, until: float) -> None:
        """See `Observer`."""

    def switched(self, name: str, message: str, *, back: bool) -> None:
        """See `Observer`."""


def find_endpoint(effective: Effective, name: str) -> EffectiveEndpoint:
    """An endpoint by `source.endpoint`; ConfigError with the near miss where there is none."""
    found = effective.find(name)
    if found is None and name in effective.sources:
        known = effective.sources[name].endpoints.values()
        asked = [each.id for each in known if each.endpoint.transport == "http"]
        hint = f"name one of its endpoints: {some(asked, _NAMED)}" if asked else ""
        raise ConfigError([Problem("", 0, 0, f"'{name}' is a source, not an endpoint", hint)])
    if found is None:
        hint = near(name, [each.id for each in effective.endpoints()])
        raise ConfigError([Problem("", 0, 0, f"there is no endpoint '{name}'", hint)])
    if found.endpoint.transport == "websocket":
        hint = "it brings values while a system runs, and is not asked for one"
        raise ConfigError([Problem("", 0, 0, f"{found.id} is a stream", hint)])
    return found


async def probe(
    loaded: Loaded,
    effective: Effective,
    endpoint: EffectiveEndpoint,
    values: Mapping[str, str],
    clock: Clock,
    calendar: Calendar,
    ledger: Ledger | None,
    patience: float,
) -> Probe:
    """Ask once, within the limits (shared with a running system where `ledger` is its own).

    `patience` (seconds) is the longest wait for a call that the limits leave. `values` fill
    placeholders; those not given take the first that the config names.
    """
    given = narrowed(endpoint, values)
    source = effective.sources[given.source]
    if source.off is not None:
        raise ConfigError([Problem("", 0, 0, f"{source.name} is off: {source.off}", "")])
    scheduler = Scheduler(clock, calendar, ledger)
    scheduler.configure(budgets_of(loaded.root))
    observer, store = _Observer(), MemoryStore(clock)
    checker = ContractChecker(
        clock, load_contracts(loaded.location.folder, [given.endpoint.contract]), observer=observer
    )
    around = Surroundings(
        clock=clock,
        calendar=calendar,
        store=store,
        contracts=checker,
        transforms=LoadedTransforms(clock, store, loaded.modules.functions),
        observer=observer,
    )

    def tell(word: Word) -> None:
        scheduler.says(source.budget, word)

    vendor = Vendor(source, of_source(source.source, loaded.secrets), around, tell)
    feed = bound(recipe_of(given, vendor, {}), given, Book(), {})[0]
    running = asyncio.create_task(scheduler.run())
    try:
        await feed.run(_Lane(scheduler, source.budget, clock.now(), patience))
        await checker.settle()
        state = scheduler.state()
    finally:
        await scheduler.stop(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await vendor.close()
        await checker.close()
    out = feed.output_key
    raw = await _brought(store, feed.key, given)
    made = await _brought(store, out, given) if out else None
    return Probe(
        feed=feed.id,
        key=feed.key,
        status=feed.stats.status,
        latency=feed.stats.latency,
        bytes=feed.stats.bytes,
        error=feed.stats.error or ("" if raw else feed.stats.note),
        note=feed.stats.note if raw else "",
        drifts=tuple(observer.drifts),
        timestamp=feed.stats.timestamp,
        data=raw.data if raw else None,
        output_key=out or None,
        output=made.data if made else None,
        budget=state.budgets.get(source.budget),
    )


async def _brought(store: MemoryStore, key: str, given: EffectiveEndpoint) -> Envelope | None:
    """What was written under a key; of events all of them, their data as a list."""
    if given.endpoint.kind is Kind.LATEST:
        return await store.get(key)
    events = [event for _, event in await store.events(key, count=given.endpoint.cap)]
    return replace(events[-1], data=[event.data for event in events]) if events else None


def narrowed(endpoint: EffectiveEndpoint, values: Mapping[str, str]) -> EffectiveEndpoint:
    """The endpoint for one set of values, and for one request.

    Raises ConfigError for a value of what the endpoint does not have, and where one is missing.
    """
    spec = endpoint.endpoint
    takes = [*(("symbol",) if spec.symbols else ()), *spec.expand]
    unknown = [
        Problem("", 0, 0, f"{endpoint.id} takes no '{name}'", near(name, takes) or _takes(takes))
        for name in values
        if name not in takes
    ]
    if unknown:
        raise ConfigError(unknown)
    symbols = spec.symbols
    if "symbol" in values:
        symbols = (values["symbol"],)
    elif isinstance(symbols, tuple):
        symbols = symbols[:1]
    expand: dict[str, Any] = {}
    for name, written in spec.expand.items():
        if name in values:
            expand[name] = (values[name],)
        elif isinstance(written, tuple):
            expand[name] = written[:1]
        else:
            said = f"{endpoint.id} takes {{{name}}} from the feed {written.source}"
            raise ConfigError([Problem("", 0, 0, said, f"give one: --set {name}=VALUE")])
    narrowed = spec.model_copy(update={"symbols": symbols, "expand": expand})
    return replace(endpoint, endpoint=narrowed)


def _takes(names: Sequence[str]) -> str:
    if not names:
        return "it is one feed, and takes no values"
    return "it takes " + some([f"'{name}'" for name in names], _NAMED)
