"""The scheduler: runs every job when it is due and its budget lets it.

Only runs under way are tasks. What waits is an entry in a heap, and one timer wakes the
budgets that have something to hand out; 10,000 feeds cost no task each.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence

from quanticity.clock import Calendar, Clock, Session
from quanticity.logs import logger
from quanticity.model import Priority
from quanticity.pace.budget import Budget
from quanticity.pace.claims import Claim
from quanticity.pace.demand import demand_of
from quanticity.pace.durable import Durable
from quanticity.pace.lanes import RunLane, let_end, wait_for_slot
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.observe import observe
from quanticity.pace.ports import RANKS, Job, Ledger, Word
from quanticity.pace.reload import apply_jobs
from quanticity.pace.rules import Rules
from quanticity.pace.slot import Slot
from quanticity.pace.slots import HeldSlot
from quanticity.pace.state import State
from quanticity.pace.steady import SteadyClock
from quanticity.pace.turns import NEVER, Turn

# A timer that fires this early still counts, and none is set for less.
LEAST_DELAY = 0.0005
# How often the wall clock is compared with steady time, at least.
LOOK_AT_WALL = 5.0
EXTRA_TIMEOUT = 15.0
# The ledger hears of headers a little later than we do.
LEDGER_SLACK = 0.005
UNLIMITED = BudgetSpec()


class Scheduler:
    """Runs jobs within budgets; `run` until `stop`. All methods belong to one event loop."""

    def __init__(self, clock: Clock, calendar: Calendar, ledger: Ledger | None = None) -> None:
        self.steady = SteadyClock(clock, calendar)
        self.budgets: dict[str, Budget] = {}
        self._specs: dict[str, BudgetSpec] = {}
        self.rules = Rules()
        self.failed_runs = 0
        self.session = Session.MARKET_HOURS
        self.session_ends = 0.0
        self._process = uuid.uuid4().hex[:12]
        self._numbers = itertools.count()
        self._durable: Durable | None = None
        if ledger is not None:
            self._durable = Durable(ledger, self._process, self.steady.now, self._begin)
        self._started = False
        self._stopping = asyncio.Event()
        # Kept: to ask for it costs a call of the system in each of a fetch's steps.
        self._loop: asyncio.AbstractEventLoop
        self._tasks: dict[RunLane, asyncio.Task[None]] = {}
        self._poked: dict[Budget, None] = {}
        self._pump_soon = False
        self._wakes: list[tuple[float, int, Budget]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    # Config

    def configure(self, budgets: Mapping[str, BudgetSpec], rules: Rules | None = None) -> None:
        """Set limits and session rules; slots held and what vendors said are not forgotten."""
        self._plan(self._take_up(budgets, rules))

    def _take_up(self, budgets: Mapping[str, BudgetSpec], rules: Rules | None) -> set[str]:
        """Set them; the budgets that were there, and have other limits now."""
        now = self.steady.now()
        self._specs.update(budgets)
        others = set[str]()
        for name in budgets:
            known = self.budgets.get(name)
            if known is None:
                self._open(name, now)
            elif known.reconfigure(*self._limits(name, now), now):
                others.add(name)
        if rules is not None and rules != self.rules:
            self.rules = rules
            self._begin_session(now)
        return others

    def replace(
        self,
        jobs: Iterable[Job],
        budgets: Mapping[str, BudgetSpec] | None = None,
        rules: Rules | None = None,
    ) -> None:
        """Let these be the jobs, from now on, in one step.

        A job whose fingerprint and timing stay keeps its schedule and its run in flight. A
        changed one runs at once, and keeps its phase where its interval stays. A run of a
        removed or changed job ends as it would have. A job of a budget that nobody configured
        has no limits.
        """
        others = self._take_up(budgets or {}, rules)
        now = self.steady.now()
        self.session, self.session_ends, _ = self.steady.session(now)
        wanted = list(jobs)
        for job in wanted:
            if job.budget not in self.budgets:
                self._open(job.budget, now)
        self._plan(others | apply_jobs(self.budgets, wanted, now))

    def _plan(self, others: Collection[str]) -> None:
        """Plan anew for these budgets; what is planned for this session stays, elsewhere."""
        for name, budget in self.budgets.items():
            if name in others or budget.planned_for is not self.session:
                budget.plan(demand_of(budget.turns.values(), self.rules), self.session)
            self._poke(budget)

    def _limits(self, name: str, now: float) -> tuple[BudgetSpec, BudgetSpec]:
        """Those of a budget in the session of now, and in the one that follows."""
        spec, (session, _, following) = self._specs.get(name, UNLIMITED), self.steady.session(now)
        return spec.counting(session), spec.counting(following)

    def _open(self, name: str, now: float) -> None:
        budget = self.budgets[name] = Budget(
            name,
            *self._limits(name, now),
            time=self.steady.now,
            wall=self.steady.wall,
            sessions=self.steady.sessions,
            next_at=self.steady.next_at,
            poke=self._poke,
            identify=self._identify,
            slack=LEDGER_SLACK if self._durable is not None else 0.0,
        )
        self._apply_session(budget, now)
        if self._started and self._durable is not None:
            self._durable.join(budget)

    # Running

    async def run(self) -> None:
        """Run jobs until `stop` is called."""
        self._loop = asyncio.get_running_loop()
        self._started = True
        if self._durable is not None:
            for budget in self.budgets.values():
                self._durable.join(budget)
        self._begin_session(self.steady.now())
        self._plan(())
        await self._stopping.wait()

    def cease(self) -> None:
        """Start nothing more."""
        self._started = False
        self._stopping.set()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def stop(self, grace: float = 5.0) -> None:
        """Start nothing more; give runs under way `grace` seconds, then cancel them."""
        self.cease()
        await let_end(self._tasks, grace)
        if self._durable is not None:
            await self._durable.settle()

    def says(self, budget: str, word: Word) -> None:
        """A vendor said something about its limits: it holds at once."""
        self.budgets[budget].hear(word, self.steady.now())

    async def extra(self, budget: str, group: Priority, lasts: float = EXTRA_TIMEOUT) -> Slot:
        """A slot for what is not scheduled (a probe, a connect); the reserve is for these.

        `lasts` (seconds) is the longest that its headers may take.
        """
        desk = self.budgets[budget]
        hold = lasts + desk.gate.spec.grace
        claim = Claim(group.rank, self.steady.now(), hold, scheduled=False)
        return await wait_for_slot(desk, claim)

    def state(self) -> State:
        """What to show of all this now."""
        away = self._durable is not None and self._durable.away
        return observe(
            self.budgets,
            self.steady,
            self.session,
            self.session_ends,
            failed_runs=self.failed_runs,
            ledger_away=away,
        )

    # Inside

    def _identify(self, rank: int) -> str:
        return f"{self._process}:{next(self._numbers)}{RANKS[rank]}"

    def _poke(self, budget: Budget) -> None:
        self._poked[budget] = None
        if self._started and not self._pump_soon:
            self._pump_soon = True
            self._loop.call_soon(self._pump)

    def _pump(self) -> None:
        self._pump_soon = False
        if not self._started:
            return
        now = self.steady.now()
        was_set = self.steady.was_set()
        if was_set or now >= self.session_ends:
            self._begin_session(now, self.steady.step if was_set else 0.0)
        poked, self._poked = self._poked, {}
        wakes = self._wakes
        while wakes and wakes[0][0] <= now:
            at, _, budget = heapq.heappop(wakes)
            if budget.wake == at:
                poked[budget] = None
        try:
            self._serve(poked, now)
        finally:
            # Whatever goes wrong for one budget, the next moment still comes.
            self._set_timer(now)

    def _serve(self, budgets: Iterable[Budget], now: float) -> None:
        for budget in budgets:
            granted = budget.dispatch(now)
            if budget.wake < NEVER:
                budget.wake = wake = max(budget.wake, now + LEAST_DELAY)
                heapq.heappush(self._wakes, (wake, next(self._numbers), budget))
            if not granted:
                continue
            if self._durable is not None:
                self._durable.submit(budget, granted)
            else:
                self._begin(budget, granted)

    def _set_timer(self, now: float) -> None:
        wakes = self._wakes
        while wakes and wakes[0][2].wake != wakes[0][0]:
            heapq.heappop(wakes)
        at = min(wakes[0][0] if wakes else self.session_ends, self.session_ends)
        at = min(at, now + LOOK_AT_WALL)
        if self._timer is not None:
            if abs(self._timer_at - at) < LEAST_DELAY / 2:
                return
            self._timer.cancel()
        self._timer_at = at
        self._timer = self._loop.call_later(max(at - now, LEAST_DELAY), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._pump()

    def _begin_session(self, now: float, step: float = 0.0) -> None:
        self.session, self.session_ends, _ = self.steady.session(now)
        for name, budget in self.budgets.items():
            budget.reconfigure(*self._limits(name, now), now)
            budget.set_again(now, step)
            self._apply_session(budget, now)
            budget.plan(demand_of(budget.turns.values(), self.rules), self.session)
            self._poked[budget] = None

    def _apply_session(self, budget: Budget, now: float) -> None:
        session, ends, following = self.steady.session(now)
        budget.session_began(self.rules.table(session), ends, self.rules.table(following), now)

    def _begin(self, budget: Budget, granted: Sequence[tuple[Claim, HeldSlot]]) -> None:
        loop = self._loop
        for claim, slot in granted:
            turn = claim.turn
            if turn is not None and claim.begins:
                if not self._started:
                    # Stopped while the slot was being written: nothing more begins.
                    slot.unsent()
                    turn.running = False
                    continue
                due = turn.last_due if turn.last_due is not None else slot.started
                lane = RunLane(budget, turn, slot, self.steady.wall(due), claim.order)
                self._tasks[lane] = loop.create_task(self._run(budget, turn, lane))
            elif claim.gone or claim.take is None:
                slot.unsent()
            else:
                claim.take(slot)

    async def _run(self, budget: Budget, turn: Turn, lane: RunLane) -> None:
        try:
            await turn.job.run(lane)
        except Exception as error:  # noqa: BLE001
            # A feed's own failures are its own to handle; one that gets here must stop no other.
            self.failed_runs += 1
            logger.opt(exception=error).error("{}: a run failed", turn.job.id)
        finally:
            lane.close()
            budget.finished(turn, self.steady.now())
            # Cheaper than to be called back; nothing is awaited after this.
            del self._tasks[lane]
