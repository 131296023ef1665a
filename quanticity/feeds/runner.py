"""All feeds of a process at work: one roster in force, one scheduler, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from quanticity.clock import Calendar, Clock
from quanticity.config.effective import Effective
from quanticity.config.loaded import Loaded
from quanticity.feeds.aggregates import Aggregates
from quanticity.feeds.alerts import Alerts
from quanticity.feeds.book import Book
from quanticity.feeds.contract import ContractChecker
from quanticity.feeds.contract_files import load_contracts
from quanticity.feeds.difference import difference, files_anew
from quanticity.feeds.feed import Feed
from quanticity.feeds.heirs import Heirs
from quanticity.feeds.key_watch import KeyWatch
from quanticity.feeds.lifetimes import Lifetimes
from quanticity.feeds.news import News
from quanticity.feeds.past import Past
from quanticity.feeds.ports import Surroundings
from quanticity.feeds.report import Change, FeedRow, Report, Summary
from quanticity.feeds.roster import Muster, Roster
from quanticity.feeds.rotation import told
from quanticity.feeds.rows import budget_row, row_of, stream_row, summary_of
from quanticity.feeds.standin import Unsimulated
from quanticity.feeds.switchboard import Switchboard
from quanticity.feeds.transform import LoadedTransforms
from quanticity.model import Priority
from quanticity.pace.limits import budgets_of
from quanticity.pace.observe import shown_budgets
from quanticity.pace.ports import Ledger, Word
from quanticity.pace.rules import Rules, rules_of
from quanticity.pace.schedule import Scheduler
from quanticity.pace.staleness import Staleness
from quanticity.store.ports import Store

Rewrite = Callable[[Effective], Effective]


class FeedRunner:
    """Starts, reloads and stops feeds. `apply` swaps everything at once, or changes nothing."""

    def __init__(
        self,
        clock: Clock,
        calendar: Calendar,
        store: Store,
        ledger: Ledger | None,
        report: Callable[[], Report],
        *,
        rewrite: Rewrite | None = None,
        once: bool = False,
    ) -> None:
        self.news = News(report, clock.now, self._true_at)
        self._report = report
        self.scheduler = Scheduler(clock, calendar, ledger)
        self.roster = Roster()
        self._calendar = calendar
        self._staleness = Staleness(Rules(), calendar)
        self.generation = 0
        self._clock = clock
        self._store = store
        self._rewrite = rewrite or (lambda effective: effective)
        self._once = once
        observer = Alerts(store, clock, self.news)
        self._contracts = ContractChecker(clock, {}, observer=observer)
        self._transforms = LoadedTransforms(clock, store, {})
        self._book, self._past = Book(), Past()
        around = Surroundings(
            clock=clock,
            calendar=calendar,
            store=store,
            contracts=self._contracts,
            transforms=self._transforms,
            observer=observer,
            cadence=self._cadence,
            ages=self,
        )
        self._muster = Muster(around, self._book, self._tell_of)
        self.switchboard = Switchboard(self.scheduler.extra)
        self.aggregates = Aggregates(store, clock, observer)
        self._lifetimes = Lifetimes(clock)
        self._key_watch = KeyWatch(clock, lambda: self.roster, self._again)
        self._in_force: tuple[Loaded, Effective] | None = None
        self._unsimulated = Unsimulated()
        self._heirs = Heirs()
        self._left = set[str]()

    async def start(self, loaded: Loaded) -> None:
        """Take up what an earlier run left, and make the first roster."""
        self.apply(loaded)
        await self._lifetimes.all_begun()

    def apply(self, loaded: Loaded) -> Change:
        """Build everything of `loaded`, then swap. Raises ConfigError, and nothing changed."""
        began = self._clock.monotonic()
        effective = self._rewrite(loaded.effective)
        names = {each.endpoint.contract for each in effective.running()}
        contracts = load_contracts(loaded.location.folder, names)
        before = self._all()
        new = self._muster.muster(loaded, effective, self.roster)
        self._contracts.replace(contracts)
        self._transforms.replace(loaded.modules.functions)
        self._bring(new, loaded)
        for said in self._unsimulated.news(loaded.effective, effective):
            self._report().step("source", False, said)
        in_force, self._in_force = self._in_force, (loaded, effective)
        self.aggregates.update(loaded.root.aggregates, effective)
        self._listen()
        self.generation = loaded.generation
        after, took = self._all(), self._clock.monotonic() - began
        taken = files_anew(in_force[0], loaded, effective, after) if in_force is not None else ()
        change = difference(before, after, loaded.generation, took, taken)
        self._forget(change)
        return change

    def _bring(self, new: Roster, loaded: Loaded) -> None:
        """Let this roster be in force, and tell which keys wait."""
        old = self.roster
        self._swap(old, new)
        rules = rules_of(loaded.root)
        self._staleness = Staleness(rules, self._calendar)
        self.scheduler.replace(
            [feed.job() for feed in new.feeds.values()], budgets_of(loaded.root), rules
        )
        self._heirs.follow(new.vendors, self.scheduler)
        before = self.switchboard.feeds
        self.switchboard.update(new.streams, new.vendors)
        after = self.switchboard.feeds
        for name, feed in before.items():
            if after.get(name) is not feed:
                self._book.leave(feed)
                self._past.add_stream(feed.stats)
        for name, feed in after.items():
            if before.get(name) is not feed:
                self._book.enter(feed)
        for line in told(old.vendors, new.vendors, old.waiting, new.waiting):
            self._report().step("key", True, line)
        self._key_watch.look()

    def _again(self) -> None:
        """Make the roster anew from the same config: keys that waited may have had their time."""
        if self._in_force is not None:
            loaded, effective = self._in_force
            self._bring(self._muster.muster(loaded, effective, self.roster), loaded)
            self._listen()

    def _listen(self) -> None:
        """Let failovers know how long the endpoints of the roster take."""
        tempos = self.aggregates.tempos()
        for recipe in self.roster.recipes.values():
            recipe.tempos = tempos.get(recipe.id, ())

    def keys(self) -> Sequence[Mapping[str, Any]]:
        """The sources whose new key waits, and until when, as `status` shows them."""
        waiting = self.roster.waiting.items()
        return [{"source": name, "waits_until": until} for name, until in waiting]

    def _all(self) -> dict[str, object]:
        """What there is by feed id, streams too."""
        return {**self.roster.feeds, **self.switchboard.feeds}

    def _forget(self, change: Change) -> None:
        for name in change.removed:
            self.news.forget(name)
        for name in change.changed:
            self.news.settled(name)
        others = (f"aggregate {name}" for name in self.aggregates.running)
        streams = (stream.name for stream in self.switchboard.streams)
        self.news.keep({*self._all(), *streams, *others})

    async def run(self) -> None:
        """Fetch what is due, until cancelled."""
        await self.scheduler.run()

    async def all_fetched(self) -> None:
        """Return once every feed was tried, or waits for something outside of us."""
        while not all(self._had_its_turn(feed) for feed in self.roster.feeds.values()):
            await self._clock.sleep(0.05)

    def _had_its_turn(self, feed: Feed) -> bool:
        if feed.stats.tried is None:
            return feed.ready(self._clock.now()) is not None
        return not feed.stats.running

    async def stop(self, grace: float) -> None:
        """Start nothing more, give runs under way `grace` seconds, and let go."""
        await self._key_watch.close()
        await self.switchboard.close()
        await self.aggregates.close()
        await self.scheduler.stop(grace)
        await self._lifetimes.close(self.roster.vendors.values())
        await self._contracts.close()

    def rows(self) -> Sequence[FeedRow]:
        """Every feed as it stands."""
        now = self._clock.now()
        state = self.scheduler.state()
        drifting = {drift.feed: str(drift) for drift in self._contracts.drifts()}
        polled = [
            row_of(feed, state, drift=drifting.get(feed.id, ""), now=now)
            for feed in self.roster.feeds.values()
        ]
        streamed = [
            stream_row(feed, stream.stats, drift=drifting.get(feed.id, ""), now=now)
            for stream in self.switchboard.streams
            for feed in stream.feeds.values()
        ]
        return polled + streamed

    def summary(self, rows: Sequence[FeedRow] | None = None) -> Summary:
        """The whole in one line; of `rows` that are there already."""
        told = self.rows() if rows is None else rows
        return summary_of(told, self._past, self._store, self.generation, self.news.last_error)

    def budgets(self) -> Sequence[Mapping[str, Any]]:
        """Every budget as `status` shows it."""
        told = shown_budgets(self.scheduler.budgets, self.scheduler.steady)
        return [budget_row(budget) for budget in told.values()]

    def costs(self) -> Sequence[Mapping[str, Any]]:
        """What was spent on each source whose requests have a price."""
        told = [
            each.cost.told(name, self._clock.now()) for name, each in self.roster.vendors.items()
        ]
        return [each for each in told if each["month"]]

    def limit(
        self, max_age: float, group: Priority, interval: float | None, at: Sequence[str], now: float
    ) -> float:
        """See `Ages`: under the rules in force."""
        if at:
            return self._staleness.limit_at(max_age, tuple(at), now)
        return self._staleness.limit(max_age, group, interval, now)

    def limit_pushed(self, max_age: float, now: float) -> float:
        """See `Ages`."""
        return self._staleness.limit_pushed(max_age, now)

    def life(self, ttl: float, group: Priority, interval: float | None, now: float) -> float:
        """See `Ages`: under the rules in force."""
        return self._staleness.life(ttl, group, interval, now)

    def _true_at(self, name: str) -> float | None:
        feed = self.roster.feeds.get(name)
        return feed.stats.timestamp if feed is not None else None

    def _cadence(self, feed: str, _now: float) -> float | None:
        known = self.roster.feeds.get(feed)
        budget = self.scheduler.budgets.get(known.recipe.vendor.source.budget) if known else None
        turn = budget.turns.get(feed) if budget is not None else None
        return turn.every if turn is not None else None

    def _swap(self, old: Roster, new: Roster) -> None:
        for name, feed in old.feeds.items():
            after = new.feeds.get(name)
            if after is not feed:
                self._book.leave(feed)
                if after is None or after.stats is not feed.stats:
                    self._past.add(feed.stats)
        left = {name for name in old.feeds if name not in new.feeds}
        for name in (left | self._left) - new.feeds.keys():
            self._contracts.forget(name)
            self._transforms.forget(name)
        # Runs that are under way when their feed leaves call it to mind once more.
        under_way = {name for one in self.scheduler.budgets.values() for name in one.leaving}
        self._left = left | (self._left & under_way)
        for name, feed in new.feeds.items():
            if old.feeds.get(name) is not feed:
                self._book.enter(feed)
        self.roster = new
        self._lifetimes.swap(old.vendors, new.vendors)

    def _tell_of(self, budget: str) -> Callable[[Word], None]:
        def tell(word: Word) -> None:
            self.scheduler.says(budget, word)

        return tell
