"""The scheduler: due times, order, sessions, words, quotas and reloads."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import pairwise

import pytest

from quanticity.clock import EASTERN, MarketCalendar, Session, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, Reset, WindowSpec
from quanticity.pace.ports import Job, Lane, Word
from quanticity.pace.rules import Rules
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed, run_for

CALENDAR = MarketCalendar()
CRITICAL, IMPORTANT = Priority.CRITICAL, Priority.IMPORTANT
NICE, BACKGROUND = Priority.NICE_TO_HAVE, Priority.BACKGROUND


def eastern(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).timestamp()


def minute(usable: int, **more: object) -> BudgetSpec:
    return BudgetSpec((WindowSpec(60.0, usable, usable),), **more)  # type: ignore[arg-type]


def starts(log: Log, name: str) -> list[float]:
    return [at for _, at in log.runs.get(name, [])]


def test_a_new_feed_is_due_at_once_and_then_on_its_own_beat() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([feed("a", CRITICAL, 10.0, vendor, log)])
        begin = clock.now()
        await run_for(scheduler, clock, 65.0)
        return [at - begin for at in starts(log, "a")]

    found = run_virtual(main)
    assert found[0] == pytest.approx(0.0, abs=0.01)
    assert 0 < found[1] <= 10.0
    gaps = [b - a for a, b in pairwise(found[1:])]
    assert gaps == pytest.approx([10.0] * len(gaps), abs=0.01)


def test_symbols_of_a_feed_do_not_burst() -> None:
    async def main(clock: VirtualClock) -> Vendor:
        vendor, log = Vendor(clock, there=(0, 0), back=(0, 0)), Log()
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([feed(f"s{i}", CRITICAL, 60.0, vendor, log) for i in range(30)])
        await run_for(scheduler, clock, 180.0)
        vendor.arrivals = [at for at in vendor.arrivals if at > vendor.arrivals[0] + 60]
        return vendor

    vendor = run_virtual(main)
    # Thirty a minute is one in two seconds; even spreading lets no more than three meet.
    assert vendor.most_in(2.0) <= 3


def test_the_earliest_due_goes_first_within_a_group() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        vendor, log = Vendor(clock, there=(0.1, 0.1), back=(0.1, 0.1)), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed(f"f{i}", IMPORTANT, 60.0, vendor, log) for i in range(30)]
        scheduler.replace(jobs, {"v": minute(100, max_in_flight=1)})
        await run_for(scheduler, clock, 200.0)
        runs = sorted((at, due) for found in log.runs.values() for due, at in found)
        return [due for at, due in runs if at > runs[0][0] + 10.0]

    dues = run_virtual(main)
    assert len(dues) > 60
    assert dues == sorted(dues)


def test_a_poll_never_piles_up_on_itself() -> None:
    async def main(clock: VirtualClock) -> tuple[int, int, int]:
        under_way = most = runs = 0

        async def slow(lane: Lane) -> None:
            nonlocal under_way, most, runs
            slot = await lane.slot()
            under_way, runs = under_way + 1, runs + 1
            most = max(most, under_way)
            await clock.sleep(7.0)
            slot.headers()
            slot.done()
            under_way -= 1

        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([Job("slow", "v", CRITICAL, slow, interval=2.0)])
        await run_for(scheduler, clock, 60.0)
        return most, runs, scheduler.state().jobs["slow"].skipped

    most, runs, skipped = run_virtual(main)
    assert most == 1
    assert 6 <= runs <= 9
    assert skipped >= 15


def test_at_times_are_eastern_and_of_trading_days() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        vendor, log = Vendor(clock), Log()
        job = feed("daily", BACKGROUND, 1.0, vendor, log)
        job = Job(job.id, job.budget, job.group, job.run, at=("06:00", "18:30"))
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([job])
        await run_for(scheduler, clock, 4 * 86_400.0)
        return [
            datetime.fromtimestamp(at, EASTERN).strftime("%a %H:%M") for at in starts(log, "daily")
        ]

    # From Friday noon: at once, then by the clock, not on the weekend.
    found = run_virtual(main, start=eastern("2026-03-06 12:00"))
    assert found == ["Fri 12:00", "Fri 18:30", "Mon 06:00", "Mon 18:30", "Tue 06:00"]


def test_at_times_may_name_days_of_the_week_over_a_change_of_the_clocks() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        vendor, log = Vendor(clock), Log()
        job = feed("history", BACKGROUND, 1.0, vendor, log)
        job = Job(job.id, job.budget, job.group, job.run, at=("16:45", "sun 18:00"))
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([job])
        await run_for(scheduler, clock, 4 * 86_400.0)
        return [
            datetime.fromtimestamp(at, EASTERN).strftime("%a %H:%M")
            for at in starts(log, "history")
        ]

    # The clocks go forward on Sunday, 8 March.
    found = run_virtual(main, start=eastern("2026-03-06 12:00"))
    assert found == ["Fri 12:00", "Fri 16:45", "Sun 18:00", "Mon 16:45"]


NOTES = Rules(
    {
        Session.MARKET_HOURS: {
            "critical": ("run_always",),
            "important": ("run_if_capacity",),
            "nice_to_have": ("skip_if_busy",),
            "background": ("once_per_hour",),
        },
        Session.PRE_MARKET: {"critical": ("reduce_to_5min",), "important": ("reduce_to_15min",)},
        Session.AFTER_HOURS: {"all": ("reduce_frequency_50%",)},
        Session.WEEKEND: {"all": ("minimum_updates_only",)},
    }
)


@pytest.mark.parametrize(
    ("moment", "group", "expected"),
    [
        ("2026-03-04 08:00", CRITICAL, 300.0),
        ("2026-03-04 08:00", IMPORTANT, 900.0),
        ("2026-03-04 08:00", NICE, 60.0),
        ("2026-03-04 11:00", CRITICAL, 60.0),
        ("2026-03-04 11:00", BACKGROUND, 3600.0),
        ("2026-03-04 17:00", CRITICAL, 120.0),
        ("2026-03-04 22:00", CRITICAL, 6 * 3600.0),
        ("2026-03-07 12:00", BACKGROUND, 6 * 3600.0),
    ],
)
def test_the_session_sets_the_cadence(moment: str, group: Priority, expected: float) -> None:
    async def main(clock: VirtualClock) -> float | None:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([feed("a", group, 60.0, vendor, log)], rules=NOTES)
        await run_for(scheduler, clock, 1.0)
        return scheduler.state().jobs["a"].every

    assert run_virtual(main, start=eastern(moment)) == expected


def test_at_the_open_feeds_go_over_to_the_new_cadence_without_a_burst() -> None:
    async def main(clock: VirtualClock) -> tuple[Vendor, float]:
        vendor, log = Vendor(clock, there=(0, 0), back=(0, 0)), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed(f"f{i}", CRITICAL, 60.0, vendor, log) for i in range(30)]
        scheduler.replace(jobs, rules=NOTES)
        await run_for(scheduler, clock, 1200.0)
        return vendor, clock.now()

    vendor, _ = run_virtual(main, start=eastern("2026-03-04 09:20"))
    bell = eastern("2026-03-04 09:30")
    assert vendor.between(bell - 300, bell) == pytest.approx(30, abs=2)
    assert vendor.between(bell, bell + 60) == pytest.approx(30, abs=2)
    vendor.arrivals = [at for at in vendor.arrivals if at > bell]
    assert vendor.most_in(2.0) <= 3


def test_skip_if_busy_runs_now_or_not_at_all_and_if_capacity_waits() -> None:
    async def main(clock: VirtualClock) -> dict[str, tuple[int, float]]:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed(f"c{i}", CRITICAL, 10.0, vendor, log) for i in range(10)]
        jobs += [feed(f"n{i}", NICE, 20.0, vendor, log) for i in range(10)]
        limits = {"v": minute(75, reserve=2)}
        scheduler.replace(jobs, limits, NOTES)
        running = asyncio.create_task(scheduler.run())
        # The first value of a feed is waited for, however long it takes.
        await clock.sleep(150.0)
        assert all(log.runs[job.id] for job in jobs)
        jobs += [feed(f"i{i}", IMPORTANT, 20.0, vendor, log) for i in range(10)]
        scheduler.replace(jobs, limits, NOTES)
        await clock.sleep(600.0)
        await asyncio.gather(scheduler.stop(10.0), running)
        state = scheduler.state().jobs
        found = {}
        for group in (IMPORTANT, NICE):
            late = log.lateness(group, clock.now() - 400.0)
            skipped = sum(one.skipped for one in state.values() if one.group is group)
            found[group.value] = (skipped, late[-1] if late else 0.0)
        return found

    found = run_virtual(main)
    skipped, late = found["important"]
    assert skipped > 50
    assert 1.0 < late <= 20.0
    skipped, late = found["nice_to_have"]
    assert skipped > 50
    assert late <= 1.0


def test_who_runs_now_or_not_at_all_is_passed_over_in_time_behind_one_who_waits() -> None:
    """One that was passed over counted as waiting while it stood behind a feed's first run."""

    async def main(clock: VirtualClock) -> tuple[int, int]:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        nice = feed("n", NICE, 20.0, vendor, log)
        scheduler.replace([nice], {"v": minute(6)}, NOTES)
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(1.0)
        # Critical feeds take all there is, so that the new feed never gets its first run.
        jobs = [feed(f"c{i}", CRITICAL, 10.0, vendor, log) for i in range(2)]
        scheduler.replace([feed("new", NICE, 20.0, vendor, log), nice, *jobs])
        await clock.sleep(300.0)
        state = scheduler.state()
        await scheduler.stop()
        await running
        return state.jobs["n"].skipped, len(log.runs["new"]) if "new" in log.runs else 0

    skipped, first_runs = run_virtual(main)
    assert first_runs == 0
    assert skipped >= 12


def test_nobody_is_looked_at_before_the_moment_at_which_his_group_may_start() -> None:
    """Each feed that got due behind others who may not start yet made the budget look again."""

    async def main(clock: VirtualClock) -> tuple[int, bool, int, float]:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed(f"c{i}", CRITICAL, 60.0, vendor, log) for i in range(6)]
        jobs += [feed(f"i{i}", IMPORTANT, 60.0, vendor, log) for i in range(40)]
        scheduler.replace(jobs, {"v": minute(10)})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(120.0)
        behind, shown = 0, []
        for _ in range(200):
            await clock.sleep(0.7)
            now = scheduler.steady.now()
            # Those that are due and not lined up are shown as waiting, with the reason.
            for turn in scheduler.budgets["v"].turns.values():
                if not turn.waiting and not turn.running and turn.due < now:
                    behind += 1
                    shown.append(scheduler.state().jobs[turn.job.id])
        await asyncio.gather(scheduler.stop(10.0), running)
        waiting = all(one.waiting and one.reason for one in shown)
        late = log.lateness(CRITICAL, clock.now() - 200.0)[-1]
        return behind, waiting, vendor.most_in(60.0), late

    behind, waiting, most, late = run_virtual(main)
    assert behind
    assert waiting
    assert most <= 10
    assert late <= 1.0


def test_at_the_start_no_group_is_lent_what_was_just_given_to_the_one_before_it() -> None:
    """The look ahead forgot slots that were granted to those who waited when it was made."""

    async def main(clock: VirtualClock) -> tuple[int, list[float]]:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed(f"c{i}", CRITICAL, 10.0, vendor, log) for i in range(10)]
        jobs += [feed(f"i{i}", IMPORTANT, 20.0, vendor, log) for i in range(10)]
        jobs += [feed(f"n{i}", NICE, 20.0, vendor, log) for i in range(10)]
        scheduler.replace(jobs, {"v": minute(75, reserve=2)})
        start = clock.now()
        await run_for(scheduler, clock, 600.0)
        nice = sum(
            began < start + 50.0 for n in range(10) for _, began in log.runs.get(f"n{n}", [])
        )
        return nice, log.lateness(CRITICAL, start + 120.0)

    nice, late = run_virtual(main)
    # Critical needs 60 a minute and 2 are kept: 13 are left, of which ten go to important.
    assert nice <= 3
    assert late[-1] < 0.01


def test_a_job_that_is_not_ready_is_held_back_and_says_why() -> None:
    async def main(clock: VirtualClock) -> tuple[list[float], str]:
        vendor, log = Vendor(clock), Log()
        opens = clock.now() + 20.0

        def ready(now: float) -> tuple[str, float] | None:
            return None if now >= opens else ("the market is closed", opens - now)

        job = feed("a", CRITICAL, 60.0, vendor, log)
        job = Job(job.id, job.budget, job.group, job.run, interval=60.0, ready=ready)
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([job])
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(5.0)
        reason = scheduler.state().jobs["a"].reason
        await clock.sleep(30.0)
        await scheduler.stop(1.0)
        await running
        return [at - opens for at in starts(log, "a")], reason

    found, reason = run_virtual(main)
    assert reason == "the market is closed"
    assert found[0] == pytest.approx(0.0, abs=0.1)


def test_retry_after_stops_the_whole_budget_for_so_long() -> None:
    async def main(clock: VirtualClock) -> tuple[int, int, str]:
        vendor, log = Vendor(clock, there=(0, 0), back=(0, 0)), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed(f"f{i}", CRITICAL, 1.0, vendor, log) for i in range(3)]
        scheduler.replace(jobs, {"v": minute(600)})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(10.0)
        scheduler.says("v", Word(wait=15.0))
        scheduler.says("v", Word(wait=1.0))
        said = clock.now()
        why = scheduler.state().budgets["v"].why
        await clock.sleep(20.0)
        await scheduler.stop(1.0)
        await running
        stopped = vendor.between(said + 0.001, said + 14.99)
        return stopped, vendor.between(said + 14.99, said + 20.0), why

    stopped, later, why = run_virtual(main)
    assert stopped == 0
    assert later >= 12
    assert "wait" in why


def test_a_vendors_count_tightens_and_never_loosens() -> None:
    async def main(clock: VirtualClock) -> list[int | None]:
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.configure({"v": minute(100)})
        left = [scheduler.state().budgets["v"].calls_left]
        for word in (
            Word(remaining=30, reset_in=10.0),
            Word(remaining=90, reset_in=10.0),
            Word(used=80, limit=100, reset_in=10.0),
        ):
            scheduler.says("v", word)
            left.append(scheduler.state().budgets["v"].calls_left)
        await clock.sleep(61.0)
        left.append(scheduler.state().budgets["v"].calls_left)
        return left

    assert run_virtual(main) == [100, 30, 30, 20, 100]


def test_a_concurrency_message_halves_the_places_for_a_while() -> None:
    async def main(clock: VirtualClock) -> list[int | None]:
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.configure({"v": minute(100, max_in_flight=4)})
        scheduler.says("v", Word(in_flight=True))
        found = [scheduler.state().budgets["v"].max_in_flight]
        await clock.sleep(61.0)
        return [*found, scheduler.state().budgets["v"].max_in_flight]

    halved, later = run_virtual(main)
    assert halved is not None
    assert halved < 4
    assert later == 4


def test_a_day_quota_is_spread_so_that_critical_never_runs_dry() -> None:
    reset = Reset.parse("20:00 America/New_York", monthly=False)
    spec = BudgetSpec((WindowSpec(60.0, 60, 60), WindowSpec(86_400.0, 400, 400, reset)))

    async def main(clock: VirtualClock) -> tuple[Log, float]:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed("critical", CRITICAL, 120.0, vendor, log)]
        jobs += [feed(f"b{i}", BACKGROUND, 60.0, vendor, log) for i in range(4)]
        scheduler.replace(jobs, {"v": spec})
        begin = clock.now()
        await run_for(scheduler, clock, 10 * 3600.0 - 60)
        assert len(vendor.arrivals) <= 400
        assert len(vendor.arrivals) >= 380
        return log, begin

    log, begin = run_virtual(main)
    # 300 of the 400 are critical's until the reset at 20:00; all of them were on time.
    assert len(log.runs["critical"]) >= 298
    assert log.lateness(CRITICAL, begin)[-1] < 1.0
    others = [at for name in log.runs if name != "critical" for at in starts(log, name)]
    # The rest is spread, too: some of it is left for the last hours.
    assert sum(at > begin + 6 * 3600 for at in others) >= 20


def test_with_two_places_in_flight_one_is_kept_for_critical() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        vendor, log = Vendor(clock, there=(2.0, 2.0), back=(2.0, 2.0)), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed("critical", CRITICAL, 15.0, vendor, log)]
        jobs += [feed(f"b{i}", BACKGROUND, 5.0, vendor, log) for i in range(10)]
        scheduler.replace(jobs, {"v": minute(100, max_in_flight=2)})
        begin = clock.now()
        await run_for(scheduler, clock, 300.0)
        assert vendor.deepest == 2
        return log.lateness(CRITICAL, begin + 20.0)

    late = run_virtual(main)
    assert len(late) > 15
    assert late[-1] < 0.01


def test_with_one_place_no_lower_request_starts_before_a_critical_one_is_due() -> None:
    async def main(clock: VirtualClock) -> tuple[list[float], int]:
        vendor, log = Vendor(clock, there=(0.5, 0.5), back=(0.5, 0.5)), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed("critical", CRITICAL, 10.0, vendor, log)]
        jobs += [feed(f"b{i}", BACKGROUND, 5.0, vendor, log) for i in range(10)]
        scheduler.replace(jobs, {"v": minute(100, max_in_flight=1)})
        begin = clock.now()
        await run_for(scheduler, clock, 200.0)
        lower = sum(len(starts(log, name)) for name in log.runs if name != "critical")
        return log.lateness(CRITICAL, begin + 20.0), lower

    late, lower = run_virtual(main)
    assert late[-1] < 0.01
    assert lower > 100


def test_a_reload_loses_and_doubles_nothing() -> None:
    async def main(clock: VirtualClock) -> tuple[Log, int, float]:
        vendor, log = Vendor(clock, there=(1.0, 1.0), back=(1.0, 1.0)), Log()
        scheduler = Scheduler(clock, CALENDAR)

        def jobs() -> list[Job]:
            return [feed(f"f{i}", CRITICAL, 10.0, vendor, log) for i in range(5)]

        scheduler.replace(jobs(), {"v": minute(200)})
        running = asyncio.create_task(scheduler.run())
        begin = clock.now()
        for index in range(40):
            await clock.sleep(2.5)
            more = [feed("other", NICE, 7.0, vendor, log, fingerprint=str(index))]
            scheduler.replace([*jobs(), *more], {"v": minute(200 + index)})
        await scheduler.stop(5.0)
        await running
        return log, vendor.deepest, clock.now() - begin

    log, _, _ = run_virtual(main)
    for index in range(5):
        found = starts(log, f"f{index}")
        gaps = [b - a for a, b in pairwise(found[1:])]
        assert gaps == pytest.approx([10.0] * len(gaps), abs=0.02)
    # A feed that every reload changes runs at once each time.
    assert len(starts(log, "other")) >= 38


def test_a_removed_feed_ends_its_run_and_starts_no_other() -> None:
    async def main(clock: VirtualClock) -> tuple[int, int]:
        ended = 0

        async def run(lane: Lane) -> None:
            nonlocal ended
            slot = await lane.slot()
            await clock.sleep(3.0)
            slot.headers()
            slot.done()
            ended += 1

        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([Job("a", "v", CRITICAL, run, interval=5.0)])
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(1.0)
        scheduler.replace([])
        await clock.sleep(20.0)
        held = scheduler.state().budgets["v"].in_flight
        await scheduler.stop(1.0)
        await running
        return ended, held

    assert run_virtual(main) == (1, 0)


def test_lower_limits_at_a_reload_count_the_slots_held_already() -> None:
    async def main(clock: VirtualClock) -> Vendor:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed(f"f{i}", CRITICAL, 20.0, vendor, log) for i in range(30)]
        scheduler.replace(jobs, {"v": minute(100)})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(15.0)
        scheduler.replace(jobs, {"v": minute(40)})
        changed = clock.now()
        await clock.sleep(180.0)
        await scheduler.stop(1.0)
        await running
        assert len(vendor.arrivals) > 100
        vendor.arrivals = [at for at in vendor.arrivals if at > changed + 0.2]
        return vendor

    vendor = run_virtual(main)
    # Nothing was forgotten: more than 40 were held, so for a while nothing started.
    assert vendor.most_in(60.0) <= 40
    assert vendor.between(vendor.arrivals[0] - 45.0, vendor.arrivals[0] - 0.01) == 0


def test_a_probe_gets_a_slot_of_the_reserve_when_all_others_are_taken() -> None:
    async def main(clock: VirtualClock) -> float:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed(f"f{i}", NICE, 20.0, vendor, log) for i in range(60)]
        scheduler.replace(jobs, {"v": minute(50, reserve=2)})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(100.0)
        asked = clock.now()
        slot = await scheduler.extra("v", BACKGROUND)
        waited = clock.now() - asked
        slot.headers()
        slot.done()
        await scheduler.stop(1.0)
        await running
        return waited

    assert run_virtual(main) < 0.01


def test_a_run_that_fails_or_forgets_its_slot_stops_no_other() -> None:
    async def main(clock: VirtualClock) -> tuple[int, int, int]:
        async def fails(_lane: Lane) -> None:
            raise ValueError("a bug")

        async def forgets(lane: Lane) -> None:
            await lane.slot()

        scheduler = Scheduler(clock, CALENDAR)
        jobs = [
            Job("fails", "v", CRITICAL, fails, interval=1.0),
            Job("forgets", "v", CRITICAL, forgets, interval=1.0),
        ]
        scheduler.replace(jobs, {"v": minute(1000)})
        await run_for(scheduler, clock, 10.0)
        state = scheduler.state()
        return state.failed_runs, state.jobs["forgets"].runs, state.budgets["v"].in_flight

    failed, runs, in_flight = run_virtual(main)
    assert failed >= 10
    assert runs >= 10
    assert in_flight == 0
