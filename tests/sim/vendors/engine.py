"""The shipped config at work against the simulated vendors, for tests of what feeds bring."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import orjson
import yaml

from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.loaded import Loaded
from quanticity.config.loader import load
from quanticity.feeds.book import Book
from quanticity.feeds.contract import ContractChecker
from quanticity.feeds.contract_schema import Contract
from quanticity.feeds.feed import Feed
from quanticity.feeds.ports import Drift, Surroundings
from quanticity.feeds.roster import Muster, Roster
from quanticity.feeds.standin import Rewriter
from quanticity.feeds.transform import LoadedTransforms
from quanticity.model import Priority
from quanticity.pace.limits import budgets_of
from quanticity.pace.ports import Lane, Slot, Word
from quanticity.pace.schedule import Scheduler
from quanticity.sim.vendors.registry import address_for
from quanticity.sim.vendors.server import SimVendors
from tests.feeds.fakes import MemoryStore, Witness

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config"
CALENDAR = MarketCalendar()
TEN_OCLOCK = 1_767_625_200.0  # Monday 2026-01-05 10:00 Eastern

T = TypeVar("T")


class FreeSlot:
    """A slot that nobody counts: the simulated vendor does."""

    def headers(self) -> None: ...

    def lost(self) -> None: ...

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
        return load(CONFIG, "demo", {})
    copy = folder / "config"
    shutil.copytree(CONFIG, copy)
    (folder / "transforms").symlink_to(ROOT / "transforms")
    text = yaml.safe_dump({"environment": "test", "simulation": {"vendors": True}, **overlay})
    (copy / "env" / "test.yaml").write_text(text)
    return load(copy, "test", {})


@dataclass(frozen=True)
class Reply:
    """What a vendor answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Engine:
    """Feeds by id, what they wrote, and what was told of them."""

    server: SimVendors
    feeds: Mapping[str, Feed]
    store: MemoryStore
    witness: Witness
    contracts: ContractChecker
    loaded: Loaded
    session: aiohttp.ClientSession
    pacer: Scheduler | None = None
    words: list[Word] = field(default_factory=list)

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

    async def get(self, url: str, **options: Any) -> Reply:
        """Ask for a vendor's real address, as a plain client does."""
        return await self.ask("GET", url, **options)

    async def ask(self, method: str, url: str, **options: Any) -> Reply:
        """Send any request to a vendor's real address."""
        address = address_for(url, self.server.url, self.server.vendors)
        assert address is not None, url
        async with self.session.request(method, address, **options) as answer:
            return Reply(answer.status, dict(answer.headers), await answer.read())


@asynccontextmanager
async def engine(
    loaded: Loaded, at: float = TEN_OCLOCK, *, paced: bool = False, **options: Any
) -> AsyncIterator[Engine]:
    """Simulated vendors without delay, at a moment, and the feeds of a config that ask them."""
    clock = LiveClock(at)
    server = SimVendors(clock, CALENDAR, 7, options.pop("delay_ms", (0, 0)), **options)
    root = await server.start()
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
    rewrite = Rewriter(lambda _, url: address_for(url, root, server.vendors) or url)
    roster = Muster(around, Book(), lambda _: words.append).muster(
        loaded, rewrite(loaded.effective), Roster()
    )
    pacer = Scheduler(clock, CALENDAR) if paced else None
    if pacer is not None:
        pacer.configure(budgets_of(loaded.root))
    pacing = asyncio.create_task(pacer.run()) if pacer is not None else None
    async with aiohttp.ClientSession() as session:
        try:
            yield Engine(
                server, roster.feeds, store, witness, contracts, loaded, session, pacer, words
            )
        finally:
            if pacer is not None and pacing is not None:
                await pacer.stop(0.1)
                await pacing
            await contracts.close()
            for vendor in roster.vendors.values():
                await vendor.close()
            await server.stop()


def contracts_of(loaded: Loaded) -> dict[str, Contract]:
    """Every contract that the config names."""
    names = {each.endpoint.contract for each in loaded.effective.endpoints()} - {None, "none"}
    return {name: Contract.load(CONFIG / name, name) for name in names if name}


def with_engine(
    talk: Callable[[Engine], Awaitable[T]], loaded: Loaded | None = None, **options: Any
) -> T:
    """Run `talk` against a running engine and return what it returns."""

    async def main() -> T:
        async with engine(loaded or shipped(), **options) as running:
            return await talk(running)

    return asyncio.run(main())
