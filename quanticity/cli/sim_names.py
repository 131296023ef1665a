"""The names of scenarios and of plans of faults, on a command line or in a config."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from quanticity.cli.standin import StandIn, within_market
from quanticity.clock import Calendar, Clock, eastern
from quanticity.config.loaded import Loaded
from quanticity.errors import ConfigError, Problem

Locate = Callable[[str], tuple[str, int, int]]


def unknown_names(scenario: str, faults: str, place: Locate) -> Iterator[Problem]:
    """What is wrong with the names of a scenario and of plans of faults.

    `place` says where `scenario` and `faults` were written: file, line, column.
    """
    from quanticity.sim.faults import FaultPlan
    from quanticity.sim.market.scenario import named

    checks: tuple[tuple[str, Callable[[], object]], ...] = (
        ("scenario", lambda: named(scenario)),
        ("faults", lambda: FaultPlan.named(faults)),
    )
    for name, check in checks:
        try:
            check()
        except ConfigError as error:
            for problem in error.problems:
                # A mistake within a file has a place of its own.
                yield problem if problem.file else _moved(problem, place(name))


def _moved(problem: Problem, place: tuple[str, int, int]) -> Problem:
    file, line, column = place
    return replace(problem, file=file, line=line, column=column)


def simulation_problems(loaded: Loaded) -> list[Problem]:
    """What is wrong with the names in a config's `simulation`, each with its line."""
    simulation = loaded.root.simulation
    if not (simulation.vendors or simulation.gateway):
        return []
    return list(
        unknown_names(
            simulation.scenario,
            simulation.faults,
            lambda name: loaded.locate(("simulation", name)),
        )
    )


def stand_in_of(loaded: Loaded, clock: Clock, calendar: Calendar) -> StandIn | None:
    """The simulated vendors that a config asks for; None where it asks for real ones.

    ConfigError where it names a scenario or a plan that there is not.
    """
    simulation = loaded.root.simulation
    if not simulation.vendors:
        return None
    problems = simulation_problems(loaded)
    if problems:
        raise ConfigError(problems)
    within_market(eastern(clock.now()).date())
    from quanticity.sim.faults import FaultPlan

    plan = FaultPlan.named(simulation.faults, seed=simulation.seed, begins=clock.now())
    return StandIn(
        *(clock, calendar, simulation.seed, simulation.delay_ms),
        scenario=simulation.scenario,
        plan=plan,
    )
