"""The shipped config at work against the simulated vendors, for tests of what feeds bring."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from quanticity.clock import LiveClock
from quanticity.config.effective import Effective, EffectiveEndpoint
from quanticity.config.loaded import Loaded
from quanticity.config.loader import load
from quanticity.config.schema.endpoint import LONGEST_TIMEOUT
from quanticity.feeds.book import Book
from quanticity.feeds.contract import ContractChecker
from quanticity.feeds.contract_schema import Contract
from quanticity.feeds.feed import Feed
from quanticity.feeds.ports import Drift, Surroundings
from quanticity.feeds.roster import Muster, Roster
from quanticity.feeds.standin import Rewriter
from quanticity.feeds.stream import Stream
from quanticity.feeds.switchboard import Switchboard
from quanticity.feeds.transform import LoadedTransforms
from quanticity.model import Priority
from quanticity.pace.limits import budgets_of
from quanticity.pace.ports import Lane, Word
from quanticity.pace.schedule import Scheduler
from quanticity.pace.slot import Slot
from quanticity.sim.vendors.registry import address_for
from tests.feeds.fakes import MemoryStore, Witness
from tests.sim.vendors.asking import CALENDAR, TEN_OCLOCK, Vendors, vendors

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config"

T = TypeVar("T")


class FreeSlot:
    """A slot that nobody counts: the simulated vendor does."""

    def headers(self) -> None: ...

    def lost(self) -> None: ...

    def given_up(self) -> None: ...

    def done(self) -> None: ...

    def unsent(self) -> None: ...


@dataclass
class FreeLane:
    """A lane without a budget."""

    due: float
    slots: int = 0

    async def slot(self) -> FreeSlot:
        self.slots += 1
        return FreeSlot()


@dataclass
class PacedLane:
    """A lane whose slots the real pacer grants, as for a probe."""

    due: float
    pacer: Scheduler
    budget: str
    group: Priority
    slots: int = 0

    async def slot(self) -> Slot:
        self.slots += 1
        return await self.pacer.extra(self.budget, self.group)


def shipped(folder: Path | None = None, overlay: Mapping[str, Any] | None = None) -> Loaded:
    """The shipped config as `demo` runs it, or with an overlay of its own, kept in `folder`."""
    if overlay is None or folder is None:
        return _demo()
    copy = folder / "config"
    shutil.copytree(CONFIG, copy)
    (folder / "transforms").symlink_to(ROOT / "transforms")
    text = yaml.safe_dump({"environment": "test", "simulation": {"vendors": True}, **overlay})
    (copy / "env" / "test.yaml").write_text(text)
    return load(copy, "test", {})


@cache
def _demo() -> Loaded:
    """The shipped config, but with time-outs that no load of this machine reaches.

    The simulated vendors share our event loop: where their first answer takes longer than the
    time-out, it is given up and asked for again, and every count of requests is another.
    """
    loaded = load(CONFIG, "demo", {})
    return replace(loaded, effective=_patient(loaded.effective))


def _patient(effective: Effective) -> Effective:
    def waiting(given: EffectiveEndpoint) -> EffectiveEndpoint:
        update = {"timeout_seconds": LONGEST_TIMEOUT}
        return replace(given, endpoint=given.endpoint.model_copy(update=update))

    return Effective(
        {
            name: replace(
                source,
                endpoints={each: waiting(given) for each, given in source.endpoints.items()},
            )
            for name, source in effective.sources.items()
        }
    )


@dataclass
class Engine(Vendors):
    """Running vendors, feeds by id that ask them, what these wrote, and what was told of them."""

    roster: Roster
    store: MemoryStore
    witness: Witness
    contracts: ContractChecker
    pacer: Scheduler | None = None
    words: list[Word] = field(default_factory=list)

    @property
    def feeds(self) -> Mapping[str, Feed]:
        """The feeds that are fetched, by id."""
        return self.roster.feeds

    def of(self, endpoint: str) -> list[Feed]:
        """The feeds of one `source.endpoint`."""
        return [feed for feed in self.feeds.values() if feed.endpoint_id == endpoint]

    def lane(self, feed: Feed) -> Lane:
        """A lane for one run: on the real pacer's slots, where there is one."""
        now = feed.recipe.around.clock.now()
        if self.pacer is None:
            return FreeLane(now)
        return PacedLane(now, self.pacer, feed.recipe.vendor.source.budget, feed.recipe.group)

    async def run(self, feed: Feed) -> list[Drift]:
        """Fetch one feed once; returns the drifts that are new, a first body checked whole."""
        before = len(self.witness.drifts)
        await feed.run(self.lane(feed))
        await self.contracts.settle()
        return self.witness.drifts[before:]

    @asynccontextmanager
    async def streaming(self) -> AsyncIterator[Stream]:
        """The one websocket of the config, open, with everything that goes over it."""

        async def slot(budget: str, group: Priority) -> FreeSlot:
            return FreeSlot()

        board = Switchboard(slot, first_pause=0.02)
        board.update(self.roster.streams, self.roster.vendors)
        try:
            (stream,) = board.streams
            yield stream
        finally:
            await board.close()


@asynccontextmanager
async def engine(
    loaded: Loaded, at: float = TEN_OCLOCK, *, paced: bool = False, **options: Any
) -> AsyncIterator[Engine]:
    """Simulated vendors at a moment, and the feeds of a config that ask them."""
    clock = LiveClock(at)
    store, witness, words = MemoryStore(), Witness(), list[Word]()
    contracts = ContractChecker(clock, contracts_of(loaded), observer=witness)
    around = Surroundings(
        clock=clock,
        calendar=CALENDAR,
        store=store,
        contracts=contracts,
        transforms=LoadedTransforms(clock, store, loaded.modules.functions),
        observer=witness,
    )
    pacer = Scheduler(clock, CALENDAR) if paced else None
    if pacer is not None:
        pacer.configure(budgets_of(loaded.root))
    async with vendors(at, **options) as running:
        server = running.server
        rewrite = Rewriter(lambda _, url: address_for(url, server.url, server.vendors) or url)
        roster = Muster(around, Book(), lambda _: words.append).muster(
            loaded, rewrite(loaded.effective), Roster()
        )
        pacing = asyncio.create_task(pacer.run()) if pacer is not None else None
        try:
            yield Engine(server, running.session, roster, store, witness, contracts, pacer, words)
        finally:
            if pacer is not None and pacing is not None:
                await pacer.stop(0.1)
                await pacing
            await contracts.close()
            for vendor in roster.vendors.values():
                await vendor.close()


def contracts_of(loaded: Loaded) -> dict[str, Contract]:
    """Every contract that the config names."""
    names = {each.endpoint.contract for each in loaded.effective.endpoints()} - {None, "none"}
    return {name: _contract(name) for name in names if name}


@cache
def _contract(name: str) -> Contract:
    return Contract.load(CONFIG / name, name)


def with_engine(
    talk: Callable[[Engine], Awaitable[T]], loaded: Loaded | None = None, **options: Any
) -> T:
    """Run `talk` against a running engine and return what it returns."""

    async def main() -> T:
        async with engine(loaded or shipped(), **options) as running:
            return await talk(running)

    return asyncio.run(main())
