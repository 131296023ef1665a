"""The day that is simulated: which kind it is, what goes wrong on it, when it begins, how fast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from quanticity.cli.sim_names import unknown_names
from quanticity.cli.standin import demo_start
from quanticity.clock import EASTERN, Calendar, Clock, LiveClock, ScaledClock
from quanticity.errors import ConfigError, Problem

if TYPE_CHECKING:
    from quanticity.sim.faults import FaultPlan

# A day a second. Beyond it, what comes between two looks is no market any more.
_FASTEST = 86_400.0
# What a file of state can hold.
_SEEDS = 2**63

SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same day.")]
ScenarioOption = Annotated[
    str,
    typer.Option(
        "--scenario", metavar="NAME", help="Kind of day: quiet, trend, pin, squeeze, crash, ..."
    ),
]
FaultsOption = Annotated[
    str,
    typer.Option(
        "--faults",
        metavar="NAME|FILE",
        help="What goes wrong: calm, flaky, stormy, ..., a fault, random:SEED, or a YAML file; "
        "several joined by +.",
    ),
]
TimeScaleOption = Annotated[
    float, typer.Option("--time-scale", metavar="X", help="So many times as fast as real time.")
]
StartOption = Annotated[
    str | None,
    typer.Option(
        "--start",
        metavar="MOMENT",
        help="When the day begins, Eastern, as '2026-01-05 10:00'. Default: at 10:00 on the "
        "latest whole trading day.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class SimulatedDay:
    """What the commands of `sim` share."""

    seed: int = 7
    scenario: str = "quiet"
    faults: str = "calm"
    time_scale: float = 1.0
    start: str | None = None

    def begin(self, calendar: Calendar) -> tuple[Clock, FaultPlan]:
        """The clock of this day, begun now, and what goes wrong from now on.

        ConfigError with everything that is wrong in what was asked for.
        """
        problems = list(unknown_names(self.scenario, self.faults, _options))
        begins = 0.0
        try:
            begins = self._begins(calendar)
        except ConfigError as error:
            problems += error.problems
        if not 0 < self.time_scale <= _FASTEST:
            said = f"a clock cannot go {self.time_scale:g} times as fast as real time"
            hint = f"at most {_FASTEST:g}" if self.time_scale > 0 else "for example 10"
            problems.append(Problem("--time-scale", 0, 0, said, hint))
        if not -_SEEDS <= self.seed < _SEEDS:
            said = f"{self.seed} is too large for a seed"
            problems.append(Problem("--seed", 0, 0, said, "at most 18 digits"))
        if problems:
            raise ConfigError(problems)
        from quanticity.sim.faults import FaultPlan

        clock: Clock = LiveClock(begins)
        if self.time_scale != 1:
            clock = ScaledClock(begins, self.time_scale)
        return clock, FaultPlan.named(self.faults, seed=self.seed, begins=begins)

    def _begins(self, calendar: Calendar) -> float:
        if self.start is None:
            return demo_start(calendar, LiveClock().now())
        try:
            moment = datetime.fromisoformat(self.start)
        except ValueError:
            said = f"'{self.start}' is no moment"
            raise ConfigError(
                [Problem("--start", 0, 0, said, "for example '2026-01-05 10:00', Eastern")]
            ) from None
        from quanticity.sim.market.factors import FIRST, LAST

        # Most of what is asked for looks back by as much as a year.
        first = date(FIRST.year + 1, 1, 1)
        if not first <= moment.date() <= LAST:
            said = f"there is no simulated market on {moment.date()}"
            raise ConfigError([Problem("--start", 0, 0, said, f"from {first} to {LAST}")])
        return (moment if moment.tzinfo else moment.replace(tzinfo=EASTERN)).timestamp()


def _options(name: str) -> tuple[str, int, int]:
    return f"--{name}", 0, 0
